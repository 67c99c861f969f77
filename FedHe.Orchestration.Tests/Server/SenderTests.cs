using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Server;

/// <summary>No kind of message is believed that another client than the named one has signed.</summary>
public sealed class SenderTests
{
    public static TheoryData<MessageKind> ClientKinds =>
        [MessageKind.KeyRequest, MessageKind.Announcement, MessageKind.Upload, MessageKind.AggregateRequest, MessageKind.Confirmation, MessageKind.Objection];

    [Theory]
    [MemberData(nameof(ClientKinds))]
    public async Task Message_SignedByAnotherClient_IsRefusedAsBadSignatureAndChangesNothing(MessageKind kind)
    {
        using TestBench bench = await AggregatedAsync();
        bench.Server.LoseContact(bench.Clients[0].Client);
        ClientMessage message = await MessageAsync(bench, kind);

        ServerStep refused = bench.Server.Handle(MessageFormat.WriteSigned(message, bench.Context.ParametersId, Impostor(bench)));

        refused.Refusal.Should().Be(RefusalReason.BadSignature);
        refused.Messages.Should().OnlyContain(answer => answer.Kind == MessageKind.Acknowledgement, "nothing else is sent");
        bench.Server.AvailableClients.Should().NotContain(bench.Clients[0].Client);
        bench.Server.Contributions.Should().BeEmpty();

        ServerStep taken = bench.Server.Handle(MessageFormat.WriteSigned(message, bench.Context.ParametersId, bench.Identities[0]));
        taken.Refusal.Should().Be(
            kind == MessageKind.KeyRequest ? RefusalReason.UnexpectedMessage : RefusalReason.None, "or the lines above prove nothing");
    }

    [Theory]
    [MemberData(nameof(ClientKinds))]
    public async Task Message_WithAnyByteChangedThatStillParses_IsRefusedForItsSignatureAlone(MessageKind kind)
    {
        using TestBench bench = await AggregatedAsync();
        byte[] message = MessageFormat.WriteSigned(await MessageAsync(bench, kind), bench.Context.ParametersId, bench.Identities[0]);
        int badSignatures = 0;

        // All fields of a message, and samples of a long update inside.
        foreach (int i in Enumerable.Range(0, message.Length).Where(i => i < 400 || i >= message.Length - 100 || i % 997 == 0))
        {
            byte[] changed = [.. message];
            changed[i] ^= (byte)(1 << (i % 8));
            bool isRead = MessageFormat.TryRead(changed, bench.Context.ParametersId, int.MaxValue, out FederationMessage? read, out _);
            bool isSameSender = isRead && read is ClientMessage own && own.Client == bench.Clients[0].Client && own.JobId == bench.JobId;

            RefusalReason reason = bench.Server.Handle(changed).Refusal;

            reason.Should().NotBe(RefusalReason.None);
            if (isSameSender)
            {
                reason.Should().Be(RefusalReason.BadSignature, $"byte {i} is signed");
                badSignatures++;
            }
        }

        // At least the signature, and the two numbers or the digest of the shortest message.
        badSignatures.Should().BeGreaterThanOrEqualTo(64 + 4);
    }

    [Fact]
    public async Task AggregateRequest_OfARoundAfterTheLatest_IsRefused()
    {
        using TestBench bench = await AggregatedAsync();

        Refusal(round: 1).Should().Be(RefusalReason.None);
        Refusal(round: 2).Should().Be(RefusalReason.WrongRound);
        Refusal(round: int.MaxValue).Should().Be(RefusalReason.WrongRound);

        RefusalReason Refusal(int round)
        {
            ServerStep step = bench.Server.Handle(MessageFormat.WriteSigned(
                new AggregateRequest(bench.JobId, bench.Clients[0].Client, round, 0), bench.Context.ParametersId, bench.Identities[0]));
            step.Messages.Count(answer => answer.Kind == MessageKind.Aggregate).Should().Be(step.Refusal == RefusalReason.None ? 1 : 0);
            return step.Refusal;
        }
    }

