using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>Clients draw the members of a committee by letters, and hold the job against the draw.</summary>
public sealed class DrawTests
{
    [Fact]
    public async Task Committee_OfSomeOfTheClients_IsDrawnAndOpensTheSums()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(6);
        ToolResult early = await folders.DescribeJobAsync("--keys", "committee:4");
        early.ExitCode.Should().Be(ExitCodes.TryAgain);
        early.Errors.Should().Contain("4 of the 6 clients are to be members").And.Contain("'fedhe keys draw'");
        string[] order = await DrawAsync(folders);

        ToolResult job = await folders.DescribeJobAsync("--keys", "committee:4", "--json");
        job.ExitCode.Should().Be(ExitCodes.Done, job.Errors);
        job.Json.GetProperty("remarks").EnumerateArray().Select(one => one.GetString()!).Should().Contain(remark => remark.Contains("Drawn at random where a tenth", StringComparison.Ordinal));
        await folders.JoinAsync();

        string[] members = await folders.MembersAsync();
        members.Should().BeEquivalentTo(order[..4]);
        await folders.RunRoundAsync(1);
        await folders.RunRoundAsync(2);
        string other = order[5];
        folders.Files($"{other}/ledger").Should().BeEmpty();
        (await Fedhe.RunAsync(["answer", folders[other]])).Errors.Should().Contain("no member of the committee");
    }

    [Fact]
    public async Task Job_WithOtherMembersThanDrawn_IsRefusedByEveryClient()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(5);
        string[] order = await DrawAsync(folders);
        (await folders.DescribeJobAsync("--keys", "committee:4")).ExitCode.Should().Be(ExitCodes.Done);
        await Fedhe.DoAsync(["deliver", folders["authority"], .. folders.Clients.Select(client => folders[client])]);
        byte[] chosen = WithMembers(File.ReadAllBytes(Directory.GetFiles(folders[$"{order[0]}/inbox"], "*-job.fedhe").Single()), [.. order[..3], order[4]]);

        foreach (string client in folders.Clients)
        {
            Array.ForEach(Directory.GetFiles(folders[$"{client}/inbox"]), File.Delete);
            File.WriteAllBytes(folders[$"{client}/inbox/job.fedhe"], chosen);
            ToolResult refused = await Fedhe.RunAsync(["keys", "join", folders[client], "--trust-mailbox"]);
            refused.ExitCode.Should().Be(ExitCodes.Refused);
            refused.Errors.Should().Contain("other members of the committee than the clients drew");
        }
    }

    [Fact]
    public async Task Client_ThatKnowsOfNoDraw_JoinsNoJobWithChosenMembers()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(5);
        await DrawAsync(folders);
        (await folders.DescribeJobAsync("--keys", "committee:4")).ExitCode.Should().Be(ExitCodes.Done);
        await Fedhe.DoAsync("deliver", folders["authority"], folders["c1"]);
        File.Delete(folders["c1/state/draw.fedhe"]);

        ToolResult refused = await Fedhe.RunAsync(["keys", "join", folders["c1"], "--trust-mailbox"]);

        refused.ExitCode.Should().Be(ExitCodes.TryAgain);
        refused.Errors.Should().Contain("knows of no draw");
    }

    [Fact]
    public async Task Client_AskedForItsValueWithOtherCommitments_DoesNotShowIt()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        await StepAsync(folders, []);
        await StepAsync(folders, folders.Clients);
        DrawLetter letter = DrawLetter.TryRead(File.ReadAllBytes(folders["authority/state/draw.fedhe"]))!;
        await Fedhe.DoAsync("keys", "draw", folders["authority"]);
        letter = DrawLetter.TryRead(File.ReadAllBytes(folders["authority/state/draw.fedhe"]))!;
        letter.IsCommitted.Should().BeTrue();
        var changed = new SortedDictionary<ClientId, byte[]>(letter.Commitments.ToDictionary()) { [new("c2")] = letter.Commitments[new("c3")] };
        File.WriteAllBytes(folders["c1/inbox/letter.fedhe"], (letter with { Commitments = changed }).Write());

        ToolResult refused = await Fedhe.RunAsync(["keys", "draw", folders["c1"]]);

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain("its value is not shown");
        folders.Files("c1/outbox/authority", "*drawvalue*").Should().BeEmpty();
    }

    [Fact]
    public async Task Client_InASecondDraw_TakesPartOnlyWhenItIsTold()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        await StepAsync(folders, []);
        await StepAsync(folders, folders.Clients);
        await Fedhe.DoAsync("keys", "draw", folders["authority"], "--again");
        await Fedhe.DoAsync(["deliver", folders["authority"], .. folders.Clients.Select(client => folders[client])]);

        ToolResult refused = await Fedhe.RunAsync(["keys", "draw", folders["c1"]]);
        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain("another draw").And.Contain("--again");
        await Fedhe.DoAsync("keys", "draw", folders["c1"], "--again");
    }

    [Fact]
    public async Task Draw_WithoutAClient_SaysWhoIsMissingAndSendsItTheLetterAgain()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        await StepAsync(folders, []);
        await StepAsync(folders, ["c1", "c2", "c3"]);
        File.WriteAllText(folders["authority/inbox/junk"], "junk");

        ToolResult waiting = await Fedhe.RunAsync(["keys", "draw", folders["authority"], "--json"]);

        waiting.ExitCode.Should().Be(ExitCodes.TryAgain);
        waiting.Json.GetProperty("missing").EnumerateArray().Select(one => one.GetString()).Should().Equal("c4");
        folders.Files("authority/outbox/c4", "*draw*").Should().NotBeEmpty();
        folders.Files("authority/refused").Should().Equal("junk");
    }

    [Fact]
    public async Task Everything_RunTwice_GivesTheSameDraw()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        await StepAsync(folders, [], times: 2);
        await StepAsync(folders, folders.Clients, times: 2);
        await StepAsync(folders, folders.Clients, times: 2);
        string[] order = await ReadOrderAsync(folders);

        (await ReadOrderAsync(folders)).Should().Equal(order);
    }

    /// <summary>Runs the whole draw, and returns the order.</summary>
    private static async Task<string[]> DrawAsync(CommitteeFolders folders)
    {
        await StepAsync(folders, []);
        await StepAsync(folders, folders.Clients);
        await StepAsync(folders, folders.Clients);
        string[] order = await ReadOrderAsync(folders);
        await Fedhe.DoAsync(["deliver", folders["authority"], .. folders.Clients.Select(client => folders[client])]);
        foreach (string client in folders.Clients)
        {
            ToolResult kept = await Fedhe.DoAsync("keys", "draw", folders[client], "--json");
            kept.Json.GetProperty("order").EnumerateArray().Select(one => one.GetString()).Should().Equal(order);
        }

        return order;
    }

    /// <summary>Lets some clients answer the letter in their inbox, after the authority has sent it.</summary>
    private static async Task StepAsync(CommitteeFolders folders, string[] clients, int times = 1)
    {
        if (clients.Length == 0)
        {
            await Fedhe.DoAsync("keys", "draw", folders["authority"]);
            return;
        }

        if (folders.Files("authority/outbox/c1", "*draw*").Length == 0)
        {
            await Fedhe.DoAsync("keys", "draw", folders["authority"]);
        }

        await Fedhe.DoAsync(["deliver", folders["authority"], .. folders.Clients.Select(client => folders[client])]);
        foreach (string client in clients)
        {
            string letter = folders.Files($"{client}/inbox", "*draw*")[^1];
            for (int i = 0; i < times; i++)
            {
                string copy = folders[$"{client}-letter"];
                File.Copy(folders[$"{client}/inbox/{letter}"], copy, overwrite: true);
                await Fedhe.DoAsync("keys", "draw", folders[client]);
                File.Copy(copy, folders[$"{client}/inbox/{i}-{letter}"], overwrite: true);
                letter = $"{i}-{letter}";
            }

            Array.ForEach(Directory.GetFiles(folders[$"{client}/inbox"]), File.Delete);
            await Fedhe.DoAsync("deliver", folders[client], folders["authority"]);
        }
    }

    private static async Task<string[]> ReadOrderAsync(CommitteeFolders folders)
    {
        ToolResult done = await Fedhe.DoAsync("keys", "draw", folders["authority"], "--json");
        done.Json.GetProperty("isComplete").GetBoolean().Should().BeTrue();
        return [.. done.Json.GetProperty("order").EnumerateArray().Select(one => one.GetString()!)];
    }

    /// <summary>Describes the same job with members that somebody chose, as a malicious authority does.</summary>
    private static byte[] WithMembers(byte[] package, string[] members)
    {
        JobPackage read = JobPackage.Read(package);
        FederationJob job = read.Job;
        var chosen = new FederationJob(
            job.JobId, job.Authority, job.ServerKey, job.Roster, job.Terms, job.InitialModelDigest, job.Settings, committee: new CommitteeTerms(members.Select(member => new ClientId(member))));
        return JobPackage.Write(chosen, read.Model.Span);
    }
}
