using System.CommandLine;
using FedHe.Tool.Commands;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public async Task EveryCommand_HasHelp_AndEveryOptionADescription()
    {
        Command root = ToolProgram.Describe(new CommandScope(new ToolConsole(TextWriter.Null, TextWriter.Null, isInteractive: false)));
        var pending = new Queue<(Command Command, string[] Path)>([(root, [])]);
        int count = 0;
        while (pending.TryDequeue(out (Command Command, string[] Path) next))
        {
            count++;
            next.Command.Description.Should().NotBeNullOrEmpty(next.Command.Name);
            next.Command.Options.Where(option => string.IsNullOrEmpty(option.Description)).Should().BeEmpty(next.Command.Name);
            next.Command.Arguments.Where(argument => string.IsNullOrEmpty(argument.Description)).Should().BeEmpty(next.Command.Name);
            ToolResult help = await Fedhe.DoAsync([.. next.Path, "--help"]);
            help.Output.Should().Contain("Usage:").And.Contain("--json").And.NotContain("FedHe.Tool").And.Contain(string.Join(' ', next.Path.Prepend("fedhe")));
            foreach (Command child in next.Command.Subcommands.Where(one => !one.Hidden))
            {
                pending.Enqueue((child, [.. next.Path, child.Name]));
            }
        }

        count.Should().BeGreaterThan(18);
    }

    [Theory]
    [InlineData("")]
    [InlineData("keys")]
    [InlineData("no-such-command")]
    [InlineData("aggregate")]
    [InlineData("plan --model x")]
    [InlineData("plan --model x --bound 0")]
    [InlineData("plan --model x --bound 0,5")]
    [InlineData("plan --model x --bound 8 --bound-of weight")]
    [InlineData("plan --model x --bound 8 --clients 1")]
    [InlineData("plan --model x --bound 8 --precision 99")]
    [InlineData("keys client x y --samples 0")]
    [InlineData("keys client x server --samples 1")]
    [InlineData("keys client x ../y --samples 1")]
    [InlineData("completion tcsh")]
    [InlineData("aggregate x --password secret-on-the-command-line")]
    public async Task CommandLine_ThatIsWrong_EndsWithTwoAndSaysWhere(string arguments)
    {
        string[] words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ToolResult result = await Fedhe.RunAsync(words);
        result.ExitCode.Should().Be(ExitCodes.WrongUsage);
        result.Errors.Should().StartWith("fedhe: ");
        result.Output.Should().BeEmpty();
        ToolResult json = await Fedhe.RunAsync([.. words, "--json"]);
        json.Json.GetProperty("status").GetString().Should().Be("wrong-usage");
        json.Json.GetProperty("exitCode").GetInt32().Should().Be(ExitCodes.WrongUsage);
    }

    [Fact]
    public async Task Plan_OfAModel_SaysWhatItCostsAndWhatStaysLocal()
    {
        using Federation federation = await Federation.AnnouncedAsync();
        ToolResult plan = await Fedhe.DoAsync("plan", "--model", federation["start.safetensors"], "--bound", "8", "--clients", "5", "--json");
        plan.Json.GetProperty("parameters").GetInt32().Should().Be(2);
        plan.Json.GetProperty("uploadBytes").GetInt64().Should().BePositive();
        plan.Json.GetProperty("local")[0].GetProperty("reason").GetString().Should().Be("Integer");
        (await Fedhe.DoAsync("plan", "--model", federation["start.safetensors"], "--bound", "8")).Output.Should().Contain("Local: steps (I64, Integer)");
        ToolResult refused = await Fedhe.RunAsync(["plan", "--model", federation["none"], "--bound", "8", "--json"]);
        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Json.GetProperty("error").GetString().Should().Contain("no model");
    }

    [Fact]
    public async Task Inspect_OfEverythingInAFolder_KnowsIt()
    {
        using Federation federation = await Federation.InvitedAsync();
        string[] unknown =
        [
            .. Directory.GetFiles(federation["c1"], "*", SearchOption.AllDirectories)
                .Where(file => Path.GetFileName(file) is not ("party.json" or "handled" or "lock")),
        ];
        foreach (string file in unknown.Append(federation["c1"]).Append(federation["server"]).Append(federation["authority"]))
        {
            (await Fedhe.DoAsync("inspect", file, "--json")).Json.GetProperty("kind").GetString().Should().NotBeNullOrEmpty(file);
        }

        File.WriteAllText(federation["x"], "?");
        (await Fedhe.RunAsync(["inspect", federation["x"]])).ExitCode.Should().Be(ExitCodes.Refused);
    }

    [Fact]
    public async Task Party_InTheWrongPlace_IsSaid()
    {
        using Federation federation = await Federation.AnnouncedAsync();
        (await Fedhe.RunAsync(["aggregate", federation["c1"]])).ExitCode.Should().Be(ExitCodes.Refused);
        ToolResult wrong = await Fedhe.RunAsync(["decrypt", federation["server"]]);
        wrong.ExitCode.Should().Be(ExitCodes.Refused);
        wrong.Errors.Should().Contain("folder of the server").And.Contain("for a client");
        (await Fedhe.RunAsync(["decrypt", federation.Location])).Errors.Should().Contain("not the folder of a party");
    }

    [Theory]
    [InlineData("bash", "complete -o filenames -F _fedhe fedhe")]
    [InlineData("zsh", "compdef")]
    [InlineData("fish", "complete -c fedhe")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public async Task Completion_OfEveryShell_IsAScript(string shell, string part)
        => (await Fedhe.DoAsync("completion", shell)).Output.Should().Contain(part);

    [Fact]
    public async Task Suggestions_AreThoseOfTheCommand()
        => (await Fedhe.DoAsync("suggest", "12", "fedhe keys j")).Output.Split('\n', StringSplitOptions.TrimEntries).Should().Contain(["job", "join"]);

    [Fact]
    public async Task Cancellation_EndsWith130()
    {
        using Federation federation = await Federation.InvitedAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        (await Fedhe.RunAsync(["encrypt", federation["c1"], "--model", "x"], cancelled.Token)).ExitCode.Should().Be(ExitCodes.Interrupted);
    }
}
