using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Client;

/// <summary>
/// A relay, or a network without TLS, writes messages in the server's name. Where it has the server's key, the guard is out,
/// and the same attack works.
/// </summary>
public sealed class ForgedMessageTests
{
    public static TheoryData<MessageKind> ServerKinds => new(
        MessageKind.Invitation, MessageKind.Acknowledgement, MessageKind.Aggregate, MessageKind.Conclusion);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Invitation_OfARelay_CostsTrainingOnlyWithTheServersKey(bool hasTheServersKey)
    {
        using TestBench bench = await TestBench.CreateAsync();
        var forged = new Invitation(bench.Slot(0, round: 1, attempt: 1), bench.Job.InitialModelDigest, 1);

        IReadOnlyList<ReadOnlyMemory<byte>> answers = await bench.Clients[0].ReceiveAsync(Forge(bench, forged, hasTheServersKey));

        answers.Should().HaveCount(hasTheServersKey ? 1 : 0);
        bench.Trainers[0].Results.Should().HaveCount(hasTheServersKey ? 1 : 0);
        bench.Clients[0].LastIgnored.Should().Be(hasTheServersKey ? null : IgnoredReason.ServerSignature);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Conclusion_OfARelay_EndsTheJobOnlyWithTheServersKey(bool hasTheServersKey)
    {
        using TestBench bench = await TestBench.CreateAsync();
        var forged = new Conclusion(bench.JobId, FederationOutcome.QuorumNotReached, 0);

        await bench.Clients[0].ReceiveAsync(Forge(bench, forged, hasTheServersKey));
        IReadOnlyList<ReadOnlyMemory<byte>> uploads = await bench.Clients[0].ReceiveAsync(bench.StartWithAll()[0].Bytes);

        bench.Clients[0].Outcome.Should().Be(hasTheServersKey ? FederationOutcome.QuorumNotReached : null);
        uploads.Should().HaveCount(hasTheServersKey ? 0 : 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Aggregate_OfARelay_ReplacesTheModelOnlyWithTheServersKey(bool hasTheServersKey)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks" });
        AggregateMessage genuine = await AggregateAsync(bench, bench.StartWithAll());

        await bench.Clients[0].ReceiveAsync(Forge(bench, genuine, hasTheServersKey));

        bench.Clients[0].ModelRound.Should().Be(hasTheServersKey ? 1 : 0);
        (bench.Clients[0].LatestAverage is not null).Should().Be(hasTheServersKey);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Acknowledgement_OfARelay_LosesAnUploadOnlyWithTheServersKey(bool hasTheServersKey)
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte> upload = (await bench.Clients[0].ReceiveAsync(bench.StartWithAll()[0].Bytes)).Single();
        var forged = new Acknowledgement(bench.JobId, bench.DigestOf(upload), RefusalReason.TooLate);

        await bench.Clients[0].ReceiveAsync(Forge(bench, forged, hasTheServersKey));

        bench.Clients[0].UnacknowledgedUpload.HasValue.Should().Be(!hasTheServersKey);
        bench.Clients[0].LastRefusal.Should().Be(hasTheServersKey ? RefusalReason.TooLate : null);
    }

    [Theory]
    [MemberData(nameof(ServerKinds))]
    public async Task Message_AnyBitFlippedOrCutOff_ChangesNothing(MessageKind kind)
    {
        using TestBench bench = await TestBench.CreateAsync();
        byte[] genuine = await GenuineAsync(bench, kind);
        FederationClient client = bench.Clients[0];

        for (int bit = 0; bit < 8 * genuine.Length; bit++)
        {
            byte[] flipped = [.. genuine];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            await ShouldIgnoreAsync(bench, flipped);
        }

        for (int length = 0; length < genuine.Length; length++)
        {
            await ShouldIgnoreAsync(bench, genuine[..length]);
        }

        await ShouldIgnoreAsync(bench, [.. genuine, 0]);
        byte[] stripped = [.. TestBench.Unsigned(genuine), .. new byte[64]];
        await ShouldIgnoreAsync(bench, stripped);
        client.LastIgnored.Should().Be(IgnoredReason.ServerSignature);
        await client.ReceiveAsync(genuine);
        client.LastIgnored.Should().BeNull("or the lines above prove nothing");
    }

    [Theory]
    [MemberData(nameof(ServerKinds))]
    public async Task Message_UnderTheSignatureOfAnotherKind_IsIgnored(MessageKind kind)
    {
        using TestBench bench = await TestBench.CreateAsync();
        byte[] genuine = await GenuineAsync(bench, kind);
        ServerMessage[] others =
        [
            new Invitation(bench.Slot(0), bench.Job.InitialModelDigest, 1),
            new Acknowledgement(bench.JobId, bench.Job.InitialModelDigest, RefusalReason.None),
            new AggregateMessage(bench.JobId, 1, new byte[5]),
            new Conclusion(bench.JobId, FederationOutcome.Completed, 2),
        ];

        foreach (ServerMessage other in others.Where(other => other.Kind != kind))
        {
            await ShouldIgnoreAsync(bench, [.. TestBench.Unsigned(genuine), .. bench.FromServer(other)[^64..]]);
            bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.ServerSignature);
        }
    }

    [Theory]
    [MemberData(nameof(ServerKinds))]
    public async Task Message_OfAnotherJobOfTheSameServer_IsIgnored(MessageKind kind)
    {
        using TestBench bench = await TestBench.CreateAsync();
        byte[] genuine = await GenuineAsync(bench, kind);
        var other = new FederationJob(
            Guid.NewGuid(),
            bench.Authority.Info,
            bench.Job.ServerKey,
            bench.Roster,
            bench.Terms,
            bench.Job.InitialModelDigest,
            bench.Job.Settings,
            protection: JobProtection.Direct);
        var client = new FederationClient(bench.ClientSetup(0) with { Job = other });
        byte[] relabelled = [.. genuine];
        other.JobId.TryWriteBytes(relabelled.AsSpan(49), bigEndian: true, out _);

        (await client.ReceiveAsync(genuine)).Should().BeEmpty();
        client.LastIgnored.Should().Be(IgnoredReason.NotForThisClient);
        (await client.ReceiveAsync(relabelled)).Should().BeEmpty();
        client.LastIgnored.Should().Be(IgnoredReason.ServerSignature);
    }

    [Fact]
    public async Task Message_SignedByAClientOrInAnotherRole_IsIgnored()
    {
        using TestBench bench = await TestBench.CreateAsync();
        byte[] message = bench.FromServer(new Conclusion(bench.JobId, FederationOutcome.Completed, 2));
        foreach (MessageSigner role in (MessageSigner[])[MessageSigner.Client, MessageSigner.Server, MessageSigner.Authority])
        {
            MessageSignature.Write(message, role, contentLength: 0, bench.Identities[1].Key);
            await ShouldIgnoreAsync(bench, message);
        }

        MessageSignature.Write(message, MessageSigner.Client, contentLength: 0, bench.ServerIdentity.Key);
        await ShouldIgnoreAsync(bench, message);
        bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.ServerSignature);
    }

