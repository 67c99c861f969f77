using System.Buffers.Binary;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.RoundKeys;

/// <summary>A client that signs what it should not sends is refused, or spoils no more than one list.</summary>
public sealed class HostileClientTests
{
    private static readonly BenchOptions WithClearLayer =
        new() { Scheme = "ckks", Mask = EncryptionMask.Layers(TestModel.Layout, "output") };

    [Fact]
    public async Task Upload_ThatBreaksARule_IsRefusedAndChangesNothing()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        lab.Bench.Server.Receive(lab.Messages[1]);
        ProtectedUpdate own = lab.Uploads[0];
        ProtectedUpdate other = Protect(lab, lab.Attempt with { Number = 2 }, 0, weight: 10);
        byte[] sum = lab.HonestSum(0, 2).KeySum.ToArray();
        byte[] before = lab.Bench.SaveState();
        var cases = new (ProtectedUpdate Upload, RefusalReason Reason)[]
        {
            (own with { Base = default }, RefusalReason.WrongBaseModel),
            (own with { Nonce = lab.Uploads[1].Nonce }, RefusalReason.RepeatedNonce),
            (own with { Tags = own.Tags[16..] }, RefusalReason.Malformed),
            (own with { Tags = new byte[own.Tags.Length + 16] }, RefusalReason.Malformed),
            (own with { Tags = Enumerable.Repeat((byte)0xFF, own.Tags.Length).ToArray() }, RefusalReason.Malformed),
            (own with { Update = lab.Uploads[1].Update }, RefusalReason.WrongSlot),
            (own with { WrappedKey = default }, RefusalReason.Malformed),
            (own with { WrappedKey = sum }, RefusalReason.Malformed),
            (Protect(lab, lab.Attempt, 0, weight: 11), RefusalReason.WrongWeight),
            (other, RefusalReason.WrongKey),
        };

        foreach ((ProtectedUpdate upload, RefusalReason expected) in cases)
        {
            lab.Bench.ReasonIn(lab.Bench.Server.Receive(lab.Bench.SignedUpload(0, upload.ToArray()))).Should().Be(expected);
        }

