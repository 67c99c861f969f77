using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Server;

public sealed class UploadRefusalTests
{
    public static TheoryData<string, RefusalReason> Attacks => new()
    {
        { "truncated", RefusalReason.Malformed },
        { "empty", RefusalReason.Malformed },
        { "bit flipped in the ciphertext", RefusalReason.BadSignature },
        { "round relabelled", RefusalReason.BadSignature },
        { "client relabelled", RefusalReason.BadSignature },
        { "signed by another client", RefusalReason.BadSignature },
        { "client not on the roster", RefusalReason.UnknownClient },
        { "message of another job", RefusalReason.WrongJob },
        { "message of other parameters", RefusalReason.WrongParameters },
        { "message of a server", RefusalReason.UnexpectedMessage },
        { "key request", RefusalReason.UnexpectedMessage },
        { "future round", RefusalReason.WrongRound },
        { "closed round", RefusalReason.TooLate },
        { "future attempt", RefusalReason.WrongAttempt },
        { "update of the previous round", RefusalReason.WrongSlot },
        { "update of another job", RefusalReason.WrongSlot },
        { "update of another client", RefusalReason.WrongSlot },
        { "update of another attempt", RefusalReason.WrongSlot },
        { "other mask", RefusalReason.WrongTerms },
        { "other layout", RefusalReason.WrongTerms },
        { "other key", RefusalReason.WrongKey },
        { "update is garbage", RefusalReason.Malformed },
        { "declared bound is not a number", RefusalReason.OutOfRange },
        { "declared bound too small", RefusalReason.OutOfRange },
        { "not selected", RefusalReason.NotSelected },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public Task Upload_ThatDoesNotBelong_IsRefusedWithItsReasonAndChangesNothing(string attack, RefusalReason expected)
        => ShouldRefuseAsync(attack, expected, (server, message) => server.Receive(message));

    [Theory]
    [MemberData(nameof(Attacks))]
    public Task Upload_InAStreamThatDoesNotBelong_IsRefusedAlike(string attack, RefusalReason expected)
        => ShouldRefuseAsync(attack, expected, (server, message) => server.Handle(new MemoryStream(message)).Messages);

    private async Task ShouldRefuseAsync(string attack, RefusalReason expected, Func<FederationServer, byte[], IReadOnlyList<OutgoingMessage>> handle)
    {
        using TestBench bench = await InSecondRoundAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.Server.MoveOn().Concat(_invitations));
        using FederationServer undisturbed = bench.Restore(bench.SaveState());

        RefusalReason reason = bench.ReasonIn(handle(bench.Server, Make(bench, attack)));

        reason.Should().Be(expected);
        AggregateAfter(bench.Server, uploads.Values).Should().Equal(AggregateAfter(undisturbed, uploads.Values));
        bench.Reports[1].Refusals.Should().Contain(expected, 1);
        bench.Reports[1].Contributions.Should().HaveCount(3);
    }

    [Fact]
    public async Task Upload_BeforeTheStart_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        byte[] update = bench.Update(0, bench.Slot(0, round: 1, attempt: 1));

