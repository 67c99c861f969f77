using System.Net;
using System.Text.Json;
using FedHe.Hosting.Errors;
using FedHe.Tool.Commands;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;
using FedHe.Tool.Watching;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace FedHe.Tool.Tests;

/// <summary>Following a job that goes on, by its dashboard and by what its server keeps.</summary>
public sealed class WatchTests
{
    private const string Esc = "\u001b";

    private static readonly WatchedJob Begin = new(
        "heart", "Collecting", 2, 10, 1, 1, 1, null, [Party("north", "here", "trains"), Party("south", "here", "trains"), Party("west", "unreachable", "invited")], [new WatchedRefusal("east", "Upload", "WrongRound", 1)]);

    public static TheoryData<string> NoDashboards => ["[]", "{}", "null", "<html>", """{"jobs":null}""", """{"jobs":[{}]}""", """{"jobs":[null]}""",
        """{"jobs":[{"name":"x","phase":"y","round":1,"rounds":2,"attempt":1,"epoch":1,"lastSum":0,"outcome":null,"parties":[null],"refusals":[]}]}""",
        """{"jobs":[{"name":"x","phase":"y","round":1,"rounds":2,"attempt":1,"epoch":1,"lastSum":0,"outcome":null,"parties":[],"refusals":[],"metrics":[{"round":1,"attempt":1,"reports":[null]}]}]}""",
        """{"jobs":[{"name":"x","phase":"y","round":1e99}]}"""];

    [Fact]
    public void Events_BetweenTwoMoments_AreALineEach()
    {
        WatchedJob then = Begin with
        {
            Phase = "Opening",
            Parties = [Party("north", "here", "uploaded"), Party("south", "here", "trains", isLate: true), Party("west", "here", "owes ShareAnswer"), Party("five", "here", "waits")],
            Refusals = [new WatchedRefusal("east", "Upload", "WrongRound", 3), new WatchedRefusal("east", "Upload", "BadSignature", 1)],
            Metrics = [new WatchedMetrics(2, 1, [new WatchedReport("north", new Dictionary<string, double> { ["loss"] = 0.25, ["acc"] = 1e-9 })])],
        };

        WatchWords.Between(before: null, Begin).Should().Equal("heart: round 2 of 10, attempt 1, waits for uploads; here: north, south; late: nobody.");
        WatchWords.Between(Begin, Begin).Should().BeEmpty();
        WatchWords.Between(Begin, then).Should().Equal(
            "Round 2: the committee opens the sum.",
            "north: uploaded (round 2).",
            "south is late.",
            "west is here.",
            "west: owes ShareAnswer (round 2).",
            "five has joined.",
            "north reports of round 2, attempt 1: acc 1E-09, loss 0.25.",
            "Refused: Upload of east, WrongRound, 3 in all.",
            "Refused: Upload of east, BadSignature, 1 in all.");
        WatchWords.Between(then, then with { Round = 3, LastSum = 2, Epoch = 2, Phase = "Collecting", Parties = [.. then.Parties.SkipLast(1)] }).Should().Equal(
            "The sum of round 2 is published.", "Epoch 2 begins.", "Round 3 of 10, attempt 1: waits for uploads.", "north: uploaded (round 3).", "five has left.");
        WatchWords.Between(then, then with { LastSum = 0 }).Should().Equal("The sum of round 1 is taken back.");
        WatchWords.Between(then, then with { Outcome = "Completed", Phase = "Ended" }).Should().Equal("The job has ended: Completed.");
        WatchWords.Between(before: null, then with { Outcome = "Completed" }).Should().EndWith("The job has ended: Completed.");
    }

    [Theory]
    [InlineData("Completed", ExitCodes.Done)]
    [InlineData("TooFewClients", ExitCodes.Refused)]
    [InlineData(null, ExitCodes.TryAgain)]
    public async Task Once_EndsByHowTheJobStands(string? outcome, int expected)
    {
        await using Dashboard dashboard = await Dashboard.StartAsync(_ => Snapshot(Begin with { Outcome = outcome }));

        ToolResult result = await Fedhe.RunAsync(["watch", "--url", dashboard.Address, "--once"]);

        result.ExitCode.Should().Be(expected, result.Errors);
        result.Output.Should().Contain("heart: round 2 of 10").And.Contain("west: unreachable, invited").And.Contain("Refused: Upload of east, WrongRound, 1 in all.");
        ToolResult asJson = await Fedhe.RunAsync(["watch", "--url", dashboard.Address, "--once", "--json"]);
        asJson.ExitCode.Should().Be(expected);
        asJson.Json.GetProperty("job").GetProperty("parties")[2].GetProperty("state").GetString().Should().Be("unreachable");
    }

