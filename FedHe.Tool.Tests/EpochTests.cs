using System.Text.Json;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>Clients join and leave, members are replaced, and the group key is renewed, from command to command.</summary>
public sealed class EpochTests
{
    private static readonly string[] Stayers = ["c1", "c3", "c4"];

    [Fact]
    public async Task Job_InWhichAClientJoinsAndAnotherLeaves_GoesOn_AndAllModelsAreEqual()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        ToolResult plan = await folders.PlanAsync("--join", "c5", "--leave", "c2", "--json");
        plan.ExitCode.Should().Be(ExitCodes.Done, plan.Errors);
        Strings(plan, "members").Should().BeEquivalentTo("c1", "c3", "c4", "c5");
        (Strings(plan, "replaced").Single(), Strings(plan, "added").Single(), plan.Json.GetProperty("plannedEpoch").GetInt32()).Should().Be(("c2", "c5", 2));
        await Fedhe.DoAsync("deliver", folders["authority"], folders["server"], folders["c5"]);
        ToolResult early = await Fedhe.RunAsync(["keys", "join", folders["c5"], "--trust-mailbox"]);
        early.ExitCode.Should().Be(ExitCodes.TryAgain);
        early.Errors.Should().Contain("needs its certificate");

        await folders.VoteAsync();
        ToolResult left = await Fedhe.DoAsync("epoch", "enter", folders["c2"], "--json");
        left.Json.GetProperty("outcome").GetString().Should().Be("Left");
        await folders.EnterAsync([.. Stayers, "c5"]);
        folders.Clients = [.. Stayers, "c5"];
        await folders.RunRoundAsync(2, folders.Clients, Stayers);
        await folders.RunRoundAsync(3, folders.Clients, folders.Clients);
        await folders.RunRoundAsync(4, folders.Clients, folders.Clients);

        (await Fedhe.RunAsync(["round", "open", folders["server"]])).Output.Should().Contain("The job has ended: Completed");
        foreach (string client in folders.Clients)
        {
            foreach (int round in client == "c5" ? new[] { 2, 3, 4 } : [1, 2, 3, 4])
            {
                File.ReadAllBytes(folders[$"{client}/model/round-{round:D6}.safetensors"]).Should().Equal(File.ReadAllBytes(folders[$"{(round == 1 ? "c2" : "c1")}/model/round-{round:D6}.safetensors"]));
            }

            folders.Files($"{client}/state", "keys*").Should().Equal(["keys-000002.sealed"], "the key of an epoch is deleted when a sum of a later one was opened");
            folders.Files($"{client}/refused").Should().BeEmpty("nothing went wrong");
        }