        bench.ReasonIn(bench.Server.Receive(bench.SignedUpload(0, update, round: 1, attempt: 1))).Should().Be(RefusalReason.NotRunning);
    }

    [Fact]
    public async Task Upload_HeavierThanItsTask_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Strategy = new LightStrategy() });
        bench.StartWithAll();

        bench.ReasonIn(bench.Server.Receive(bench.SignedUpload(0, bench.Update(0, weight: 8)))).Should().Be(RefusalReason.OutOfRange);
        bench.ReasonIn(bench.Server.Receive(bench.SignedUpload(1, bench.Update(1, weight: 7)))).Should().Be(RefusalReason.None);
    }

    [Fact]
    public async Task Upload_Repeated_IsAcknowledgedAlikeAndCountsOnce()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        ReadOnlyMemory<byte> first = uploads.Values.First();

        IReadOnlyList<OutgoingMessage> once = bench.Server.Receive(first);
        IReadOnlyList<OutgoingMessage> again = bench.Server.Receive(first);
        AggregateAfter(bench.Server, uploads.Values.Skip(1));
        IReadOnlyList<OutgoingMessage> afterTheRound = bench.Server.Receive(first);

        bench.ReasonIn(once).Should().Be(RefusalReason.None);
        TestBench.Unsigned(again.Single().Bytes).Should().Equal(TestBench.Unsigned(once.Single().Bytes));
        TestBench.Unsigned(afterTheRound.Single().Bytes).Should().Equal(TestBench.Unsigned(once.Single().Bytes));
        bench.Reports.Single().Contributions.Should().HaveCount(4);
    }

    [Fact]
    public async Task Upload_OtherBytesForTheSameAttempt_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        bench.Server.Receive(bench.SignedUpload(0, bench.Update(0)));

        bench.ReasonIn(bench.Server.Receive(bench.SignedUpload(0, bench.Update(0, weight: 6)))).Should().Be(RefusalReason.ConflictingDuplicate);
        bench.Server.Contributions.Should().ContainSingle();
    }

    [Fact]
    public async Task Upload_RelayedUnderAnotherValidSignature_IsStillTheSameUpload()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] upload = bench.SignedUpload(0, bench.Update(0));

        RefusalReason relayed = bench.ReasonIn(bench.Server.Receive(WithMirroredSignature(upload)));
        RefusalReason original = bench.ReasonIn(bench.Server.Receive(upload));

        relayed.Should().Be(RefusalReason.None);
        original.Should().Be(RefusalReason.None, "a relay must not make the client look like a cheat");
        bench.Server.Contributions.Should().ContainSingle();
    }

    [Fact]
    public async Task Refusal_OfAnUnauthenticatedMessage_GoesToItsSenderNotToTheClientItNames()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] forged = bench.SignedUpload(0, bench.Update(0));
        forged[^1] ^= 1;

        bench.Server.Receive(forged).Single().Recipient.Should().BeNull();
    }

    private IReadOnlyList<OutgoingMessage> _invitations = [];

    /// <summary>A bench whose round 2 is open for three of four clients; their invitations are kept.</summary>
    private async Task<TestBench> InSecondRoundAsync()
    {
        TestBench bench = await TestBench.CreateAsync(new BenchOptions { ClientsPerRound = 3, Rounds = 3 });
        IReadOnlyList<OutgoingMessage> last = [];
        foreach (ReadOnlyMemory<byte> upload in (await bench.TrainAsync(bench.StartWithAll())).Values)
        {
            last = bench.Server.Receive(upload);
        }

        await bench.DeliverAsync(last, MessageKind.Aggregate);
        _invitations = last;
        return bench;
    }

    private byte[] Make(TestBench bench, string attack)
    {
        int selected = IndexOfSelected(bench, 0);
        int other = IndexOfSelected(bench, 1);
        string name = bench.Identities[selected].Client.Value;
        byte[] good = bench.SignedUpload(selected, bench.Update(selected));
        switch (attack)
        {
            case "truncated":
                return good[..^1];
            case "empty":
                return [];
            case "bit flipped in the ciphertext":
                good[^100] ^= 4;
                return good;
            case "round relabelled":
                return Relabel(good, offset: 48 + 1 + 16 + 2 + name.Length, value: 3);
            case "client relabelled":
                good[48 + 1 + 16 + 2 + name.Length - 1] = (byte)bench.Identities[other].Client.Value[^1];
                return good;
            case "signed by another client":
                return MessageFormat.WriteSigned(
                    new Upload(bench.Slot(selected), bench.Update(selected)),
                    bench.Context.ParametersId,
                    bench.Identities[other]);
            case "client not on the roster":
                using (ClientIdentity stranger = ClientIdentity.Create(new ClientId("stranger")))
                {
                    return MessageFormat.WriteSigned(
                        new Upload(new UploadSlot(bench.JobId, 2, 1, stranger.Client), bench.Update(selected)), bench.Context.ParametersId, stranger);
                }

            case "message of another job":
                return MessageFormat.WriteSigned(
                    new Upload(new UploadSlot(Guid.NewGuid(), 2, 1, bench.Identities[selected].Client), bench.Update(selected)),
                    bench.Context.ParametersId,
                    bench.Identities[selected]);
            case "message of other parameters":
                return MessageFormat.WriteSigned(
                    new Upload(bench.Slot(selected), bench.Update(selected)),
                    CkksParameters.Aggregation.Id,
                    bench.Identities[selected]);
            case "message of a server":
                return bench.FromServer(new Conclusion(bench.JobId, FederationOutcome.Completed, 2));
            case "key request":
                using (var request = new KeyRequest(bench.Job, bench.Identities[selected]))
                {
                    return request.Bytes.ToArray();
                }

            case "future round":
                return bench.SignedUpload(selected, bench.Update(selected, bench.Slot(selected, round: 3)), round: 3);
            case "closed round":
                int missed = Enumerable.Range(0, 4).Single(i => bench.Reports[0].Selected.All(client => client != bench.Identities[i].Client));
                return bench.SignedUpload(missed, bench.Update(missed, bench.Slot(missed, round: 1)), round: 1);
            case "future attempt":
                return bench.SignedUpload(selected, bench.Update(selected, bench.Slot(selected, attempt: 2)), attempt: 2);
            case "update of the previous round":
                return bench.SignedUpload(selected, bench.Update(selected, bench.Slot(selected, round: 1)));
            case "update of another job":
                return bench.SignedUpload(selected, bench.Update(selected, new UploadSlot(Guid.NewGuid(), 2, 1, bench.Identities[selected].Client)));
            case "update of another client":
                return bench.SignedUpload(selected, bench.Update(selected, bench.Slot(other)));
            case "update of another attempt":
                return bench.SignedUpload(selected, bench.Update(selected, bench.Slot(selected, attempt: 2)));
            case "other mask":
                EncryptionMask mask = EncryptionMask.Layers(TestModel.Layout, "output");
                return bench.SignedUpload(
                    selected, bench.Update(selected, terms: new AggregationTerms(TestModel.Layout, mask, Weighting.Clear, 100)));
            case "other layout":
                var layout = new ModelLayout(new TensorSpec("other", ElementType.Float64, [2], TestModel.Bound));
                return bench.SignedUpload(
                    selected,
                    bench.Update(selected, terms: new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Clear, 100)));
            case "other key":
                using (KeyPair keys = bench.Context.GenerateKeyPair())
                {
                    return bench.SignedUpload(selected, bench.Update(selected, encryptor: bench.Context.CreateEncryptor(keys.SecretKey)));
                }

            case "update is garbage":
                return bench.SignedUpload(selected, RandomNumberGenerator.GetBytes(500));
            case "declared bound is not a number":
                return bench.SignedUpload(selected, WithBound(bench.Update(selected), double.NaN));
            case "declared bound too small":
                return bench.SignedUpload(selected, WithBound(bench.Update(selected), 0.25));
            case "not selected":
                int idle = Enumerable.Range(0, 4).Single(i => _invitations.All(
                    message => message.Kind != MessageKind.Invitation || message.Recipient != bench.Identities[i].Client));
                return bench.SignedUpload(idle, bench.Update(idle));
            default:
                throw new ArgumentOutOfRangeException(nameof(attack));
        }
    }

    private int IndexOfSelected(TestBench bench, int position)
    {
        ClientId client = _invitations.Where(message => message.Kind == MessageKind.Invitation).ElementAt(position).Recipient!.Value;
        return bench.Identities.FindIndex(identity => identity.Client == client);
    }

    /// <summary>With (r, s) also (r, n - s) is a valid ECDSA signature, and everybody can compute it.</summary>
    private static byte[] WithMirroredSignature(byte[] message)
    {
        var order = BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        byte[] mirrored = [.. message];
        Span<byte> half = mirrored.AsSpan(^(VerificationKey.SignatureSizeInBytes / 2)..);
        BigInteger other = order - new BigInteger(half, isUnsigned: true, isBigEndian: true);
        half.Clear();
        byte[] bytes = other.ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(half[^bytes.Length..]);
        return mirrored;
    }

    private static byte[] Relabel(byte[] message, int offset, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(offset), value);
        return message;
    }

    /// <summary>Replaces the declared magnitude, 1, of the vector at the end of an update.</summary>
    private static byte[] WithBound(byte[] update, double value)
    {
        Span<byte> one = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(one, 1);
        int offset = update.AsSpan().IndexOf(one);
        offset.Should().BePositive();
        BinaryPrimitives.WriteDoubleLittleEndian(update.AsSpan(offset), value);
        return update;
    }

    private static byte[] AggregateAfter(FederationServer server, IEnumerable<ReadOnlyMemory<byte>> uploads)
    {
        byte[] aggregate = [];
        foreach (ReadOnlyMemory<byte> upload in uploads)
        {
            foreach (OutgoingMessage message in server.Receive(upload).Where(message => message.Kind == MessageKind.Aggregate))
            {
                aggregate = TestBench.Unsigned(message.Bytes);
            }
        }

        aggregate.Should().NotBeEmpty();
        return aggregate;
    }

    /// <summary>FedAvg that lets no client weigh more than 7.</summary>
    private sealed class LightStrategy : IAggregationStrategy
    {
        private readonly FedAvgStrategy _inner = new();

        public string Name => _inner.Name;

        public void Validate(FederationSettings settings) => _inner.Validate(settings);

        public IReadOnlyList<ClientId> SelectClients(
            FederationJob job, int round, int attempt, IReadOnlyList<ClientId> available, IClientSampler sampler)
            => _inner.SelectClients(job, round, attempt, available, sampler);

        public TrainingTask CreateTask(FederationJob job, int round, ClientId client)
            => _inner.CreateTask(job, round, client) with { WeightLimit = 7 };
    }
}
