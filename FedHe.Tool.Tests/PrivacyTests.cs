using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>Jobs with privacy terms: what the authority promises, what clients promised themselves, and what is spent.</summary>
public sealed class PrivacyTests
{
    private static readonly string[] Promise = ["--epsilon", "8", "--delta", "1e-5", "--clip", "1"];

    [Fact]
    public async Task Round_OfAJobWithPrivacyTerms_IsSpentAndMayBeInspected()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        ToolResult described = await folders.DescribeJobAsync(["--dp", "client", .. Promise, "--dropouts", "1", "--rounds", "1", "--json"]);
        described.ExitCode.Should().Be(ExitCodes.Done, described.Errors);
        described.Json.GetProperty("colluders").GetInt32().Should().Be(1, "one member of four may lie");
        described.Json.GetProperty("quorum").GetInt32().Should().Be(3);
        await folders.JoinAsync(Promise);
        ToolResult inspected = await Fedhe.DoAsync("inspect", folders["c1"], "--json");
        inspected.Json.GetProperty("epsilon").GetDouble().Should().Be(8);
        inspected.Json.GetProperty("dpUnit").GetString().Should().Be("Client");

        await folders.UntilCommitteeAsync(["round", "open"]);
        await folders.FromServerAsync();
        foreach (string client in folders.Clients)
        {
            await folders.UploadAsync(client);
        }

        await folders.UntilCommitteeAsync(["aggregate"]);
        await folders.FromServerAsync();
        ToolResult opened = await Fedhe.DoAsync("decrypt", folders["c1"], "--json");

        opened.Json.GetProperty("spentEpsilon").GetDouble().Should().BeInRange(5, 8);
        (await Fedhe.DoAsync("decrypt", folders["c2"])).Output.Should().Contain("of 8 is spent on every client.");
    }

    [Fact]
    public async Task Client_OfAJobWithPrivacyTerms_JoinsWithItsOwnPromiseAlone()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        (await folders.DescribeJobAsync(["--dp", "client", .. Promise])).ExitCode.Should().Be(ExitCodes.Done);
        await Fedhe.DoAsync(["deliver", folders["authority"], .. folders.Clients.Select(client => folders[client])]);
        string[] join = ["keys", "join", folders["c1"], "--expect", File.ReadAllText(folders["authority/job.digest"])];

        ToolResult silent = await Fedhe.RunAsync(join);
        ToolResult half = await Fedhe.RunAsync([.. join, "--epsilon", "8"]);
        ToolResult clip = await Fedhe.RunAsync([.. join, "--epsilon", "8", "--delta", "1e-5", "--clip", "2"]);
        ToolResult epsilon = await Fedhe.RunAsync([.. join, "--epsilon", "7", "--delta", "1e-5", "--clip", "1"]);
        ToolResult colluders = await Fedhe.RunAsync([.. join, .. Promise, "--colluders", "2"]);

        (silent.ExitCode, half.ExitCode).Should().Be((ExitCodes.Refused, ExitCodes.WrongUsage));
        silent.Errors.Should().Contain("Say with --epsilon, --delta and --clip what you promised");
        half.Errors.Should().Contain("needs --delta too");
        new[] { clip, epsilon, colluders }.Should().AllSatisfy(refused => refused.ExitCode.Should().Be(ExitCodes.Refused));
        epsilon.Errors.Should().Contain("more than this client promised");
        colluders.Errors.Should().Contain("Write 2 as the number of colluders");
        folders.Files("c1/state", "job.fedhe").Should().BeEmpty("nothing was accepted");
    }

    [Fact]
    public async Task Promise_ToAJobThatMakesNone_IsRefused()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        (await folders.DescribeJobAsync()).ExitCode.Should().Be(ExitCodes.Done);
        await Fedhe.DoAsync("deliver", folders["authority"], folders["c1"]);

        ToolResult refused = await Fedhe.RunAsync(["keys", "join", folders["c1"], "--trust-mailbox", .. Promise]);

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain("adds no noise for anybody");
    }

    [Theory]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1", "--dp record is not offered")]
    [InlineData("--dp silo", "--dp must be none or client")]
    [InlineData("--dp client --epsilon 8 --delta 1e-5", "needs --clip too")]
    [InlineData("--dp client --epsilon 8 --delta 1e-5 --clip 0", "--clip must be a number above 0")]
    [InlineData("--dp client --epsilon 8 --delta 1 --clip 1", "--delta must be a number above 0 and below 1")]
    [InlineData("--epsilon 8", "add --dp client")]
    [InlineData("--dropouts 1", "add --dp client")]
    [InlineData("--dp client --epsilon 8 --delta 1e-5 --clip 1 --max-weight 10", "leave out --max-weight")]
    [InlineData("--dp client --epsilon 8 --delta 1e-5 --clip 1 --weights hidden", "leave out --weights")]
    [InlineData("--dp client --epsilon 8 --delta 1e-5 --clip 1 --precision 20", "leave out --precision")]
    public async Task Terms_ThatAreIncompleteOrWouldBreakAPromise_AreWrongUsage(string options, string message)
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(2);

        ToolResult refused = await Fedhe.RunAsync(["plan", "--model", folders["start.safetensors"], "--bound", "8", "--clients", "4", .. options.Split(' ')]);

        refused.ExitCode.Should().Be(ExitCodes.WrongUsage);
        refused.Errors.Should().Contain(message);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("0")]
    [InlineData("NaN")]
    [InlineData("1e999")]
    public async Task Number_ThatCannotBe_IsRefusedOnce(string clip)
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(2);
        ToolResult refused = await Fedhe.RunAsync(
            ["plan", "--model", folders["start.safetensors"], "--bound", "8", "--clients", "4", "--dp", "client", "--epsilon", "8", "--delta", "1e-5", "--clip", clip]);

        refused.ExitCode.Should().Be(ExitCodes.WrongUsage);
        refused.Errors.Split("--clip").Should().HaveCount(2, refused.Errors);
    }

    [Fact]
    public async Task Plan_SaysAPromiseOnce()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(2);
        ToolResult plan = await Fedhe.DoAsync(["plan", "--model", folders["start.safetensors"], "--bound", "8", "--clients", "4", "--dp", "client", .. Promise]);

        plan.Output.Split("Promised is").Should().HaveCount(2, plan.Output);
    }

    [Theory]
    [InlineData("--quorum 3 --dropouts 2", "Write --dropouts 1")]
    [InlineData("--colluders 2", "Write 1 as the number of colluders")]
    [InlineData("--dropouts 3", "At least one contributor must be left")]
    public async Task Terms_ThatContradictTheJob_AreRefusedWithWhatToWrite(string options, string message)
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(2);

        ToolResult refused = await Fedhe.RunAsync(
            ["plan", "--model", folders["start.safetensors"], "--bound", "8", "--clients", "4", "--dp", "client", .. Promise, .. options.Split(' ')]);

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain(message);
    }
}