    [Theory]
    [InlineData(Weighting.Clear, 1, false, RefusalReason.None)]
    [InlineData(Weighting.Clear, 100, false, RefusalReason.None)]
    [InlineData(Weighting.Clear, 100, true, RefusalReason.None)]
    [InlineData(Weighting.Clear, 99, true, RefusalReason.OutOfRange)]
    [InlineData(Weighting.Clear, 101, false, RefusalReason.OutOfRange)]
    [InlineData(Weighting.Clear, 0, false, RefusalReason.OutOfRange)]
    [InlineData(Weighting.Hidden, 0, false, RefusalReason.None)]
    [InlineData(Weighting.Hidden, 1, false, RefusalReason.OutOfRange)]
    public async Task Announcement_OfAWeightBesideItsLimits_IsTakenOrRefused(Weighting weighting, long weight, bool isCapped, RefusalReason expected)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Weighting = weighting, MaxWeight = 100 });
        var announcement = new Announcement(
            bench.JobId, bench.Clients[0].Client, bench.Job.Digest, bench.Terms.Mask.Digest, weight, isCapped, 0, default);

        ServerStep step = bench.Server.Handle(MessageFormat.WriteSigned(announcement, bench.Context.ParametersId, bench.Identities[0]));

        step.Refusal.Should().Be(expected);
        bench.Server.AvailableClients.Should().HaveCount(expected == RefusalReason.None ? 1 : 0);
    }

    private static ClientIdentity Impostor(TestBench bench) => bench.Identities[1];

    /// <summary>A job under round keys whose first round has an aggregate, and whose second one is open.</summary>
    private static async Task<TestBench> AggregatedAsync()
    {
        TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = JobProtection.RoundKeys });
        foreach (ReadOnlyMemory<byte> upload in (await bench.TrainAsync(bench.StartWithAll())).Values)
        {
            bench.Server.Receive(upload);
        }

        (bench.Server.LastAggregatedRound, bench.Server.Phase).Should().Be((1, ServerPhase.Collecting));
        return bench;
    }

    private static async Task<ClientMessage> MessageAsync(TestBench bench, MessageKind kind)
    {
        ClientId client = bench.Clients[0].Client;
        switch (kind)
        {
            case MessageKind.KeyRequest:
                using (var request = new KeyRequest(bench.Job, bench.Identities[0]))
                {
                    return (ClientMessage)bench.Parse(request.Bytes);
                }

            case MessageKind.Announcement:
                return new Announcement(bench.JobId, client, bench.Job.Digest, bench.Terms.Mask.Digest, 10, false, 0, default);
            case MessageKind.Upload:
                return await UploadAsync(bench);
            case MessageKind.AggregateRequest:
                return new AggregateRequest(bench.JobId, client, 1, 0);
            case MessageKind.Confirmation:
                return new Confirmation(bench.JobId, client, 1, ChainOf(bench));
            default:
                return new Objection(bench.JobId, client, 1, ChainOf(bench));
        }
    }

    private static Digest ChainOf(TestBench bench)
    {
        ServerStep answer = bench.Server.Handle(MessageFormat.WriteSigned(
            new AggregateRequest(bench.JobId, bench.Clients[2].Client, 1, 0), bench.Context.ParametersId, bench.Identities[2]));
        var aggregate = (AggregateMessage)bench.Parse(answer.Messages.Single(message => message.Kind == MessageKind.Aggregate).Bytes);
        return VerifiableAggregate.TryRead(aggregate.Aggregate)!.List.Chain;
    }

    /// <summary>An upload for the second round, of a client that opens the aggregate of the first one and trains again.</summary>
    private static async Task<Upload> UploadAsync(TestBench bench)
    {
        FederationClient client = bench.Clients[0];
        ServerStep answer = bench.Server.Handle(MessageFormat.WriteSigned(
            new AggregateRequest(bench.JobId, client.Client, 1, 0), bench.Context.ParametersId, bench.Identities[0]));
        await client.ReceiveAsync(answer.Messages.Single().Bytes);
        ServerStep invited = bench.Server.Handle(client.Announce());
        ReadOnlyMemory<byte> invitation = invited.Messages.Single(message => message.Kind == MessageKind.Invitation).Bytes;
        ReadOnlyMemory<byte> upload = (await client.ReceiveAsync(invitation)).Single();
        bench.Server.LoseContact(client.Client);
        return (Upload)bench.Parse(upload);
    }
}