        lab.Bench.Server.Contributions.Should().ContainSingle();
        using var untouched = lab.Bench.Restore(before);
        Aggregate(lab.Bench.Server, lab).Should().Equal(Aggregate(untouched, lab));
    }

    [Fact]
    public async Task Upload_UnderTheKeyOfAnotherJob_IsRefused()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        using RoundKeyLab other = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);

        ProtectedUpdate upload = lab.Uploads[0] with { WrappedKey = other.Uploads[0].WrappedKey };

        lab.Bench.ReasonIn(lab.Bench.Server.Receive(lab.Bench.SignedUpload(0, upload.ToArray()))).Should().Be(RefusalReason.WrongKey);
    }

    [Fact]
    public async Task Upload_WithTheSeedOfAnother_IsRefusedAlsoLater()
    {
        // Two keys under one seed give their difference away: a machine was resumed from a snapshot, or a client copies.
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer with { Scheme = "ckks", Rounds = 3 });
        ReadOnlyMemory<byte> seedOfFirst = lab.Uploads[0].WrappedKey;
        ProtectedUpdate copied = lab.Uploads[1] with { WrappedKey = seedOfFirst };
        lab.Bench.ReasonIn(lab.Bench.Server.Receive(lab.Messages[0])).Should().Be(RefusalReason.None);

        lab.Bench.ReasonIn(lab.Bench.Server.Receive(lab.Bench.SignedUpload(1, copied.ToArray()))).Should().Be(RefusalReason.RepeatedNonce);

        IReadOnlyList<OutgoingMessage> messages = lab.Close(lab.Messages[1..]);
        await ConfirmAsync(lab, messages);
        await lab.TrainAsync(messages);
        ProtectedUpdate late = lab.Uploads[1] with { WrappedKey = seedOfFirst };
        lab.Bench.ReasonIn(lab.Bench.Server.Receive(lab.Bench.SignedUpload(1, late.ToArray(), round: 2))).Should().Be(RefusalReason.RepeatedNonce);
    }

    [Fact]
    public async Task Upload_WhoseKeyIsInTheOtherForm_IsAddedAndVerifies()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        ProtectedUpdate upload = Protect(lab, lab.Attempt, 0, weight: 10, lab.Bench.Keys[0].CreateEncryptor(VectorForm.Full));

        lab.Bench.ReasonIn(lab.Bench.Server.Receive(lab.Bench.SignedUpload(0, upload.ToArray()))).Should().Be(RefusalReason.None);
        await lab.Bench.DeliverAsync(lab.Close(lab.Messages[1..]), MessageKind.Aggregate);

        RoundKeyFederationTests.CheckAverage(lab.Bench, 1, [1, 0, 2, 3], Weighting.Clear);
    }

    [Fact]
    public async Task Upload_WhoseKeyIsInAFormWithoutRoom_IsRefused()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer with { Scheme = "ckks-exact-6" });
        byte[] seeded = lab.Uploads[0].WrappedKey.ToArray();
        int c0 = (50 * lab.Protocol.Outer!.Residues!.PolynomialLength / 8) * ((seeded.Length - 136) / (50 * lab.Protocol.Outer!.Residues.PolynomialLength / 8));
        byte[] full = [.. seeded[..(seeded.Length - c0 - 32)], .. seeded[^c0..], .. seeded[^c0..]];
        full[64].Should().Be((byte)VectorForm.Seeded, "or the offset is wrong");
        full[64] = (byte)VectorForm.Full;
        BinaryPrimitives.WriteInt64LittleEndian(full.AsSpan(40), full.Length - 48);
        byte[] upload = (lab.Uploads[0] with { WrappedKey = full }).ToArray();

        lab.Bench.ReasonIn(lab.Bench.Server.Receive(lab.Bench.SignedUpload(0, upload))).Should().NotBe(RefusalReason.None);

        lab.Bench.Server.Contributions.Should().BeEmpty();
        await lab.Bench.DeliverAsync(lab.Close(), MessageKind.Aggregate);
        lab.Bench.Clients[1].ModelRound.Should().Be(1);
    }

    [Fact]
    public async Task Weight_AsLargeAsWeightsCanBe_KeepsNobodyOut()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer with
        {
            Clients = 4,
            Samples = [AggregationTerms.LargestTotalWeight, 10, 10, 10],
            MaxWeight = AggregationTerms.LargestTotalWeight,
        });

        foreach (ReadOnlyMemory<byte> message in lab.Messages)
        {
            IReadOnlyList<OutgoingMessage> answers = lab.Bench.Server.Receive(message);
            lab.Bench.ReasonIn(answers).Should().Be(RefusalReason.None);
            await lab.Bench.DeliverAsync(answers, MessageKind.Aggregate);
        }

        RoundKeyFederationTests.CheckAverage(lab.Bench, 1, [1, 0, 2, 3], Weighting.Clear);
    }

    [Fact]
    public async Task ReferenceWeight_OfHiddenWeights_IsTheJobsMaximumOrIgnored()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateAsync(new BenchOptions { Scheme = "plain", Weighting = Weighting.Hidden });

        await lab.Bench.Clients[0].ReceiveAsync(lab.Bench.FromServer(
            new Invitation(lab.Bench.Slot(0, round: 1, attempt: 1), lab.Bench.Job.StartDigest, referenceWeight: 1)));

        lab.Bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.NotInJob);
        lab.Bench.Trainers[0].Results.Should().BeEmpty();
    }

    [Theory]
    [InlineData("ckks", true)]
    [InlineData("ckks", false)]
    [InlineData("paillier", false)]
    public async Task Sum_WithTheWrongTagsOrKeyOfOneClient_IsOneFailureHoweverOftenItComes(string scheme, bool isTag)
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer with { Scheme = scheme });
        ProtectedUpdate wrong = isTag
            ? lab.Uploads[3] with { Tags = lab.Uploads[2].Tags }
            : lab.Uploads[3] with { WrappedKey = WrappedGarbage(lab, 3) };
        lab.Close(lab.Messages[..3]);
        IReadOnlyList<OutgoingMessage> messages = lab.Bench.Server.Receive(lab.Bench.SignedUpload(3, wrong.ToArray()));
        ReadOnlyMemory<byte> aggregate = messages.First(message => message.Kind == MessageKind.Aggregate).Bytes;
        FederationClient client = lab.Bench.Clients[0];

        for (int i = 0; i < 5; i++)
        {
            await client.ReceiveAsync(aggregate);
            client.LastIgnored.Should().Be(IgnoredReason.BadTag, "the client still listens");
        }

        TestBench.Unsigned(client.Evidence!.Value).Should().Equal(TestBench.Unsigned(aggregate));
        (await lab.DeliverAsync(lab.HonestSum())).Should().BeNull("an attempt was void, not the job");
        client.ModelRound.Should().Be(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Round_SpoiledByOneClient_IsRepeatedWhenTheOthersObject(int spoiledRound)
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer with { Rounds = 3 });
        IReadOnlyList<OutgoingMessage> messages;
        for (int round = 1; round < spoiledRound; round++)
        {
            messages = lab.Close();
            await ConfirmAsync(lab, messages);
            await lab.TrainAsync(messages);
        }

        List<ReadOnlyMemory<byte>> objections = await SpoilAsync(lab);
        objections.Should().HaveCount(4);
        int next = Math.Min(spoiledRound + 1, 3);
        lab.Bench.Server.Round.Should().Be(next);
        lab.Bench.Server.Receive(objections[0]);
        lab.Bench.Server.Receive(objections[0]);
        lab.Bench.Server.Receive(objections[1]);
        lab.Bench.Server.Round.Should().Be(next, "two of four are not more than half");
        using var restored = lab.Bench.Restore(lab.Bench.SaveState());
        restored.MoveOn();
        messages = lab.Bench.Server.Receive(objections[2]);
        restored.Receive(objections[2]).Select(message => (message.Kind, message.Recipient))
            .Should().Equal(messages.Select(message => (message.Kind, message.Recipient)), "objections are saved");

        (lab.Bench.Server.Round, lab.Bench.Server.Attempt, lab.Bench.Server.LastAggregatedRound).Should().Be((spoiledRound, 2, spoiledRound - 1));
        messages = PassInspection(lab);
        lab.Bench.ReasonIn(lab.Bench.Server.Receive(objections[3])).Should().NotBe(RefusalReason.None, "that list is gone");
        lab.Bench.Restore(lab.Bench.SaveState()).Dispose();
        await lab.TrainAsync(messages);
        lab.Attempt.Number.Should().Be(2);
        messages = lab.Close();
        await ConfirmAsync(lab, messages);
        RoundKeyFederationTests.CheckAverage(lab.Bench, spoiledRound, [0, 1, 2, 3], Weighting.Clear);
        await lab.Bench.DeliverAsync(messages, MessageKind.Conclusion);
        lab.Bench.Clients.Should().OnlyContain(client => (client.Outcome == FederationOutcome.Completed) == (spoiledRound == 3));
        lab.Bench.Clients.Should().OnlyContain(client => client.ModelRound == spoiledRound && client.Release == ModelRelease.MayBePublished);
    }

    [Fact]
    public async Task Round_SpoiledInEveryAttempt_EndsTheJob()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        for (int attempt = 1; attempt <= 2; attempt++)
        {
            IReadOnlyList<OutgoingMessage> messages = [];
            foreach (ReadOnlyMemory<byte> objection in (await SpoilAsync(lab)).Take(3))
            {
                messages = lab.Bench.Server.Receive(objection);
            }

            if (attempt == 1)
            {
                messages.Should().NotContain(message => message.Kind == MessageKind.Invitation);
                await lab.TrainAsync(PassInspection(lab));
            }
        }

        lab.Bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
    }

    [Fact]
    public async Task Objections_ToAListThatOthersOpened_RepeatNothing()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        IReadOnlyList<OutgoingMessage> messages = lab.Close();
        Digest chain = lab.HonestSum().List.Chain;
        ReadOnlyMemory<byte>[] objections = [.. Enumerable.Range(2, 2).Select(index => Objection(lab, index, 1, chain))];
        RefusalReason other = lab.Bench.ReasonIn(lab.Bench.Server.Receive(Objection(lab, 1, 1, lab.Bench.Job.StartDigest)));
        RefusalReason early = lab.Bench.ReasonIn(lab.Bench.Server.Receive(Objection(lab, 1, 2, chain)));

        await ConfirmAsync(lab, messages, clients: 2);
        lab.Bench.Server.Receive(objections[0]);
        lab.Bench.Server.Receive(objections[1]);
        ReadOnlyMemory<byte> confirming = Objection(lab, 0, 1, chain);

        (other, early).Should().Be((RefusalReason.WrongBaseModel, RefusalReason.WrongRound));
        lab.Bench.ReasonIn(lab.Bench.Server.Receive(confirming)).Should().Be(RefusalReason.WrongBaseModel, "the client confirmed");
        (lab.Bench.Server.Round, lab.Bench.Server.LastAggregatedRound).Should().Be((2, 1));
    }

    [Fact]
    public async Task LateClient_WhoseAggregateWasVoid_FollowsTheHistoryAgain()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateAsync(
            WithClearLayer with { Rounds = 4, Clients = 5, ClientsPerRound = 4, Quorum = 4 });
        IReadOnlyList<OutgoingMessage> messages =
            [.. lab.Bench.Clients.Take(4).SelectMany(client => lab.Bench.Server.Receive(client.Announce())), .. lab.Bench.Server.StartUp()];
        await lab.TrainAsync(messages);
        var first = lab.HonestSum();
        messages = lab.Close();
        await ConfirmAsync(lab, messages);
        await lab.TrainAsync(messages);
        VerifiableAggregate second = lab.HonestSum();
        VerifiableAggregate spoiled = SignedServerAttackTests.Forge(lab, "drops");
        FederationClient late = lab.Bench.Clients[4];
        await late.ReceiveAsync(lab.Bench.FromServer(new Invitation(lab.Bench.Slot(4, round: 3, attempt: 1), spoiled.List.Chain, 40)));
        await late.ReceiveAsync(SignedServerAttackTests.History(lab, first.List));

        IReadOnlyList<ReadOnlyMemory<byte>> answers = await late.ReceiveAsync(lab.SignedSum(spoiled));

        answers.Select(answer => lab.Bench.Parse(answer).Kind).Should().Equal(MessageKind.Objection);
        await late.ReceiveAsync(lab.Bench.FromServer(new Invitation(lab.Bench.Slot(4, round: 2, attempt: 2), first.List.Chain, 40)));
        await late.ReceiveAsync(lab.SignedSum(first));
        late.ModelRound.Should().Be(1);
        await late.ReceiveAsync(lab.SignedSum(second));
        late.ModelRound.Should().Be(2);
    }

    private static byte[] Objection(RoundKeyLab lab, int index, int round, Digest chain) => MessageFormat.WriteSigned(
        new Objection(lab.Bench.JobId, lab.Bench.Identities[index].Client, round, chain), lab.Bench.Context.ParametersId, lab.Bench.Identities[index]);

    /// <summary>Lets the inspection of a void attempt end that nobody answers, and returns the invitations to the next attempt.</summary>
    private static IReadOnlyList<OutgoingMessage> PassInspection(RoundKeyLab lab)
    {
        lab.Bench.Server.Phase.Should().Be(ServerPhase.Inspecting);
        IReadOnlyList<OutgoingMessage> messages = [];
        for (int i = 0; i < 2; i++)
        {
            lab.Bench.Time.Pass(lab.Bench.Server.DueIn!.Value);
            messages = lab.Bench.Server.MoveOn();
        }

        lab.Bench.Server.ExcludedClients.Should().BeEmpty();
        return messages;
    }

    /// <summary>Closes a round with wrong tags of the fourth client, and returns what the clients answer.</summary>
    private static async Task<List<ReadOnlyMemory<byte>>> SpoilAsync(RoundKeyLab lab)
    {
        ProtectedUpdate wrong = lab.Uploads[3] with { Tags = lab.Uploads[2].Tags };
        IReadOnlyList<OutgoingMessage> messages = lab.Close(
            [.. lab.Messages[..3], lab.Bench.SignedUpload(3, wrong.ToArray())]);
        var answers = new List<ReadOnlyMemory<byte>>();
        foreach (OutgoingMessage message in messages.Where(message => message.Kind is MessageKind.Aggregate or MessageKind.Invitation or MessageKind.Conclusion))
        {
            IReadOnlyList<ReadOnlyMemory<byte>> own = await lab.Bench.ClientOf(message).ReceiveAsync(message.Bytes);
            answers.AddRange(own.Where(answer => lab.Bench.Parse(answer).Kind == MessageKind.Objection));
        }

        return answers;
    }

    private static async Task ConfirmAsync(RoundKeyLab lab, IReadOnlyList<OutgoingMessage> messages, int clients = int.MaxValue)
    {
        foreach (OutgoingMessage message in messages.Where(message => message.Kind == MessageKind.Aggregate).Take(clients))
        {
            ReadOnlyMemory<byte> confirmation = (await lab.Bench.ClientOf(message).ReceiveAsync(message.Bytes)).Single();
            await lab.Bench.DeliverAsync(lab.Bench.Server.Receive(confirmation), MessageKind.Confirmations);
        }
    }

    private static byte[] WrappedGarbage(RoundKeyLab lab, int index)
    {
        double[] values = [.. Enumerable.Range(0, lab.Protocol.Parameters.Degree).Select(i => i % 2 == 0 ? 1.0 : -1.0)];
        using EncryptedVector garbage = lab.Bench.Keys[index].CreateEncryptor().Encrypt(values, maxAbs: 1);
        return RoundKeyLab.BytesOf(garbage);
    }

    private static ProtectedUpdate Protect(RoundKeyLab lab, Attempt attempt, int index, long weight, IEncryptor? outer = null)
    {
        var inner = new FedHe.Crypto.KeyAdditive.KeyAdditiveContext(lab.Protocol.Parameters);
        var protector = new UploadProtector(lab.Protocol, inner, lab.Bench.Keys[index].TagKey, BoundPolicy.Refuse);
        var keys = new OuterKeyProtector(inner, lab.Protocol.Outer!, outer ?? lab.Bench.Keys[index].CreateEncryptor());
        ModelParameters model = lab.Bench.Trainers[index].Results[^1].Result.Parameters;
        var bytes = new ExactBuffer(protector.LengthOf(lab.Bench.Slot(index), keys));
        protector.Protect(attempt, model, weight, lab.Bench.Slot(index), keys, bytes);
        return ProtectedUpdate.TryRead(bytes.Complete())!;
    }

    private static byte[] Aggregate(FederationServer server, RoundKeyLab lab)
    {
        OutgoingMessage aggregate = default;
        foreach (int index in new[] { 0, 2, 3 })
        {
            aggregate = server.Receive(lab.Messages[index]).FirstOrDefault(message => message.Kind == MessageKind.Aggregate);
        }

        return TestBench.Unsigned(aggregate.Bytes);
    }
}