    [Fact]
    public async Task Server_WithAnotherIdentityOrASharedKey_IsNotCreated()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var other = ServerIdentity.Create();
        var roster = new ClientRoster(
            bench.Identities.Select(identity => KeyValuePair.Create(identity.Client, identity.VerificationKey))
                .Append(KeyValuePair.Create(new ClientId("c9"), bench.Job.ServerKey)));
        Action identity = () => _ = new FederationServer(bench.ServerSetup with { Identity = other });
        var sharedJob = new FederationJob(
            bench.JobId, bench.Authority.Info, bench.Job.ServerKey, roster, bench.Terms, bench.Job.InitialModelDigest, bench.Job.Settings);
        Action shared = () => _ = new FederationServer(bench.ServerSetup with { Job = sharedJob });
        Action authority = () => _ = new FederationJob(
            bench.JobId,
            bench.Authority.Info,
            bench.Authority.Info.VerificationKey,
            roster,
            bench.Terms,
            bench.Job.InitialModelDigest,
            bench.Job.Settings);

        identity.Should().Throw<HeMismatchException>().WithMessage("*identity*");
        shared.Should().Throw<ArgumentException>().WithMessage("*server's key*");
        authority.Should().Throw<ArgumentException>().WithMessage("*authority*");
    }

    [Fact]
    public async Task Job_OfAnotherServerKey_IsAnotherJob()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var other = ServerIdentity.Create();
        var job = new FederationJob(
            bench.JobId,
            bench.Authority.Info,
            other.VerificationKey,
            bench.Roster,
            bench.Terms,
            bench.Job.InitialModelDigest,
            bench.Job.Settings,
            protection: JobProtection.Direct);

        job.Digest.Should().NotBe(bench.Job.Digest);
        var client = new FederationClient(bench.ClientSetup(0) with { Job = job });
        bench.ReasonIn(bench.Server.Receive(client.Announce())).Should().Be(RefusalReason.WrongJob);
    }

    [Fact]
    public async Task Aggregate_BroadcastAndAskedFor_IsSignedOnceAndSharesItsBytes()
    {
        using TestBench bench = await TestBench.CreateAsync();
        IReadOnlyList<OutgoingMessage> closing = [];
        foreach (ReadOnlyMemory<byte> upload in (await bench.TrainAsync(bench.StartWithAll())).Values)
        {
            closing = bench.Server.Receive(upload);
        }

        OutgoingMessage[] aggregates =
            [.. closing.Where(message => message.Kind == MessageKind.Aggregate), bench.Server.Receive(Request()).Single(), bench.Server.Receive(Request()).Single()];

        aggregates.Should().HaveCount(6);
        aggregates.Should().OnlyContain(message => message.Bytes.Equals(aggregates[0].Bytes), "they are the same memory");

        byte[] Request() => MessageFormat.WriteSigned(
            new AggregateRequest(bench.JobId, bench.Clients[0].Client, 1, 0), bench.Context.ParametersId, bench.Identities[0]);
    }

    /// <summary>A message as the server sends it, for the first client, which takes it.</summary>
    private static async Task<byte[]> GenuineAsync(TestBench bench, MessageKind kind)
    {
        IReadOnlyList<OutgoingMessage> invitations = bench.StartWithAll();
        return kind switch
        {
            MessageKind.Invitation => invitations[0].Bytes.ToArray(),
            MessageKind.Acknowledgement => bench.Server.Receive(bench.Clients[0].Announce())[0].Bytes.ToArray(),
            MessageKind.Aggregate => bench.FromServer(await AggregateAsync(bench, invitations)),
            _ => bench.FromServer(new Conclusion(bench.JobId, FederationOutcome.QuorumNotReached, 0)),
        };
    }

    /// <summary>The aggregate of round 1, of uploads that the first client did not train for.</summary>
    private static async Task<AggregateMessage> AggregateAsync(TestBench bench, IReadOnlyList<OutgoingMessage> invitations)
    {
        foreach (ReadOnlyMemory<byte> upload in (await bench.TrainAsync(invitations.Skip(1))).Values)
        {
            bench.Server.Receive(upload);
        }

        bench.Time.Pass(TestBench.Deadline);
        return (AggregateMessage)bench.Parse(bench.Server.MoveOn().First(message => message.Kind == MessageKind.Aggregate).Bytes);
    }

    private static byte[] Forge(TestBench bench, ServerMessage message, bool hasTheServersKey)
    {
        using var own = ServerIdentity.Create();
        return MessageFormat.WriteSigned(message with { Stamp = bench.Server.Stamp }, bench.Context.ParametersId, hasTheServersKey ? bench.ServerIdentity : own);
    }

    private static async Task ShouldIgnoreAsync(TestBench bench, byte[] message)
    {
        FederationClient client = bench.Clients[0];
        (await client.ReceiveAsync(message)).Should().BeEmpty();
        client.LastIgnored.Should().NotBeNull();
        (client.ModelRound, client.Outcome, client.LastRefusal, client.UnacknowledgedUpload.HasValue).Should().Be((0, null, null, false));
        client.GlobalModel.Should().BeSameAs(bench.InitialModel);
        bench.Trainers[0].Results.Should().BeEmpty();
    }
}
