using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Server.Renewals;
using FedHe.Orchestration.Tests.Committee;
using FedHe.TestKit.Hostile;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>Saved states carry epochs, plans and votes, and states that contradict themselves are refused.</summary>
public sealed class EpochStateTests
{
    private const int Seed = 20261129;

    private static readonly Dictionary<string, Action<CommitteeBench, ServerState>> Changes = new()
    {
        ["plan of another epoch"] = (bench, state) => state.Plan = new EpochLab(bench).Forge(state.Plan!, terms => terms with { Number = 3 }),
        ["plan that nobody signed"] = (bench, state) => state.Plan = new EpochLab(bench).Forge(state.Plan!, terms => terms, bench.ServerIdentity.Key),
        ["vote without a plan"] = (_, state) => state.Plan = null,
        ["vote of no member"] = (bench, state) => Add(state, new EpochLab(bench).Vote(4, state.Renewal!.Statement)),
        ["vote for something else"] = (bench, state) => Add(
            state, new EpochLab(bench).Vote(3, new EpochStatement(state.Plan!, 3, state.Renewal!.Statement.Base))),
        ["vote in an earlier round"] = (_, state) => state.Round = 1,
        ["vote that is enough"] = (bench, state) => Add(state, new EpochLab(bench).Vote(2, state.Renewal!.Statement)),
        ["vote in a later round"] = (_, state) => state.Round = 3,
        ["answer of no member"] = (bench, state) => state.Renewal!.Bound.Add(bench.Name(4)),
        ["answers that are too many for a vote"] = (bench, state) => state.Renewal!.Bound.UnionWith([bench.Name(2), bench.Name(3)]),
    };

    public static TheoryData<string> Contradictions => [.. Changes.Keys];