    [Fact]
    public async Task Lines_GoOnUntilTheJobHasEnded_AlsoWhileTheDashboardIsAway()
    {
        string?[] answers =
        [
            Snapshot(Begin), Snapshot(Begin), null, null,
            Snapshot(Begin with { Round = 3, LastSum = 2 }),
            Snapshot(Begin with { Round = 3, LastSum = 3, Outcome = "Completed", Phase = "Ended" }),
        ];
        await using Dashboard dashboard = await Dashboard.StartAsync(asked => answers[Math.Min(asked, answers.Length - 1)]);

        ToolResult result = await Fedhe.RunAsync(["watch", "--url", dashboard.Address, "--interval", "0.05"]);

        result.ExitCode.Should().Be(ExitCodes.Done, result.Errors);
        string[] lines = [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        lines.Should().OnlyContain(line => line.Length > 21 && line[19] == 'Z' && line[20] == ' ');
        lines.Select(line => line[21..]).Should().Equal(
            "heart: round 2 of 10, attempt 1, waits for uploads; here: north, south; late: nobody.",
            "The dashboard does not answer (the server answers 503); it is asked again.",
            "The sum of round 2 is published.",
            "Round 3 of 10, attempt 1: waits for uploads.",
            "The sum of round 3 is published.",
            "The job has ended: Completed.");
    }

    [Fact]
    public async Task Interruption_EndsWith130()
    {
        using var interrupted = new CancellationTokenSource();
        await using Dashboard dashboard = await Dashboard.StartAsync(asked =>
        {
            if (asked == 2)
            {
                interrupted.Cancel();
            }

            return Snapshot(Begin);
        });

        (await Fedhe.RunAsync(["watch", "--url", dashboard.Address, "--interval", "0.05"], interrupted.Token)).ExitCode.Should().Be(ExitCodes.Interrupted);
    }

    [Fact]
    public async Task Token_IsShownToTheDashboardAlone_AndNeverSaid()
    {
        await using Dashboard dashboard = await Dashboard.StartAsync(_ => Snapshot(Begin), token: "open-sesame");
        string file = Path.GetTempFileName();
        try
        {
            (await Fedhe.RunAsync(["watch", "--url", dashboard.Address, "--once"])).ExitCode.Should().Be(ExitCodes.Refused);
            await File.WriteAllTextAsync(file, "open-sesame\n");
            (await Fedhe.RunAsync(["watch", "--url", dashboard.Address, "--once", "--token-file", file])).ExitCode.Should().Be(ExitCodes.TryAgain);
            await File.WriteAllTextAsync(file, "closed sesame");
            ToolResult refused = await Fedhe.RunAsync(["watch", "--url", dashboard.Address, "--once", "--token-file", file]);
            refused.ExitCode.Should().Be(ExitCodes.Refused);
            (refused.Output + refused.Errors).Should().NotContain("closed sesame");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [MemberData(nameof(NoDashboards))]
    public async Task Answer_ThatIsNoSnapshot_IsRefused(string answer)
    {
        await using Dashboard dashboard = await Dashboard.StartAsync(_ => answer);

        ToolResult result = await Fedhe.RunAsync(["watch", "--url", dashboard.Address, "--once"]);

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().StartWith("fedhe: ").And.NotContain("a fault of this program");
    }

    [Fact]
    public async Task Names_OfADashboardThatIsHostile_CommandNoTerminal()
    {
        WatchedJob hostile = Begin with { Name = $"{Esc}[2J[red]x[/]", Parties = [Party($"{Esc}]0;title\u0007[bold]", "[red]", $"{Esc}c")] };
        await using Dashboard dashboard = await Dashboard.StartAsync(_ => Snapshot(hostile));

        ToolResult result = await Fedhe.RunAsync(["watch", "--url", dashboard.Address, "--once"]);
        var output = new StringWriter();
        AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) }).Write(WatchTable.Of(hostile, $"{Esc}[1m"));

        (result.Output + output).Should().NotContain(Esc).And.NotContain("\u0007");
        output.ToString().Should().Contain("?[2J[red]x[/]", "markup of others is text");
    }

    [Fact]
    public async Task Terminal_ShowsTablesUntilTheJobHasEnded()
    {
        await using Dashboard dashboard = await Dashboard.StartAsync(asked => Snapshot(Begin with { Outcome = asked < 2 ? null : "Completed", Round = 2 + asked }));
        var output = new StringWriter();
        var console = new ToolConsole(output, TextWriter.Null, isInteractive: false) { IsTerminal = true };

        int exitCode = await Commands.ToolProgram.RunAsync(["watch", "--url", dashboard.Address, "--interval", "0.05"], console);

        exitCode.Should().Be(ExitCodes.Done);
        output.ToString().Should().Contain("heart: round 4 of 10, attempt 1, Completed").And.Contain("unreachable").And.Contain("WrongRound");
    }

