using System.Text.Json.Nodes;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>Commands of epochs that end early, or are run twice, and folders that an older command has made.</summary>
public sealed class EpochInterruptionTests
{
    private static readonly string[] Next = ["c1", "c3", "c4", "c5"];

    [Fact]
    public async Task EveryCommand_RunTwice_GivesTheSameEpoch()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        await TwiceAsync("epoch", "plan", folders["authority"], "--join", folders.Compared("c5"), "--leave", "c2");
        await Fedhe.DoAsync("deliver", folders["authority"], folders["server"], folders["c5"]);
        (await folders.ProposeAsync()).ExitCode.Should().Be(ExitCodes.TryAgain);
        (await folders.ProposeAsync()).ExitCode.Should().Be(ExitCodes.TryAgain);
        await folders.FromServerAsync();
        foreach (string member in folders.Clients)
        {
            await TwiceAsync("answer", folders[member]);
            await folders.ToServerAsync(member);
        }

        await TwiceAsync("epoch", "propose", folders["server"]);
        await folders.FromServerToAllAsync();
        await Fedhe.DoAsync("epoch", "enter", folders["c2"]);
        foreach (string client in Next)
        {
            await TwiceAsync(client == "c5" ? ["keys", "join", folders["c5"], "--trust-mailbox"] : ["epoch", "enter", folders[client]]);
            await Fedhe.DoAsync("deliver", folders[client], folders["authority"]);
        }

        await TwiceAsync("keys", "grant", folders["authority"]);
        foreach (string client in Next)
        {
            await Fedhe.DoAsync("deliver", folders["authority"], folders[client]);
            await TwiceAsync("keys", "open", folders[client]);
            await folders.ToServerAsync(client);
        }