        folders.Files("c2/model").Should().Equal("round-000000.safetensors", "round-000001.safetensors");
        folders.Files("server/refused").Should().BeEmpty();
        folders.Files("authority/refused").Should().BeEmpty();
    }

    [Theory]
    [InlineData("epoch enter")]
    [InlineData("decrypt")]
    [InlineData("answer")]
    [InlineData("announce")]
    [InlineData("train --exec false")]
    [InlineData("inspect")]
    public async Task Client_ThatLeft_EndsWithItsModelWhateverIsRunThere(string command)
    {
        using CommitteeFolders folders = await EpochFolders.OfferedAsync();
        await folders.AnswerAsync("c1", "c2", "c3", "c4");
        (await folders.ProposeAsync()).ExitCode.Should().Be(ExitCodes.Done);
        await folders.FromServerToAllAsync();
        await Fedhe.DoAsync("epoch", "enter", folders["c2"]);
        string[] words = command.Split(' ');
        string[] line = words[0] == "epoch" ? ["epoch", "enter", folders["c2"]] : [words[0], folders["c2"], .. words[1..]];

        ToolResult left = await Fedhe.DoAsync(line);

        left.Output.Should().Contain("has left the job");
        folders.Files("c2/outbox/authority").Should().BeEmpty("it asks for no key");
        folders.Files("c2/model").Should().Contain("round-000001.safetensors");
        (await Fedhe.RunAsync(["keys", "open", folders["c2"]])).Errors.Should().Contain("has left the job");
    }

    [Fact]
    public async Task Client_ThatLeft_ComesBackWithANewFolder()
    {
        using CommitteeFolders folders = await EpochFolders.OfferedAsync();
        await folders.AnswerAsync("c1", "c2", "c3", "c4");
        (await folders.ProposeAsync()).ExitCode.Should().Be(ExitCodes.Done);
        await folders.FromServerToAllAsync();
        await folders.EnterAsync([.. Stayers, "c5"]);
        folders.Clients = [.. Stayers, "c5"];
        await folders.RunRoundAsync(2, folders.Clients, Stayers);
        Directory.Delete(folders["c2"], recursive: true);
        await Fedhe.DoAsync("keys", "client", folders["c2"], "c2", "--samples", "100");
        await Fedhe.DoAsync("deliver", folders["c2"], folders["authority"]);

        (await folders.PlanAsync("--join", "c2")).ExitCode.Should().Be(ExitCodes.Done);
        await Fedhe.DoAsync("deliver", folders["authority"], folders["server"], folders["c2"]);
        (await folders.UntilCommitteeAsync(["epoch", "propose"], folders.Clients)).Should().Be(1);
        await folders.FromServerToAllAsync();
        ToolResult joined = await Fedhe.DoAsync("keys", "join", folders["c2"], "--expect", File.ReadAllText(folders["authority/job.digest"]), "--json");

        joined.Json.GetProperty("epoch").GetInt32().Should().Be(3);
        joined.Json.GetProperty("isMember").GetBoolean().Should().BeFalse("the members of the epoch before stay");
        await Fedhe.DoAsync("deliver", folders["c2"], folders["authority"]);
        await folders.EnterAsync(folders.Clients);
        await Fedhe.DoAsync("deliver", folders["authority"], folders["c2"]);
        await Fedhe.DoAsync("keys", "open", folders["c2"]);
        await folders.ToServerAsync("c2");
        string[] members = folders.Clients;
        folders.Clients = [.. folders.Clients, "c2"];
        await folders.RunRoundAsync(3, members, members);
    }

    [Fact]
    public async Task GroupKey_IsRenewedAlone_AndAMemberIsReplacedWithoutLeaving()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        byte[] key = File.ReadAllBytes(folders["c1/state/keys.sealed"]);
        await folders.PlanAndDeliverAsync("--renew");
        await folders.VoteAsync();
        await folders.EnterAsync(folders.Clients);
        await folders.RunRoundAsync(2, folders.Clients, folders.Clients);
        File.ReadAllBytes(folders["c1/state/keys-000002.sealed"]).Should().NotEqual(key);
        folders.Files("c1/state", "keys*").Should().Equal("keys-000002.sealed");

        await folders.PlanAndDeliverAsync("--join", "c5", "--retire", "c3");
        await folders.VoteAsync();
        string[] trainers = folders.Clients;
        folders.Clients = [.. trainers, "c5"];
        await folders.EnterAsync(folders.Clients);
        await folders.RunRoundAsync(3, ["c1", "c2", "c4", "c5"], trainers);

        ToolResult third = await Fedhe.DoAsync("inspect", folders["c3"], "--json");
        (third.Json.GetProperty("epoch").GetInt32(), third.Json.GetProperty("isMember").GetBoolean()).Should().Be((3, false));
        Strings(third, "members").Should().Equal("c1", "c2", "c4", "c5");
        ToolResult next = await folders.PlanAsync("--renew", "--json");
        Strings(next, "retired").Should().Equal(["c3"], "who was retired stays so in later epochs");
    }

    [Theory]
    [InlineData("", ExitCodes.WrongUsage, "Say what the epoch changes")]
    [InlineData("--renew --leave c1", ExitCodes.WrongUsage, "changes nothing else")]
    [InlineData("--join c5 --leave c5", ExitCodes.WrongUsage, "named twice")]
    [InlineData("--join ../c5", ExitCodes.WrongUsage, "cannot have the name")]
    [InlineData("--join c9", ExitCodes.TryAgain, "no card of c9")]
    [InlineData("--join c1", ExitCodes.Refused, "on the roster of epoch 1 already")]
    [InlineData("--leave c9", ExitCodes.Refused, "c9 is not on the roster of epoch 1: c1, c2, c3, c4")]
    [InlineData("--retire c5", ExitCodes.Refused, "c5 is not on the roster")]
    [InlineData("--leave c1", ExitCodes.Refused, "too few clients for the committee")]
    [InlineData("--retire c1", ExitCodes.Refused, "too few clients for the committee")]
    public async Task Plan_ThatCannotBe_IsRefusedByName(string options, int exitCode, string message)
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();

        ToolResult refused = await folders.PlanAsync(options.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        refused.ExitCode.Should().Be(exitCode, refused.Errors);
        refused.Errors.Should().Contain(message);
        folders.Files("authority/outbox/server").Should().BeEmpty();
        folders.Files("authority/state").Should().NotContain("plan.fedhe");
        folders.Files("authority/inbox", "c5-*").Should().ContainSingle("its card waits for a plan");
    }

    [Fact]
    public async Task Plan_WithTheKeyOfAnotherParty_OrTwoCardsOfOneName_IsRefused()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        string card = folders.Files("authority/inbox", "c5-*").Single();
        await Fedhe.DoAsync("keys", "client", folders["other"], "c5", "--samples", "1");
        File.Move(folders[$"authority/inbox/{card}"], folders["authority/inbox/x"]);
        await Fedhe.DoAsync("deliver", folders["other"], folders["authority"]);
        (await folders.PlanAsync("--join", "c5")).Errors.Should().Contain("Two different cards");
        Array.ForEach(Directory.GetFiles(folders["authority/inbox"], "c5-*"), File.Delete);
        File.WriteAllBytes(folders["authority/inbox/x"], new PartyCard(PartyRole.Client, "c5", JobPackage.Read(File.ReadAllBytes(folders["server/state/job.fedhe"])).Job.ServerKey).Write());

        ToolResult refused = await folders.PlanAsync("--join", "c5");

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain("a key of another party");
    }

    [Fact]
    public async Task Plan_WhileAnotherIsOpen_IsRefused_SentAgain_OrReplaced()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        (await folders.PlanAsync("--join", "c5", "--leave", "c2")).ExitCode.Should().Be(ExitCodes.Done);

        ToolResult other = await folders.PlanAsync("--join", "c5");
        (await folders.PlanAsync("--join", "c5", "--leave", "c2")).ExitCode.Should().Be(ExitCodes.Done);
        (await folders.PlanAsync()).ExitCode.Should().Be(ExitCodes.Done);
        (await folders.PlanAsync("--again")).ExitCode.Should().Be(ExitCodes.WrongUsage);
        byte[][] plans = PlansOf(folders);
        (await folders.PlanAsync("--renew", "--again")).ExitCode.Should().Be(ExitCodes.Done);

        other.ExitCode.Should().Be(ExitCodes.Refused);
        other.Errors.Should().Contain("Another plan of epoch 2 is open").And.Contain("--again");
        plans.Should().HaveCount(3);
        plans[1].Should().Equal(plans[0]).And.Equal(plans[2]);
        PlansOf(folders).Should().ContainSingle("a plan that was replaced does not leave").Which.Should().NotEqual(plans[0]);
        await Fedhe.DoAsync("deliver", folders["authority"], folders["server"]);
        (await folders.ProposeAsync("--json")).Json.GetProperty("plannedEpoch").GetInt32().Should().Be(2);
        JsonElement server = (await Fedhe.DoAsync("inspect", folders["server"], "--json")).Json;
        server.GetProperty("leaving").EnumerateArray().Should().BeEmpty("the newest plan counts");
    }

    [Fact]
    public async Task Plan_WithAClientWhoseFingerprintNobodyCompared_ShowsIt_AndMakesNothing()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        string[] plan = ["epoch", "plan", folders["authority"], "--leave", "c2", "--join"];
        string compared = folders.Compared("c5");
        string fingerprint = string.Join(' ', compared[3..].Chunk(4).Select(part => new string(part)));

        ToolResult unsaid = await Fedhe.RunAsync([.. plan, "c5"]);
        ToolResult wrong = await Fedhe.RunAsync([.. plan, $"c5={new string('0', 32)}"]);

        unsaid.ExitCode.Should().Be(ExitCodes.TryAgain, unsaid.Output);
        unsaid.Output.Should().Contain(fingerprint);
        unsaid.Errors.Should().Contain("Nothing is planned yet").And.Contain("--join c5=FINGERPRINT");
        wrong.ExitCode.Should().Be(ExitCodes.Refused, wrong.Output);
        wrong.Errors.Should().Contain($"another fingerprint: {fingerprint}");
        folders.Files("authority/outbox/server").Should().BeEmpty();
        folders.Files("authority/state").Should().NotContain("plan.fedhe");
        folders.Files("authority/inbox", "c5-*").Should().ContainSingle();
        await Fedhe.DoAsync([.. plan, $"c5={fingerprint}"]);
        (await Fedhe.DoAsync("epoch", "plan", folders["authority"])).Output.Should().Contain(fingerprint, "every run shows it");
    }

    [Fact]
    public async Task Plan_WithTheCardOfAnImpostor_LeavesTheRightOneInTheInbox_AndIsReplaced()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        string right = folders.Compared("c5");
        string card = folders[$"authority/inbox/{folders.Files("authority/inbox", "c5-*").Single()}"];
        File.Move(card, folders["right"]);
        await Fedhe.DoAsync("keys", "client", folders["other"], "c5", "--samples", "1");
        await Fedhe.DoAsync("deliver", folders["other"], folders["authority"]);
        (await folders.PlanAsync("--join", "c5", "--leave", "c2")).ExitCode.Should().Be(ExitCodes.Done);
        File.Move(folders["right"], card);

        ToolResult refused = await folders.PlanAsync();
        ToolResult other = await folders.PlanAsync("--join", "c5", "--leave", "c2");

        refused.ExitCode.Should().Be(ExitCodes.Refused, refused.Output);
        refused.Errors.Should().Contain("another card of c5").And.Contain("--again");
        other.Errors.Should().Contain("Another plan of epoch 2 is open", "it has another key than the one that is named");
        File.Exists(card).Should().BeTrue();
        for (int times = 0; times < 2; times++)
        {
            // The second time the card is in the plan that is replaced, and in the inbox no more.
            ToolResult again = await folders.PlanAsync("--again", "--leave", "c2", "--join", right, "--json");
            again.ExitCode.Should().Be(ExitCodes.Done, again.Errors);
            Strings(again, "fingerprints").Should().Equal(right);
            PlansOf(folders).Should().ContainSingle();
        }

        File.Exists(card).Should().BeFalse();
    }

    [Fact]
    public async Task Jobs_WithoutACommittee_OrWithoutAJob_HaveNoEpochs()
    {
        using Federation authority = await Federation.AnnouncedAsync();
        foreach (string[] command in new string[][] { ["plan", authority["authority"], "--renew"], ["propose", authority["server"]], ["enter", authority["c1"]] })
        {
            ToolResult refused = await Fedhe.RunAsync(["epoch", .. command]);
            refused.ExitCode.Should().Be(ExitCodes.Refused);
            refused.Errors.Should().Contain("describe a new job");
        }

        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        (await folders.PlanAsync("--renew")).Errors.Should().Contain("no job yet");
        (await Fedhe.RunAsync(["epoch", "plan", folders["c1"], "--renew"])).ExitCode.Should().Be(ExitCodes.Refused);
    }

    [Fact]
    public async Task Plan_ThatIsNone_OrDamaged_OrLate_DoesNotStopTheServer()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        ToolResult none = await folders.ProposeAsync();
        none.ExitCode.Should().Be(ExitCodes.TryAgain);
        none.Errors.Should().Contain("No plan of an epoch");
        await folders.PlanAsync("--renew");
        string name = folders.Files("authority/outbox/server", "*-plan.fedhe").Single();
        byte[] plan = File.ReadAllBytes(folders[$"authority/outbox/server/{name}"]);
        byte[] changed = [.. plan];
        changed[^1] ^= 1;
        File.WriteAllBytes(folders["server/inbox/a-forged"], changed);
        File.WriteAllBytes(folders["server/inbox/b-cut"], plan[..200]);

        ToolResult refused = await folders.ProposeAsync();

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Output.Should().Contain("a-forged: The plan is not signed").And.Contain("b-cut");
        folders.Files("server/refused").Should().Equal("a-forged", "b-cut");
        await Fedhe.DoAsync("deliver", folders["authority"], folders["server"]);
        await folders.VoteAsync();
        File.WriteAllBytes(folders["server/inbox/late"], plan);
        ToolResult late = await folders.ProposeAsync();
        (late.ExitCode, late.Output).Should().Match<(int Code, string Output)>(one => one.Code == ExitCodes.Done && one.Output.Contains("Epoch 2 has begun, and no other is planned", StringComparison.Ordinal));
        folders.Files("server/inbox", "late").Should().BeEmpty();
        folders.Files("server/outbox/authority", "*-certificate.fedhe").Should().ContainSingle("the certificate is sent again");
    }

    [Fact]
    public async Task Plan_InTheMiddleOfARound_WaitsForItsSum_AndIsNotLostMeanwhile()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        await folders.UntilCommitteeAsync(["round", "open"]);
        await folders.FromServerAsync();
        await folders.PlanAndDeliverAsync("--renew");
        foreach (string client in folders.Clients)
        {
            await folders.UploadAsync(client);
        }

        (await Fedhe.RunAsync(["aggregate", folders["server"]])).Errors.Should().Contain("waits for its committee");
        folders.Files("server/refused").Should().BeEmpty();
        folders.Files("server/inbox", "*-plan.fedhe").Should().ContainSingle();
        (await folders.ProposeAsync()).Output.Should().Contain("Members vote for it after the sum of round 2");
        await folders.FromServerAsync();
        await folders.AnswerAsync(folders.Clients);
        await folders.UntilCommitteeAsync(["aggregate"]);
        await folders.FromServerAsync();
        await folders.DecryptAsync(2);

        // 'decrypt' has taken the offer from the inbox and voted, and what is run for the next round begins the epoch.
        ToolResult begun = await Fedhe.RunAsync(["round", "open", folders["server"]]);
        (begun.ExitCode, begun.Output).Should().Match<(int Code, string Output)>(one => one.Code == ExitCodes.TryAgain && one.Output.Contains("Epoch 2 has begun", StringComparison.Ordinal));
        begun.Errors.Should().Contain("Round 3 waits for its committee");
        await folders.FromServerToAllAsync();
        await folders.EnterAsync(folders.Clients);
        await folders.RunRoundAsync(3, folders.Clients, folders.Clients);
    }

    [Fact]
    public async Task Plan_ThatMembersDoNotVoteFor_HoldsTheRoundUp_AndProposeAsksThemAgain()
    {
        using CommitteeFolders folders = await EpochFolders.OfferedAsync();
        await folders.AnswerAsync("c1");
        (await folders.ProposeAsync("--json")).Json.GetProperty("awaitedMembers").EnumerateArray().Select(one => one.GetString()).Should().Equal("c2", "c3", "c4");
        await folders.FromServerAsync();
        foreach (string member in new[] { "c2", "c3", "c4" })
        {
            Array.ForEach(Directory.GetFiles(folders[$"{member}/inbox"], "*epochoffer*"), File.Delete);
        }

        for (int times = 0; times < 8; times++)
        {
            // Guard: it used up the tries of the job.
            ToolResult waiting = await Fedhe.RunAsync(["round", "open", folders["server"], "--now"]);
            waiting.ExitCode.Should().Be(ExitCodes.TryAgain);
            waiting.Errors.Should().Contain("Epoch 2 waits for its committee: c2, c3, c4").And.Contain("3 of 4 votes begin it").And.Contain("No round begins before");
        }

        await folders.ProposeAsync();
        await folders.FromServerAsync();
        await folders.AnswerAsync("c3", "c4");
        (await folders.ProposeAsync()).Output.Should().Contain("Epoch 2 has begun");
        (await Fedhe.DoAsync("inspect", folders["server"], "--json")).Json.GetProperty("epoch").GetInt32().Should().Be(2);
    }

    [Fact]
    public async Task OtherPlan_WhoseCommandTakesTheLastVotes_DoesNotHideThatTheEpochHasBegun()
    {
        using CommitteeFolders folders = await EpochFolders.OfferedAsync();
        await folders.PlanAndDeliverAsync("--renew", "--again");
        await folders.AnswerAsync("c1", "c3", "c4");

        ToolResult begun = await folders.ProposeAsync();

        (begun.ExitCode, begun.Output).Should().Match<(int Code, string Output)>(one => one.Code == ExitCodes.Done && one.Output.Contains("Epoch 2 has begun", StringComparison.Ordinal));
        folders.Files("server/outbox/authority", "*-certificate.fedhe").Should().ContainSingle();
    }

    [Fact]
    public async Task Client_WhoseCertificateWasLost_JoinsInALaterEpoch()
    {
        // Guard: a client that joins needs all certificates, and nobody knows whether those of an earlier epoch arrived before it announces itself.
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        await folders.PlanAndDeliverAsync("--join", "c5");
        await folders.VoteAsync();
        Array.ForEach(Directory.GetFiles(folders["c5/inbox"], "*-certificate.fedhe"), File.Delete);
        string[] members = folders.Clients;
        await folders.EnterAsync(members);
        await folders.RunRoundAsync(2, members, members);
        await folders.PlanAndDeliverAsync("--renew");

        await folders.VoteAsync();

        folders.Files("c5/inbox", "*-certificate.fedhe").Should().HaveCount(2);
        await folders.EnterAsync([.. members, "c5"]);
        (await Fedhe.DoAsync("inspect", folders["c5"], "--json")).Json.GetProperty("epoch").GetInt32().Should().Be(3);
        await folders.UntilCommitteeAsync(["round", "open"], members);
        (await folders.ProposeAsync()).ExitCode.Should().Be(ExitCodes.Done);
        folders.Files("server/outbox/authority", "*-certificate.fedhe").Should().NotBeEmpty();
        folders.Files("server/outbox/c5", "*-certificate.fedhe").Should().BeEmpty("it has announced itself");
    }

    [Fact]
    public async Task Certificate_ThatIsDamaged_IsPutInPlaceFromTheFolderOfAnotherParty()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        await folders.PlanAndDeliverAsync("--renew");
        await folders.VoteAsync();
        await folders.EnterAsync(folders.Clients);
        string file = folders.Files("c1/state", "epoch-*").Single();
        byte[] damaged = File.ReadAllBytes(folders[$"c1/state/{file}"]);
        damaged[^1] ^= 1;
        File.WriteAllBytes(folders[$"c1/state/{file}"], damaged);

        ToolResult refused = await Fedhe.RunAsync(["epoch", "enter", folders["c1"]]);

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain(file).And.Contain("from the folder 'state' of the server or of another client").And.Contain("Do not delete it");
        File.Copy(folders[$"server/state/{file}"], folders[$"c1/state/{file}"], overwrite: true);
        await folders.RunRoundAsync(2, folders.Clients, folders.Clients);
    }

    [Fact]
    public async Task OtherPlan_WhileMembersVote_StaysInTheInbox()
    {
        using CommitteeFolders folders = await EpochFolders.OfferedAsync();
        await folders.PlanAndDeliverAsync("--renew", "--again");

        ToolResult waiting = await folders.ProposeAsync();

        waiting.ExitCode.Should().Be(ExitCodes.TryAgain);
        waiting.Errors.Should().Contain("Members vote for another plan already");
        folders.Files("server/inbox", "*-plan.fedhe").Should().ContainSingle();
    }

    [Fact]
    public async Task Plan_AfterTheJobHasEnded_OrInItsLastRound_IsRefused()
    {
        using CommitteeFolders folders = await CommitteeFolders.OfFourAsync();
        await folders.RunRoundAsync(1);
        await folders.UntilCommitteeAsync(["round", "open"]);
        (await folders.PlanAsync("--renew")).ExitCode.Should().Be(ExitCodes.Done);
        await Fedhe.DoAsync("deliver", folders["authority"], folders["server"]);
        ToolResult last = await folders.ProposeAsync();
        last.ExitCode.Should().Be(ExitCodes.Refused);
        last.Errors.Should().Contain("The last round is in progress");
        await folders.FromServerAsync();
        foreach (string client in folders.Clients)
        {
            await folders.UploadAsync(client);
        }

        await folders.UntilCommitteeAsync(["aggregate"]);
        (await folders.ProposeAsync()).Errors.Should().Contain("The job has ended (Completed)");
    }

    [Fact]
    public async Task EveryParty_SaysWhichEpochItIsInAndWhatItWaitsFor()
    {
        using CommitteeFolders folders = await EpochFolders.OfferedAsync();
        (await Fedhe.DoAsync("inspect", folders["authority"])).Output.Should().Contain("It is in epoch 1").And.Contain("c5 joins, c2 leaves").And.Contain("waits for the certificate of epoch 2");
        (await Fedhe.DoAsync("inspect", folders["server"])).Output.Should().Contain("waits for its committee: c1: the vote for epoch 2");
        (await Fedhe.DoAsync("inspect", folders["c1"])).Output.Should().Contain("The server asks for an answer ('fedhe answer'): EpochOffer of round 2");
        foreach (string member in folders.Clients)
        {
            (await Fedhe.DoAsync("answer", folders[member])).Output.Should().Contain("the vote for the next epoch");
            (await Fedhe.DoAsync("inspect", folders[member])).Output.Should().Contain("It voted for an epoch that begins with round 2");
            await folders.ToServerAsync(member);
        }

        (await folders.ProposeAsync()).ExitCode.Should().Be(ExitCodes.Done);
        await folders.FromServerToAllAsync();
        (await Fedhe.DoAsync("epoch", "enter", folders["c1"])).Output.Should().Contain("lacks its group key").And.Contain("'fedhe keys grant'");
        (await Fedhe.RunAsync(["answer", folders["c1"]])).Errors.Should().Contain("lacks the group key of epoch 2");
        (await Fedhe.DoAsync("inspect", folders["c1"])).Output.Should().Contain("It is in epoch 2, which began with round 2").And.Contain("waits for the group key of epoch 2");
        await Fedhe.DoAsync("epoch", "enter", folders["c2"]);
        (await Fedhe.DoAsync("inspect", folders["c2"])).Output.Should().Contain("It has left the job");
        (await Fedhe.DoAsync("inspect", folders["server"])).Output.Should().Contain("It is in epoch 2").And.Contain("clients c1, c3, c4, c5");
        await folders.EnterAsync([.. Stayers, "c5"]);
        (await Fedhe.DoAsync("inspect", folders["authority"])).Output.Should().Contain("It is in epoch 2").And.NotContain("waits for the certificate");
        (await Fedhe.DoAsync("epoch", "enter", folders["c1"])).Output.Should().Contain("The client is in epoch 2, and has its group key");
        foreach (string file in Directory.GetFiles(folders["c1/state"], "epoch-*").Concat(Directory.GetFiles(folders["server/state"], "plan.fedhe")))
        {
            (await Fedhe.DoAsync("inspect", file, "--json")).Json.GetProperty("kind").GetString().Should().BeOneOf("certificate", "plan");
        }
    }

    private static byte[][] PlansOf(CommitteeFolders folders) => [.. folders.Files("authority/outbox/server", "*-plan.fedhe").Select(file => File.ReadAllBytes(folders[$"authority/outbox/server/{file}"]))];

    private static IEnumerable<string?> Strings(ToolResult result, string name) => result.Json.GetProperty(name).EnumerateArray().Select(one => one.GetString());
}
