using System.Text.Json;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>Rounds from command to command whose sums a committee opens: nobody's folder has a key that opens an upload.</summary>
public sealed class CommitteeTests
{
    [Fact]
    public async Task Rounds_OfACommittee_GiveEveryClientTheAverage()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();

        await folders.RunRoundAsync(1);
        await folders.RunRoundAsync(2);

        (await Fedhe.RunAsync(["round", "open", folders["server"]])).Output.Should().Contain("The job has ended: Completed");
        (await Fedhe.DoAsync("confirm", folders["server"])).Output.Should().Contain("needs no confirmations");
        await Fedhe.DoAsync("confirm", folders["c1"], "--out", folders["out.safetensors"]);
        SmallModel.Read(folders["out.safetensors"]).First.Should().BeApproximately(2.5, 1e-5);
        folders.Files("server/refused").Should().BeEmpty("nothing went wrong");
    }

    [Fact]
    public async Task Folders_OfAllParties_HoldNoKeyThatOpensAnUpload()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        string[] secrets = [.. Directory.GetFiles(folders.Location, "*.sealed", SearchOption.AllDirectories)];
        var kinds = new HashSet<string>();
        foreach (string file in secrets)
        {
            kinds.Add((await Fedhe.DoAsync("inspect", file, "--json")).Json.GetProperty("secret").GetString()!);
        }

        kinds.Should().BeEquivalentTo("identity of a client", "identity of a server", "group key of an authority", "group key of a client");
    }

    [Fact]
    public async Task Ledger_LiesInAFolderOfItsOwnThatBackupsLeaveOut()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        await folders.UntilCommitteeAsync(["round", "open"]);

        folders.Files("c1/ledger").Should().Equal("CACHEDIR.TAG", "member.ledger");
        folders.Files("c1/state", "*.ledger").Should().Equal("newest.ledger");
        File.ReadAllText(folders["c1/ledger/CACHEDIR.TAG"]).Should().StartWith("Signature: 8a477f597d28d172789f06886806bc55").And.Contain("Never back it up");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(folders["c1/ledger"]).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task Inspect_OfAFolder_SaysWhoIsAMemberAndWhatIsWaitedFor()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        (await Fedhe.RunAsync(["round", "open", folders["server"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
        await folders.FromServerAsync();

        JsonElement server = (await Fedhe.DoAsync("inspect", folders["server"], "--json")).Json;
        server.GetProperty("committeeOwes").EnumerateArray().Select(one => one.GetString()).Should().Equal(folders.Clients.Select(client => $"{client}: the key of round 1"));
        JsonElement member = (await Fedhe.DoAsync("inspect", folders["c1"], "--json")).Json;
        member.GetProperty("isMember").GetBoolean().Should().BeTrue();
        member.GetProperty("hasLedger").GetBoolean().Should().BeFalse();
        member.GetProperty("asked").EnumerateArray().Select(one => one.GetString()).Should().Equal("MemberKeyRequest of round 1");
        await folders.AnswerAsync(folders.Clients);
        (await Fedhe.DoAsync("inspect", folders["c1"])).Output.Should().Contain("Its ledger knows of round 1").And.Contain("The server asks nothing of it");
        (await Fedhe.DoAsync("round", "open", folders["server"])).Output.Should().Contain("invitations for c1, c2, c3, c4");
        (await Fedhe.DoAsync("inspect", folders["server"], "--json")).Json.TryGetProperty("committeeOwes", out _).Should().BeFalse();
    }

    [Fact]
    public async Task Answer_ForAListThatComesAgain_IsTheSame()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        await OfferAsync(folders);
        string offer = folders.Files("c1/inbox", "*listoffer*").Single();
        File.Copy(folders[$"c1/inbox/{offer}"], folders["offer"]);
        await Fedhe.DoAsync("answer", folders["c1"]);
        File.Copy(folders["offer"], folders["c1/inbox/again-listoffer.fedhe"]);

        await Fedhe.DoAsync("answer", folders["c1"]);

        string[] answers = Directory.GetFiles(folders["c1/outbox/server"], "*shareanswer*");
        answers.Should().HaveCount(2).And.AllSatisfy(file => File.ReadAllBytes(file).Should().Equal(File.ReadAllBytes(answers[0])));
    }

    [Fact]
    public async Task Answer_ThatWasNotedAndCouldNotBeSent_IsSentLater()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        await OfferAsync(folders);
        Directory.Delete(folders["c1/outbox/server"], recursive: true);
        File.WriteAllText(folders["c1/outbox/server"], string.Empty);
        (await Fedhe.RunAsync(["answer", folders["c1"]])).ExitCode.Should().Be(ExitCodes.Refused);
        File.Delete(folders["c1/outbox/server"]);

        await Fedhe.DoAsync("answer", folders["c1"]);

        folders.Files("c1/outbox/server", "*shareanswer*").Should().NotBeEmpty();
    }

    [Fact]
    public async Task Member_WhoseKeptBoxesAreGone_AsksForThemAndAnswers()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        await OfferAsync(folders);
        File.Delete(folders["c1/state/boxes.fedhe"]);

        ToolResult asking = await Fedhe.RunAsync(["answer", folders["c1"]]);
        asking.ExitCode.Should().Be(ExitCodes.TryAgain);
        asking.Errors.Should().Contain("open the boxes of the list again");
        await folders.ToServerAsync("c1");
        await folders.AnswerAsync("c2", "c3", "c4");

        (await folders.UntilCommitteeAsync(["aggregate"], "c1")).Should().Be(1);
        await folders.FromServerAsync();
        await folders.DecryptAsync(1);
    }

    [Fact]
    public async Task Round_WithoutAMember_IsOpenedOnDemandAndTheMemberIsBackInTheNext()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        await folders.UntilCommitteeAsync(["round", "open"]);
        await folders.FromServerAsync();
        foreach (string client in folders.Clients)
        {
            await folders.UploadAsync(client);
        }

        for (int step = 0; step < 2; step++)
        {
            ToolResult waiting = await Fedhe.RunAsync(["aggregate", folders["server"], "--json"]);
            waiting.ExitCode.Should().Be(ExitCodes.TryAgain);
            await folders.FromServerAsync();
            await folders.AnswerAsync("c1", "c2", "c3");
        }

        ToolResult last = await Fedhe.RunAsync(["aggregate", folders["server"], "--json"]);
        last.ExitCode.Should().Be(ExitCodes.TryAgain, last.Output);
        last.Json.GetProperty("awaitedMembers").EnumerateArray().Select(one => one.GetString()).Should().Equal("c4");
        await Fedhe.DoAsync("aggregate", folders["server"], "--now");
        await folders.FromServerAsync();
        await folders.DecryptAsync(1);
        await folders.RunRoundAsync(2);
    }

    [Fact]
    public async Task Member_WithoutItsLedger_IsSilentUntilTheRoundIsOverAndBackInTheNext()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        await OfferAsync(folders);
        Directory.Delete(folders["c1/ledger"], recursive: true);

        ToolResult silent = await Fedhe.RunAsync(["answer", folders["c1"], "--json"]);
        silent.ExitCode.Should().Be(ExitCodes.TryAgain);
        silent.Json.GetProperty("silentUpToRound").GetInt32().Should().Be(1);
        folders.Files("c1/outbox/server", "*shareanswer*").Should().BeEmpty();
        await folders.AnswerAsync("c2", "c3", "c4");
        (await Fedhe.RunAsync(["aggregate", folders["server"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
        await Fedhe.DoAsync("aggregate", folders["server"], "--now");
        await folders.FromServerAsync();
        await folders.DecryptAsync(1);
        await folders.RunRoundAsync(2);
        folders.Files("c1/ledger").Should().Contain("member.ledger");
    }

    /// <summary>What the command notes apart from ledger and state is all that is left: a key of the round would let the member answer again.</summary>
    [Fact]
    public async Task Member_WithoutLedgerAndState_MakesNoKeyOfARoundThatItMayHaveAnsweredIn()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        (await Fedhe.RunAsync(["round", "open", folders["server"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
        await folders.FromServerAsync();
        string request = folders.Files("c1/inbox", "*memberkeyrequest*").Single();
        File.Copy(folders[$"c1/inbox/{request}"], folders["request"]);
        await Fedhe.DoAsync("answer", folders["c1"]);
        Directory.Delete(folders["c1/ledger"], recursive: true);
        File.Delete(folders["c1/state/round.state"]);
        Array.ForEach(Directory.GetFiles(folders["c1/outbox/server"]), File.Delete);
        File.Copy(folders["request"], folders["c1/inbox/again-memberkeyrequest.fedhe"]);

        ToolResult silent = await Fedhe.RunAsync(["answer", folders["c1"]]);

        silent.ExitCode.Should().Be(ExitCodes.TryAgain);
        silent.Output.Should().Contain("silent up to round 1");
        folders.Files("c1/outbox/server", "*memberkey*").Should().BeEmpty();
    }

    /// <summary>A folder in the place of the ledger's stamp fails the command behind the ledger: neither state nor answer may be there.</summary>
    [Fact]
    public async Task Ledger_IsOnTheDiskBeforeStateAndAnswer()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        await OfferAsync(folders);
        byte[] ledger = File.ReadAllBytes(folders["c1/ledger/member.ledger"]);
        File.Delete(folders["c1/state/newest.ledger"]);
        Directory.CreateDirectory(folders["c1/state/newest.ledger"]);

        (await Fedhe.RunAsync(["answer", folders["c1"]])).ExitCode.Should().Be(ExitCodes.Refused);

        File.ReadAllBytes(folders["c1/ledger/member.ledger"]).Should().NotEqual(ledger);
        folders.Files("c1/outbox/server", "*shareanswer*").Should().BeEmpty();
        Directory.Delete(folders["c1/state/newest.ledger"]);
        File.WriteAllBytes(folders["c1/ledger/member.ledger"], ledger);
        (await Fedhe.DoAsync("answer", folders["c1"])).Output.Should().Contain("the answer for the list", "the state does not know of an answer yet");
    }

    /// <summary>The state is set back with the ledger, so that nothing but the stamp apart from it tells that the ledger is old.</summary>
    [Fact]
    public async Task Ledger_ThatIsOlderThanTheFolderKnows_IsRefusedByName()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        await OfferAsync(folders);
        byte[] ledger = File.ReadAllBytes(folders["c1/ledger/member.ledger"]);
        byte[] state = File.ReadAllBytes(folders["c1/state/round.state"]);
        await Fedhe.DoAsync("answer", folders["c1"]);
        File.WriteAllBytes(folders["c1/ledger/member.ledger"], ledger);
        File.WriteAllBytes(folders["c1/state/round.state"], state);

        ToolResult refused = await Fedhe.RunAsync(["answer", folders["c1"]]);
        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain("older than the newest one").And.Contain("Delete member.ledger");
        File.Delete(folders["c1/ledger/member.ledger"]);
        (await Fedhe.RunAsync(["answer", folders["c1"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
    }

    [Fact]
    public async Task Server_WithALedgerInItsFolder_Refuses()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        await folders.UntilCommitteeAsync(["round", "open"]);
        File.Copy(folders["c1/ledger/member.ledger"], folders["server/inbox/innocent.fedhe"]);
        (await Fedhe.RunAsync(["aggregate", folders["server"]])).Errors.Should().Contain("innocent.fedhe is a key");
    }

    [Fact]
    public async Task Answer_OfAClientThatIsNoMember_IsRefused()
    {
        using Federation authority = await Federation.AnnouncedAsync();
        (await Fedhe.RunAsync(["answer", authority["c1"]])).Errors.Should().Contain("has no committee");
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        (await Fedhe.RunAsync(["answer", folders["c1"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
        (await Fedhe.RunAsync(["answer", folders["server"]])).ExitCode.Should().Be(ExitCodes.Refused);
    }

    [Theory]
    [InlineData("--clients 3", "authority", "the roster has 3 clients")]
    [InlineData("--clients 4", "committee", "All clients are members of a committee")]
    [InlineData("--clients 4 --keys authority", "authority", "because that was asked for")]
    [InlineData("--clients 9", "committee", "7 of the 9 clients, drawn by lot")]
    [InlineData("--clients 9 --keys committee:9/2", "committee", "All clients are members of a committee that opens sums, because that was asked for")]
    public async Task Plan_OfAJob_SaysWhoOpensSumsAndWhy(string options, string keys, string reason)
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        string[] plan = ["plan", "--model", folders["start.safetensors"], "--bound", "8", .. options.Split(' ')];

        JsonElement json = (await Fedhe.DoAsync([.. plan, "--json"])).Json;

        json.GetProperty("keys").GetString().Should().Be(keys);
        json.GetProperty("keysReason").GetString().Should().Contain(reason);
        (await Fedhe.DoAsync(plan)).Output.Should().Contain($"Keys: {json.GetProperty("keysReason").GetString()}");
    }

    [Theory]
    [InlineData("--clients 4 --keys committee:5", ExitCodes.Refused, "5 members or more, and the roster has 4 clients")]
    [InlineData("--clients 3 --keys committee", ExitCodes.Refused, "4 members or more, and the roster has 3 clients")]
    [InlineData("--keys committee:3", ExitCodes.WrongUsage, "--keys must be authority, committee, committee:n or committee:n/f")]
    [InlineData("--keys everybody", ExitCodes.WrongUsage, "--keys must be")]
    public async Task Keys_ThatCannotBe_AreRefusedByName(string options, int exitCode, string message)
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        ToolResult result = await Fedhe.RunAsync(["plan", "--model", folders["start.safetensors"], "--bound", "8", .. options.Split(' ')]);
        result.ExitCode.Should().Be(exitCode);
        result.Errors.Should().Contain(message);
    }

    /// <summary>Runs a round until its list is offered, with the offers in the inboxes of all members.</summary>
    private static async Task OfferAsync(CommitteeFolders folders)
    {
        await folders.UntilCommitteeAsync(["round", "open"]);
        await folders.FromServerAsync();
        foreach (string client in folders.Clients)
        {
            await folders.UploadAsync(client);
        }

        (await Fedhe.RunAsync(["aggregate", folders["server"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
        await folders.FromServerAsync();
        await folders.AnswerAsync(folders.Clients);
        (await Fedhe.RunAsync(["aggregate", folders["server"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
        await folders.FromServerAsync();
        folders.Files("c1/inbox", "*listoffer*").Should().ContainSingle();
    }
}