    [Theory]
    [InlineData("", "--kit")]
    [InlineData("--kit . --url https://x", "--kit")]
    [InlineData("--kit . --job x", "--job is for a dashboard")]
    [InlineData("--url https://x --postgresql Host=x", "is for a kit")]
    [InlineData("--url http://elsewhere.example/dashboard --once", "TLS")]
    [InlineData("--url https://name:word@x/dashboard --once", "--url must be")]
    [InlineData("--url https://x --server-key 12 --once", "64 hexadecimal digits")]
    public async Task Options_ThatCannotBe_AreWrongUsage(string options, string words)
    {
        ToolResult result = await Fedhe.RunAsync(["watch", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        result.ExitCode.Should().Be(ExitCodes.WrongUsage);
        result.Errors.Should().Contain(words);
    }

    [Fact]
    public async Task Job_OfSeveral_IsNamed()
    {
        await using Dashboard dashboard = await Dashboard.StartAsync(_ => Snapshot(Begin, Begin with { Name = "lung", Outcome = "Completed" }));

        (await Fedhe.RunAsync(["watch", "--url", dashboard.Address, "--once"])).Errors.Should().Contain("--job").And.Contain("heart, lung");
        (await Fedhe.RunAsync(["watch", "--url", dashboard.Address, "--once", "--job", "lung"])).ExitCode.Should().Be(ExitCodes.Done);
        (await Fedhe.RunAsync(["watch", "--url", dashboard.Address, "--once", "--job", "liver"])).ExitCode.Should().Be(ExitCodes.Refused);
    }

    [Fact]
    public async Task Kit_WhoseServerHasSavedNothing_IsTriedAgain()
    {
        using QuickKits kits = await QuickKits.ProvisionAsync();

        (await Fedhe.RunAsync(["watch", "--kit", kits["server"], "--once"])).ExitCode.Should().Be(ExitCodes.TryAgain);
        (await Fedhe.RunAsync(["watch", "--kit", kits["north"], "--once"])).ExitCode.Should().Be(ExitCodes.Refused, "a client's kit knows of its own client alone");
    }

    /// <summary>A database may go away for a while, as a dashboard may; one that was never there ends the command.</summary>
    [Fact]
    public async Task Watch_OfADatabaseThatGoesAway_GoesOn()
    {
        var away = new HostingException(HostingError.StoreUnavailable, "The database is away.");
        using var source = new Looks(Begin, away, away, Begin with { Outcome = "Completed" });
        using var never = new Looks(away);
        using var refused = new Looks(Begin, new HostingException(HostingError.StoreRefused, "The account may not."));
        List<string?> troubles = [];

        WatchedJob last = await FollowAsync(source);

        last.IsCompleted.Should().BeTrue();
        troubles.Should().Equal(null, "The database is away. It is read again.", null);
        (await Awaiting(() => FollowAsync(never)).Should().ThrowAsync<HostingException>()).Which.Should().BeSameAs(away);
        (await Awaiting(() => FollowAsync(refused)).Should().ThrowAsync<HostingException>()).Which.Error.Should().Be(HostingError.StoreRefused);

        Task<WatchedJob> FollowAsync(IWatchSource one) => WatchCommand.FollowAsync(one, TimeSpan.Zero, (_, _, trouble) => troubles.Add(trouble), CancellationToken.None);

        static Func<Task> Awaiting(Func<Task> call) => call;
    }

    private static WatchedParty Party(string name, string state, string doing, bool isLate = false) => new(name, state, doing, isLate);

    private static string Snapshot(params WatchedJob[] jobs) => JsonSerializer.Serialize(new { time = "2026-11-30T14:20:00Z", isReady = true, jobs }, JsonSerializerOptions.Web);

    /// <summary>A source that sees one thing after the other, or fails.</summary>
    private sealed class Looks(params object[] looks) : IWatchSource
    {
        private int _next;

        public Task<WatchedJob?> ReadAsync(CancellationToken cancellationToken)
            => looks[_next++] is Exception fault ? Task.FromException<WatchedJob?>(fault) : Task.FromResult<WatchedJob?>((WatchedJob)looks[_next - 1]);

        public void Dispose()
        {
            // Nothing is held.
        }
    }

    /// <summary>A server with the address of a snapshot alone, which says what a test wants.</summary>
    private sealed class Dashboard(WebApplication app) : IAsyncDisposable
    {
        public string Address => $"{app.Urls.Single()}/dashboard";

        public static async Task<Dashboard> StartAsync(Func<int, string?> answer, string? token = null)
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            WebApplication app = builder.Build();
            int asked = -1;
            app.MapGet("/dashboard/snapshot", (HttpContext context) => token is not null && context.Request.Headers.Authorization != $"Bearer {token}" ? Results.StatusCode(401)
                : answer(Interlocked.Increment(ref asked)) is string json ? Results.Text(json, "application/json")
                : Results.StatusCode(503));
            await app.StartAsync();
            return new Dashboard(app);
        }

        public async ValueTask DisposeAsync() => await app.DisposeAsync();
    }
}