        folders.Clients = Next;
        await folders.RunRoundAsync(2, Next, Next[..3]);
        await folders.RunRoundAsync(3, Next, Next);
        foreach (string party in new[] { "authority", "server", "c1", "c2", "c3", "c4", "c5" })
        {
            folders.Files($"{party}/refused").Should().BeEmpty(party);
        }
    }

    [Fact]
    public async Task Authority_ThatSavedAPlanAndCouldNotSendIt_SendsTheSamePlanLater()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        Block(folders["authority/outbox/server"]);
        (await folders.PlanAsync("--join", "c5", "--leave", "c2")).ExitCode.Should().Be(ExitCodes.Refused);
        byte[] plan = File.ReadAllBytes(folders["authority/state/plan.fedhe"]);
        File.Delete(folders["authority/outbox/server"]);

        (await folders.PlanAsync("--join", "c5", "--leave", "c2")).ExitCode.Should().Be(ExitCodes.Done);

        File.ReadAllBytes(Directory.GetFiles(folders["authority/outbox/server"], "*-plan.fedhe").Single()).Should().Equal(plan);
        folders.Files("authority/outbox/c5", "*-job.fedhe").Should().ContainSingle();
    }

    /// <summary>The key of the epoch is on the disk before its plan: without it no client could take part in the epoch.</summary>
    [Fact]
    public async Task Authority_ThatCouldNotSaveThePlan_HasSavedItsKeyFirst()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        byte[] before = File.ReadAllBytes(folders["authority/state/authority.sealed"]);
        Directory.CreateDirectory(folders["authority/state/plan.fedhe"]);

        (await folders.PlanAsync("--renew")).ExitCode.Should().Be(ExitCodes.Refused);

        File.ReadAllBytes(folders["authority/state/authority.sealed"]).Should().NotEqual(before);
        folders.Files("authority/outbox/server").Should().BeEmpty();
        Directory.Delete(folders["authority/state/plan.fedhe"]);
        await folders.PlanAndDeliverAsync("--renew");
        await folders.VoteAsync();
        await folders.EnterAsync(folders.Clients);
        await folders.RunRoundAsync(2, folders.Clients, folders.Clients);
    }

    [Fact]
    public async Task Member_ThatNotedItsVoteAndCouldNotSendIt_SendsTheSameVoteLater()
    {
        using CommitteeFolders folders = await EpochFolders.OfferedAsync();
        Block(folders["c1/outbox/server"]);
        (await Fedhe.RunAsync(["answer", folders["c1"]])).ExitCode.Should().Be(ExitCodes.Refused);
        byte[] ledger = File.ReadAllBytes(folders["c1/ledger/member.ledger"]);
        File.Delete(folders["c1/outbox/server"]);

        await Fedhe.DoAsync("answer", folders["c1"]);

        folders.Files("c1/outbox/server", "*-epochvote.fedhe").Should().NotBeEmpty();
        File.ReadAllBytes(folders["c1/ledger/member.ledger"]).Should().Equal(ledger, "it voted once");
        await folders.ToServerAsync("c1");
        await folders.AnswerAsync("c2", "c3");
        (await folders.ProposeAsync()).Output.Should().Contain("Epoch 2 has begun");
    }

    [Theory]
    [InlineData("authority")]
    [InlineData("c5")]
    [InlineData("c3")]
    public async Task Server_ThatBeganTheEpochAndCouldNotSendItsCertificate_SendsItLater(string blocked)
    {
        using CommitteeFolders folders = await EpochFolders.OfferedAsync();
        await folders.AnswerAsync("c1", "c2", "c3", "c4");
        Block(folders[$"server/outbox/{blocked}"]);
        (await folders.ProposeAsync()).ExitCode.Should().Be(ExitCodes.Refused);
        File.Delete(folders[$"server/outbox/{blocked}"]);

        ToolResult later = await folders.ProposeAsync();

        later.ExitCode.Should().Be(ExitCodes.Done, later.Errors);
        await folders.FromServerToAllAsync();
        await Fedhe.DoAsync("epoch", "enter", folders["c2"]);
        await folders.EnterAsync(Next);
        folders.Clients = Next;
        await folders.RunRoundAsync(2, Next, Next[..3]);
    }

    [Fact]
    public async Task Client_ThatEnteredAndCouldNotAskForItsKey_AsksLater_AndALostRequestIsMadeGood()
    {
        using CommitteeFolders folders = await EpochFolders.OfferedAsync();
        await folders.AnswerAsync("c1", "c2", "c3", "c4");
        (await folders.ProposeAsync()).ExitCode.Should().Be(ExitCodes.Done);
        await folders.FromServerToAllAsync();
        Block(folders["c1/outbox/authority"]);
        (await Fedhe.RunAsync(["epoch", "enter", folders["c1"]])).ExitCode.Should().Be(ExitCodes.Refused);
        File.Delete(folders["c1/outbox/authority"]);
        (await Fedhe.RunAsync(["decrypt", folders["c1"]])).ExitCode.Should().Be(ExitCodes.Done, "it has the model of round 1");
        string request = Directory.GetFiles(folders["c1/outbox/authority"], "*-keyrequest.fedhe").Single();
        byte[] bytes = File.ReadAllBytes(request);
        File.Delete(request);

        await Fedhe.DoAsync("epoch", "enter", folders["c1"]);

        File.ReadAllBytes(Directory.GetFiles(folders["c1/outbox/authority"], "*-keyrequest.fedhe").Single()).Should().Equal(bytes, "it is the same request");
        await folders.EnterAsync(Next);
        folders.Clients = Next;
        await folders.RunRoundAsync(2, Next, Next[..3]);
    }

    /// <summary>Whatever handles the inbox before 'keys open' must leave the grant there.</summary>
    [Fact]
    public async Task Grant_InTheInbox_IsThereForKeysOpen_WhateverIsRunBefore()
    {
        using CommitteeFolders folders = await BegunAsync();
        foreach (string client in Next[..3])
        {
            await Fedhe.DoAsync("epoch", "enter", folders[client]);
            await Fedhe.DoAsync("deliver", folders[client], folders["authority"]);
        }

        await Fedhe.DoAsync("keys", "grant", folders["authority"]);
        await Fedhe.DoAsync("deliver", folders["authority"], folders["c1"]);
        await Fedhe.RunAsync(["decrypt", folders["c1"]]);
        await Fedhe.RunAsync(["answer", folders["c1"]]);
        Block(folders["c1/outbox/server"]);
        (await Fedhe.RunAsync(["keys", "open", folders["c1"]])).ExitCode.Should().Be(ExitCodes.Refused);
        File.Delete(folders["c1/outbox/server"]);

        await Fedhe.DoAsync("keys", "open", folders["c1"]);

        folders.Files("c1/refused").Should().BeEmpty();
        folders.Files("c1/state", "keys*").Should().Equal("keys-000002.sealed", "keys.sealed");
        (await Fedhe.DoAsync("epoch", "enter", folders["c1"])).Output.Should().Contain("has its group key");
    }

    [Fact]
    public async Task CardsAndCertificates_AtTheAuthority_AreNotTakenForRequests()
    {
        using CommitteeFolders folders = await BegunAsync();
        await Fedhe.DoAsync("keys", "client", folders["c6"], "c6", "--samples", "1");
        await Fedhe.DoAsync("deliver", folders["c6"], folders["authority"]);
        byte[] certificate = File.ReadAllBytes(Directory.GetFiles(folders["authority/inbox"], "*-certificate.fedhe").Single());
        certificate[^1] ^= 1;
        File.WriteAllBytes(folders["authority/inbox/a-forged"], certificate);

        ToolResult none = await Fedhe.RunAsync(["keys", "grant", folders["authority"]]);

        none.ExitCode.Should().Be(ExitCodes.TryAgain, none.Output);
        none.Output.Should().Contain("Epoch 2 has begun with round 2").And.Contain("a-forged (TooFewVotes)");
        folders.Files("authority/inbox").Should().ContainSingle(name => name.StartsWith("c6-", StringComparison.Ordinal));
        folders.Files("authority/refused").Should().Equal("a-forged");
    }

    [Fact]
    public async Task Client_ThatMissedTheCertificate_GetsItWhenItAnnouncesItself()
    {
        using CommitteeFolders folders = await BegunAsync();
        Array.ForEach(Directory.GetFiles(folders["c1/inbox"]), File.Delete);
        (await Fedhe.RunAsync(["epoch", "enter", folders["c1"]])).Errors.Should().Contain("'fedhe announce'");
        await Fedhe.DoAsync("announce", folders["c1"]);
        await folders.ToServerAsync("c1");
        await Fedhe.RunAsync(["round", "open", folders["server"]]);
        await folders.FromServerAsync();

        (await Fedhe.DoAsync("epoch", "enter", folders["c1"])).Output.Should().Contain("lacks its group key");
    }

    [Fact]
    public async Task Client_InALaterEpoch_ThatLacksTheSumBeforeTheNext_IsNotSaidToBeInIt()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        await folders.PlanAndDeliverAsync("--renew");
        await folders.VoteAsync();
        await folders.EnterAsync(folders.Clients);
        await folders.UntilCommitteeAsync(["round", "open"]);
        await folders.FromServerAsync();
        foreach (string client in folders.Clients)
        {
            await folders.UploadAsync(client);
        }

        await folders.UntilCommitteeAsync(["aggregate"]);
        await folders.FromServerAsync();
        Array.ForEach(Directory.GetFiles(folders["c1/inbox"]), File.Delete);
        foreach (string client in new[] { "c2", "c3", "c4" })
        {
            await Fedhe.DoAsync("decrypt", folders[client]);
            await folders.ToServerAsync(client);
        }

        await folders.PlanAndDeliverAsync("--renew");
        await folders.UntilCommitteeAsync(["epoch", "propose"], "c2", "c3", "c4");
        await folders.FromServerToAllAsync();

        ToolResult stays = await Fedhe.RunAsync(["epoch", "enter", folders["c1"], "--json"]);

        stays.ExitCode.Should().Be(ExitCodes.TryAgain, stays.Output);
        stays.Errors.Should().Contain("stays in epoch 2").And.Contain("'fedhe round open'");
        await folders.ToServerAsync("c1");
        await Fedhe.RunAsync(["round", "open", folders["server"]]);
        await folders.FromServerAsync();
        (await Fedhe.DoAsync("epoch", "enter", folders["c1"])).Output.Should().Contain("lacks its group key");
    }

    [Fact]
    public async Task Certificate_ThatDoesNotHold_IsPutAside_AndTheClientStays()
    {
        using CommitteeFolders folders = await BegunAsync();
        string name = folders.Files("c1/inbox", "*-epoch.fedhe").Single();
        byte[] bytes = File.ReadAllBytes(folders[$"c1/inbox/{name}"]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(folders[$"c1/inbox/{name}"], bytes);

        ToolResult stays = await Fedhe.RunAsync(["epoch", "enter", folders["c1"], "--json"]);

        stays.ExitCode.Should().Be(ExitCodes.TryAgain);
        stays.Json.GetProperty("epoch").GetInt32().Should().Be(1);
        folders.Files("c1/refused").Should().Equal(name);
    }

    [Fact]
    public async Task Folders_OfAnOlderCommand_TakePartInEpochs()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        foreach (string party in new[] { "authority", "server", "c1", "c2", "c3", "c4", "c5" })
        {
            string notes = folders[$"{party}/state/party.json"];
            JsonObject json = JsonNode.Parse(File.ReadAllText(notes))!.AsObject();
            foreach (string later in new[] { "begunEpoch", "askedEpoch", "votedRound", "certifiedEpoch" })
            {
                json.Remove(later).Should().BeTrue(later);
            }

            File.WriteAllText(notes, json.ToJsonString());
        }

        await folders.PlanAndDeliverAsync("--join", "c5", "--leave", "c2");
        await folders.VoteAsync();
        await folders.EnterAsync(Next);
        folders.Clients = Next;
        await folders.RunRoundAsync(2, Next, Next[..3]);
    }

    [Fact]
    public async Task Server_SetBackBeforeTheEpoch_BeginsNoSecondOne()
    {
        using CommitteeFolders folders = await EpochFolders.AfterRoundOneAsync();
        byte[] old = File.ReadAllBytes(folders["server/state/round.state"]);
        await folders.PlanAndDeliverAsync("--join", "c5", "--leave", "c2");
        await folders.VoteAsync();
        foreach (string client in folders.Clients)
        {
            await Fedhe.DoAsync("epoch", "enter", folders[client]);
        }

        await folders.PlanAndDeliverAsync("--renew", "--again");
        File.WriteAllBytes(folders["server/state/round.state"], old);
        (await Fedhe.RunAsync(["epoch", "propose", folders["server"]])).ExitCode.Should().Be(ExitCodes.Refused, "the newest stamp is known");
        File.Delete(folders["server/state/newest.state"]);
        await Fedhe.DoAsync("announce", folders["c1"]);
        await folders.ToServerAsync("c1");

        ToolResult refused = await folders.ProposeAsync();

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain("a newer one exists");
        folders.Files("server/outbox/authority").Should().BeEmpty();
    }

    /// <summary>The epoch has begun, and its certificates are in all inboxes.</summary>
    private static async Task<CommitteeFolders> BegunAsync()
    {
        CommitteeFolders folders = await EpochFolders.OfferedAsync();
        await folders.AnswerAsync("c1", "c2", "c3", "c4");
        (await folders.ProposeAsync()).ExitCode.Should().Be(ExitCodes.Done);
        await folders.FromServerToAllAsync();
        return folders;
    }

    /// <summary>Puts a file where a folder has to be, so that nothing can be written there.</summary>
    private static void Block(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        File.WriteAllText(path, string.Empty);
    }

    private static async Task TwiceAsync(params string[] arguments)
    {
        await Fedhe.DoAsync(arguments);
        (await Fedhe.RunAsync(arguments)).ExitCode.Should().BeOneOf(ExitCodes.Done, ExitCodes.TryAgain);
    }
}