    [Fact]
    public async Task State_WhileMembersVote_HasPlanAndVotes()
    {
        using CommitteeBench bench = await VotingAsync();
        using ServerState state = Read(bench, bench.ServerState!);
        state.Renewal!.IsOverdue = true;
        state.Renewal.Bound.Add(bench.Name(3));

        using ServerState read = Read(bench, Write(bench, state));

        read.Phase.Should().Be(ServerPhase.Renewing);
        (read.Plan!.Digest, read.Renewal!.IsOverdue).Should().Be((state.Plan!.Digest, true));
        read.Renewal.Bound.Should().Equal(bench.Name(3));
        read.Renewal.Statement.Digest.Should().Be(state.Renewal.Statement.Digest);
        read.Renewal.Votes.Keys.Should().Equal(state.Renewal.Votes.Keys).And.HaveCount(2);
    }

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task State_ThatContradictsItself_IsRefused(string change)
    {
        using CommitteeBench bench = await VotingAsync();
        using ServerState state = Read(bench, bench.ServerState!);
        Changes[change](bench, state);
        byte[] bytes = Write(bench, state);

        FluentActions.Invoking(() => Read(bench, bytes)).Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task Server_RestartedWhileMembersVote_BeginsTheEpoch()
    {
        using CommitteeBench bench = await VotingAsync();

        bench.Network = null;
        bench.RestartServer();
        await bench.PumpAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Server.Job.EpochNumber.Should().Be(2);
    }

    [Fact]
    public async Task Server_WhoseClientThatLeavesIsNotedEverywhere_IsRestoredInTheEpochWithoutIt()
    {
        // Guard: a state whose clients are not on the roster is refused, so the server forgets all that it has of those that left.
        using CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = 5, Members = [0, 1, 2, 3], Rounds = 3, Quorum = 4, MaxAttempts = 4 });
        bench.Network = (message, client, bytes) => message is EpochVote ? null : bytes;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));
        await bench.StartAsync();
        bench.Server.Phase.Should().Be(ServerPhase.Renewing);
        using ServerState state = Read(bench, bench.ServerState!);
        state.Capped.Add(bench.Name(4));
        state.LeftOut.Add(bench.Name(4));
        state.Confirmations.Remove(bench.Name(4));
        state.Objections.Add(bench.Name(4), InspectedPart.None);
        bench.RestartServer(Write(bench, state));

        // The client that leaves says nothing more, and no round begins that would make the server forget.
        bench.Network = (message, client, bytes) => client == bench.Name(4) || message is Invitation ? null : bytes;
        for (int client = 0; client < 4; client++)
        {
            bench.Send(client, bench.Clients[client].Announce());
        }

        await bench.PumpAsync();
        await bench.RunUntilAsync(() => bench.Server.Job.EpochNumber == 2);

        bench.Network = null;
        bench.RestartServer();
        await bench.PumpAsync();
        await bench.RunToEndAsync();
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
    }

    [Fact]
    public async Task Parties_RestartedInALaterEpoch_GoOn_AndNeedTheKeysOfTheirModel()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Rounds = 3, Quorum = 3 });
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));
        EpochFederationTests.HoldAfter(bench, round: 1);
        await bench.StartAsync();
        bench.Server.Job.EpochNumber.Should().Be(2);

        FederationClientSetup setup = bench.ClientSetup(0);
        FederationClient both = FederationClient.Restore(setup, bench.StateOf(0)!);
        FederationClient first = FederationClient.Restore(setup with { EpochKeys = [] }, bench.StateOf(0)!);
        Action second = () => FederationClient.Restore(setup with { Job = bench.Server.Job, Keys = bench.EpochKeys[0][0], EpochKeys = [] }, bench.StateOf(0)!);

        (both.Job.EpochNumber, both.ModelRound, both.NeedsKeys).Should().Be((2, 1, false));
        (first.Job.EpochNumber, first.ModelRound, first.NeedsKeys).Should().Be((2, 1, true));
        second.Should().Throw<StateRefusedException>("the model is of the first epoch");
        bench.Network = null;
        for (int client = 0; client < 4; client++)
        {
            bench.RestartClient(client);
        }

        bench.RestartServer();
        await bench.PumpAsync();
        await bench.RunToEndAsync();
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);

        // With a model of the second epoch the first one's key is of no use any more.
        FederationClient later = FederationClient.Restore(
            setup with { Job = bench.Server.Job, Keys = bench.EpochKeys[0][0], EpochKeys = [] }, bench.StateOf(0)!);
        (later.Job.EpochNumber, later.ModelRound, later.Outcome).Should().Be((2, 3, FederationOutcome.Completed));
        FluentActions.Invoking(() => new FederationServer(bench.ServerSetup with { Job = bench.Server.Job })).Should().Throw<Exception>();
    }

    [Fact]
    public async Task State_ThatBeganInALaterEpochThanTheJob_IsRefused()
    {
        // Guard: the state lacks the certificate, and the client would go back to the epoch before it.
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Rounds = 3, Quorum = 3 });
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));
        EpochFederationTests.HoldAfter(bench, round: 1);
        await bench.StartAsync();
        FederationClientSetup first = bench.ClientSetup(0) with { Ledger = null };
        FederationClientSetup second = first with { Job = bench.Server.Job, Keys = bench.EpochKeys[0][0], EpochKeys = [] };
        var state = new ArrayBufferWriter<byte>();
        new FederationClient(second).SaveState(state);

        FederationClient.Restore(second, state.WrittenMemory).Job.EpochNumber.Should().Be(2);
        FluentActions.Invoking(() => FederationClient.Restore(first, state.WrittenMemory))
            .Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task Messages_Damaged_DisturbNobody()
    {
        (CommitteeLab lab, Digest chain) = await EpochVoteTests.AfterRoundOneAsync();
        using (lab)
        {
            EpochPlan plan = EpochVoteTests.PlanOf(lab);
            var statement = new EpochStatement(plan, 2, chain);
            EpochCertificate certificate = new EpochLab(lab.Bench).Certify(statement, lab.Bench.Job, 0, 1, 2, 3);
            var hostile = new HostileBytes(Seed);
            foreach (ServerMessage message in new ServerMessage[]
            {
                new EpochOffer(lab.Bench.Job.JobId, 2, chain, plan.Bytes), new EpochMessage(lab.Bench.Job.JobId, 2, certificate.Bytes),
            })
            {
                byte[] bytes = lab.Bench.FromServer(message);
                for (int i = 0; i < 120; i++)
                {
                    byte[] mutated = hostile.Next(bytes).ToArray();
                    if (mutated.AsSpan().SequenceEqual(bytes))
                    {
                        continue;
                    }

                    ClientStep unsigned = await lab.Bench.Clients[4].HandleAsync(mutated);
                    (unsigned.Ignored is not null, unsigned.State, unsigned.Ledger, unsigned.Messages.Length).Should().Be((true, null, null, 0));
                    if (mutated.Length <= MessageSignature.SizeInBytes)
                    {
                        continue;
                    }

                    // Signed by a hostile server: at most it makes the client ask, or vote for what the authority signed.
                    MessageSignature.Write(mutated, MessageSigner.Server, contentLength: 0, lab.Bench.ServerIdentity.Key);
                    ClientStep step = await lab.Bench.Clients[4].HandleAsync(mutated);
                    foreach (EpochVote vote in step.Messages.Select(sent => lab.Bench.Parse(sent)).OfType<EpochVote>())
                    {
                        vote.Epoch.Should().Be(statement.Digest, "the seed is {0}", Seed);
                    }

                    if (lab.Bench.Clients[4].Job.EpochNumber == 2)
                    {
                        lab.Bench.Clients[4].Job.Epoch.Digest.Should().Be(statement.Digest, "the seed is {0}", Seed);
                        return;
                    }
                }
            }
        }
    }

    [Fact]
    public async Task Votes_Damaged_OrForSomethingElse_AreRefused()
    {
        using CommitteeBench bench = await VotingAsync();
        using ServerState state = Read(bench, bench.ServerState!);
        EpochStatement statement = state.Renewal!.Statement;
        var vote = new EpochVote(bench.Job.JobId, bench.Name(3), 2, 2, statement.Digest);

        Handle(vote with { Epoch = EpochLab.DigestOf("another epoch") }, 3).Should().Be(RefusalReason.WrongRound);
        Handle(vote with { FirstRound = 3 }, 3).Should().Be(RefusalReason.NotAMember, "the signature is of something else");
        Handle(vote with { Number = 3 }, 3).Should().Be(RefusalReason.NotAMember);
        Handle(vote with { Client = bench.Name(4) }, 4).Should().Be(RefusalReason.NotAMember);
        Handle(vote, 2).Should().Be(RefusalReason.BadSignature);
        bench.Server.Phase.Should().Be(ServerPhase.Renewing);
        byte[] signed = MessageFormat.WriteSigned(vote, bench.Parameters.Id, bench.Identities[3]);
        var hostile = new HostileBytes(Seed);
        for (int i = 0; i < 300; i++)
        {
            byte[] mutated = hostile.Next(signed).ToArray();
            if (!mutated.AsSpan().SequenceEqual(signed))
            {
                bench.Server.Handle(mutated).Refusal.Should().NotBe(RefusalReason.None, "the seed is {0}", Seed);
            }
        }

        bench.Server.Handle(signed).Refusal.Should().Be(RefusalReason.None);
        bench.Server.Job.EpochNumber.Should().Be(2);

        RefusalReason Handle(EpochVote message, int signer)
            => bench.Server.Handle(MessageFormat.WriteSigned(message, bench.Parameters.Id, bench.Identities[signer])).Refusal;
    }

    /// <summary>A server that has two of three votes for the epoch that begins with round 2.</summary>
    private static async Task<CommitteeBench> VotingAsync()
    {
        CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 5, Members = [0, 1, 2, 3], Rounds = 3, Quorum = 4 });
        bench.Network = (message, client, bytes) => message is EpochVote && bench.IndexOf(client) > 1 ? null : bytes;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3, 4]));
        await bench.StartAsync();
        bench.Server.Phase.Should().Be(ServerPhase.Renewing);
        return bench;
    }

    private static void Add(ServerState state, RelayedVote vote) => state.Renewal!.Votes.Add(vote.Member, vote);

    private static byte[] Write(CommitteeBench bench, ServerState state)
    {
        var bytes = new ArrayBufferWriter<byte>();
        FederationServerSetup setup = bench.ServerSetup;
        ServerStateFormat.Write(state, setup, new Deadlines(setup.Time, state), bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static ServerState Read(CommitteeBench bench, byte[] bytes)
    {
        FederationServerSetup setup = bench.ServerSetup;
        return ServerStateFormat.Read(bytes, setup, setup.CreateProtocol(), Guid.NewGuid());
    }
}
