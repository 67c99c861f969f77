using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Privacy;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>Control terms have these bytes, and what does not go with them is refused by name.</summary>
public sealed class ControlTermsTests
{
    [Theory]
    [InlineData(8, 1, "050000000000002040000000000000f03f0000")]
    [InlineData(0.5, 1.5, "05000000000000e03f000000000000f83f0000")]
    public void Terms_WithControls_HaveTheseBytes(double bound, double globalStep, string expected)
    {
        var terms = new UpdateTerms(UpdateKind.Difference, controls: new ControlTerms(bound, globalStep));
        byte[] bytes = Write(terms);
        Convert.ToHexStringLower(bytes).Should().Be(expected);
        var reader = new WireReader(bytes);
        UpdateTerms.Read(ref reader).Should().Be(terms);
        reader.ExpectEnd();
        reader.Failed.Should().BeFalse();
        for (int length = 0; length < bytes.Length; length++)
        {
            var truncated = new WireReader(bytes.AsSpan(0, length));
            UpdateTerms.Read(ref truncated).Should().BeNull();
        }
    }

    [Theory]
    [InlineData(0, 6)]
    [InlineData(8, 0xC0)]
    [InlineData(8, 0x7F)]
    [InlineData(8, 0)]
    [InlineData(16, 0xBF)]
    [InlineData(16, 0x7F)]
    public void Terms_WithControlsThatCannotBe_AreRefused(int position, byte value)
    {
        byte[] bytes = Write(new UpdateTerms(UpdateKind.Difference, controls: new ControlTerms(8)));
        bytes[position] = value;
        var reader = new WireReader(bytes);
        UpdateTerms.Read(ref reader).Should().BeNull();
        reader.Error.Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Terms_ThatGoWithNoControls_AreRefusedByName()
    {
        var controls = new ControlTerms(8);
        Action Creating(
            UpdateKind kind = UpdateKind.Difference,
            IntegerTerms? integers = null,
            PrivacyTerms? privacy = null,
            ServerOptimizer? optimizer = null,
            SparsificationTerms? squeeze = null,
            AdapterTerms? adapters = null) => () => _ = new UpdateTerms(kind, integers, privacy, optimizer, squeeze, adapters, controls);
        var integers = new IntegerTerms(1, 1 << 20);
        Creating(UpdateKind.Model).Should().Throw<ArgumentException>().WithMessage("*UpdateKind.Difference*");
        Creating(integers: integers).Should().Throw<ArgumentException>().WithMessage("*integers*");
        Creating(integers: PrivacyTermsTests.Integers, privacy: PrivacyTermsTests.Terms()).Should().Throw<ArgumentException>().WithMessage("*privacy*");
        Creating(optimizer: ServerOptimizer.Adam(0.1)).Should().Throw<ArgumentException>().WithMessage("*optimizer*");
        Creating(squeeze: new SparsificationTerms(5)).Should().Throw<ArgumentException>().WithMessage("*squeeze*");
        Creating(adapters: AdapterTerms.Alternating).Should().Throw<ArgumentException>().WithMessage("*adapters*controls*");
        Creating(adapters: AdapterTerms.FreezeA).Should().Throw<ArgumentException>().WithMessage("*adapters*controls*");
        Creating(adapters: AdapterTerms.NaiveAveraging).Should().NotThrow("it averages values side by side");

        // The same in bytes: integers behind controls, and adapters in turns.
        byte[] plain = Write(new UpdateTerms(UpdateKind.Difference, controls: controls));
        byte[] withIntegers = [.. plain[..17], .. Write(new UpdateTerms(UpdateKind.Difference, integers))[1..]];
        byte[] withAdapters = [(byte)(plain[0] | 0x40), .. plain[1..], (byte)AdapterMode.Alternating, 0];
        foreach (byte[] bytes in (byte[][])[withIntegers, withAdapters])
        {
            var reader = new WireReader(bytes);
            UpdateTerms.Read(ref reader).Should().BeNull();
            reader.Error.Should().Be(FormatError.Inconsistent);
        }
    }

    [Fact]
    public async Task Job_ThatGoesWithNoControls_IsRefusedByName()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 5, MinimumContributors = 4, Quorum = 4, MaxWeight = 1 });
        FederationJob job = bench.Job;
        using BoxKeyPair observer = BoxKeyPair.Generate(job.Committee!.KeyExchange);
        FederationJob Create(
            AggregationTerms? terms = null, FederationSettings? settings = null, BoxPublicKey? watching = null, UpdateTerms? update = null) => new(
            job.JobId,
            job.Authority,
            job.ServerKey,
            job.Roster,
            terms ?? job.Terms,
            job.InitialModelDigest,
            settings ?? job.Settings,
            committee: new CommitteeTerms([.. job.Committee.Members], observer: watching),
            update: update ?? ControlFixture.Update);
        void Refuses(Func<FederationJob> create, string name) => create.Should().Throw<ArgumentException>().WithMessage($"*{name}*");

        FederationJob controlled = Create();
        controlled.UploadTerms.Layout.ParameterCount.Should().Be(48);
        var bytes = new ArrayBufferWriter<byte>();
        controlled.WriteTo(bytes);
        FederationJob.TryRead(bytes.WrittenSpan, controlled.Authority.ParametersId, WireLimits.Default, out FederationJob? read, out _).Should().BeTrue();
        read!.Update.Should().Be(controlled.Update);
        read.Digest.Should().Be(controlled.Digest).And.NotBe(job.Digest);

        // Whoever reads the audit sees that as much again travels as values.
        AuditPage.Write(AuditLog.Verify(ReadOnlyMemory<byte>.Empty, controlled), controlled).Should().Contain("as many control differences travel as values, encrypted, up to 8");
        AuditPage.Write(AuditLog.Verify(ReadOnlyMemory<byte>.Empty, job), job).Should().Contain("the job has no control terms");

        ModelLayout layout = job.Terms.Layout;
        Refuses(() => Create(new AggregationTerms(layout, Weighting.Clear, maxWeight: 2)), "uniformly");
        Refuses(() => Create(new AggregationTerms(layout, Weighting.Hidden, maxWeight: 1)), "uniformly");
        Refuses(() => Create(new AggregationTerms(layout, EncryptionMask.Layers(layout, "hidden"), Weighting.Clear, maxWeight: 1)), "mask");
        Refuses(() => Create(settings: job.Settings with { MinimumContributors = 3 }), "at least 4");
        Refuses(() => Create(settings: job.Settings with { Training = new TrainingSettings { ProximalMu = 0.1 } }), "FedProx");
        Refuses(() => Create(watching: observer.PublicKey), "observer");
        Create(new AggregationTerms(layout.WithLocal("output"), Weighting.Clear, maxWeight: 1)).UploadTerms.VectorLength.Should().Be(40, "layers that stay with clients have no controls");
        string? OfLength(int values) => ControlRules.CheckJob(
            new AggregationTerms(new ModelLayout(new TensorSpec("large", ElementType.Float32, [values], bound: 1)), Weighting.Clear, 1), job.Settings, job.RoundKeyParameters, committee: null);
        OfLength(20_000_000).Should().BeNull();
        OfLength(50_000_000).Should().Contain("saved state", "two models and six control variates of 50,000,000 values fit, and the messages beside them do not");

        // The same in bytes: a job of three contributors, whose minimum is the fourth number before the deadlines.
        FederationJob three = Create(settings: job.Settings with { MinimumContributors = 3 }, update: new UpdateTerms(UpdateKind.Difference));
        var ofThree = new ArrayBufferWriter<byte>();
        three.WriteTo(ofThree);
        byte[] plain = Write(three.Update);
        byte[] withControls = Write(ControlFixture.Update);
        int at = ofThree.WrittenSpan.LastIndexOf([.. plain, .. TermsBytes(three.Terms)]);
        at.Should().BePositive();
        byte[] forged = [.. ofThree.WrittenSpan[..at], .. withControls, .. ofThree.WrittenSpan[(at + plain.Length)..]];
        BitConverter.TryWriteBytes(forged.AsSpan(WireHeader.SizeInBytes - sizeof(long)), (long)forged.Length - WireHeader.SizeInBytes).Should().BeTrue();
        FederationJob.TryRead(forged, three.Authority.ParametersId, WireLimits.Default, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.Inconsistent);
    }

    [Fact]
    public async Task Job_InTheDirectMode_IsRefusedByName()
    {
        Func<Task> creating = () => TestBench.CreateAsync(new BenchOptions
        {
            Clients = 5,
            Quorum = 4,
            MinimumContributors = 4,
            MaxWeight = 1,
            Update = ControlFixture.Update,
            Protection = JobProtection.Direct,
        });
        (await creating.Should().ThrowAsync<ArgumentException>()).WithMessage("*direct mode*");
    }

    [Fact]
    public void Controls_WrittenAndRead_AreTheSameAndOthersAreRefused()
    {
        ControlVariate Of(float first) => ControlVariate.TryCreate([first, -1.5f, 0])!;
        var saved = new SavedControls(Of(0.25f), Of(2), [Of(3)], TotalStep: 0.5);
        byte[] bytes = Write(saved);
        Convert.ToHexStringLower(bytes).Should().Be(
            "000000000000e03f" + "0000803e0000c0bf00000000" + "000000400000c0bf00000000" + "000040400000c0bf00000000");
        bytes.Should().HaveCount((int)ControlFormat.LengthOf(3, trainings: 1));

        SavedControls read = ControlFormat.TryRead(bytes, 3, trainings: 1, hasResult: true)!;
        read.TotalStep.Should().Be(0.5);
        read.Mean.Values.ToArray().Should().Equal(saved.Mean.Values.ToArray());
        read.Own.Values.ToArray().Should().Equal(saved.Own.Values.ToArray());
        read.Sent.Single().Values.ToArray().Should().Equal(saved.Sent.Single().Values.ToArray());
        byte[] withoutSent = Write(saved with { Sent = [], TotalStep = 0 });
        withoutSent.Should().HaveCount((int)ControlFormat.LengthOf(3, trainings: 0));
        ControlFormat.TryRead(withoutSent, 3, trainings: 0, hasResult: false)!.Sent.Should().BeEmpty();

        for (int length = 0; length < bytes.Length; length++)
        {
            ControlFormat.TryRead(bytes.AsSpan(0, length), 3, trainings: 1, hasResult: true).Should().BeNull();
        }

        ControlFormat.TryRead([.. bytes, 0], 3, trainings: 1, hasResult: true).Should().BeNull();
        ControlFormat.TryRead(bytes, 3, trainings: 0, hasResult: true).Should().BeNull();
        ControlFormat.TryRead(bytes, 4, trainings: 1, hasResult: true).Should().BeNull();
        ControlFormat.TryRead(bytes, 3, trainings: 1, hasResult: false).Should().BeNull("a total step is of a kept result");
        ControlFormat.TryRead(withoutSent, 3, trainings: 0, hasResult: true).Should().BeNull("a kept result has a total step");
        ControlFormat.TryRead(Write(saved with { TotalStep = -0.0 }), 3, trainings: 1, hasResult: false).Should().BeNull("zero has one encoding");
        ControlFormat.TryRead(Write(saved with { TotalStep = double.NaN }), 3, trainings: 1, hasResult: true).Should().BeNull();
        ControlFormat.TryRead(Write(saved with { TotalStep = double.PositiveInfinity }), 3, trainings: 1, hasResult: true).Should().BeNull();
        foreach (int number in Enumerable.Range(0, 9))
        {
            byte[] infinite = [.. bytes];
            (infinite[8 + (4 * number) + 2], infinite[8 + (4 * number) + 3]) = (0x80, 0x7F);
            ControlFormat.TryRead(infinite, 3, trainings: 1, hasResult: true).Should().BeNull($"number {number} is not finite");
        }
    }

    [Fact]
    public async Task Contributors_AreThreeMoreThanTheDishonestOnes()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 5, MinimumContributors = 4, Quorum = 4, MaxWeight = 1 });
        FederationSettings settings = bench.Job.Settings;
        CommitteeTerms Of(int members) => new([.. Enumerable.Range(1, members).Select(i => new ClientId($"c{i}"))]);
        string? Check(int contributors, int tolerated, CommitteeTerms? committee)
            => ControlRules.CheckJob(bench.Job.Terms, settings with { MinimumContributors = contributors, ToleratedDishonest = tolerated }, bench.Job.RoundKeyParameters, committee);

        (Of(4).Corrupt, Of(7).Corrupt).Should().Be((1, 2));
        Check(4, 0, Of(4)).Should().BeNull();
        Check(4, 0, Of(7)).Should().Contain("at least 5");
        Check(5, 0, Of(7)).Should().BeNull();
        Check(3, 0, committee: null).Should().Contain("at least 4");
        Check(4, 1, committee: null).Should().BeNull();
        Check(4, 2, committee: null).Should().Contain("at least 5");
        Check(6, 3, committee: null).Should().BeNull();
    }

    [Fact]
    public void Uploads_WrittenAndRead_AreTheSameAndOthersAreRefused()
    {
        SentSlot Slot(int round, int attempt, bool isFirst) => new(round, attempt, Digest.Compute([(byte)attempt]), isFirst);
        byte[] Bytes(params SentSlot[] slots)
        {
            var bytes = new ArrayBufferWriter<byte>();
            ControlFormat.WriteUploads(slots, new WireWriter(bytes));
            return bytes.WrittenSpan.ToArray();
        }

        SentSlot[] Read(byte[] bytes, out bool failed)
        {
            var reader = new WireReader(bytes);
            SentSlot[] read = ControlFormat.ReadUploads(ref reader, rounds: 9, attempts: 3);
            reader.ExpectEnd();
            failed = reader.Failed;
            return read;
        }

        SentSlot[] slots = [Slot(1, 1, isFirst: true), Slot(1, 2, isFirst: false), Slot(9, 3, isFirst: true)];
        byte[] whole = Bytes(slots);
        whole.Should().HaveCount(1 + (3 * 41));
        Read(whole, out bool isRefused).Should().Equal(slots);
        isRefused.Should().BeFalse();
        for (int length = 0; length < whole.Length; length++)
        {
            Read(whole[..length], out isRefused).Should().BeEmpty();
            isRefused.Should().BeTrue();
        }

        foreach (byte[] wrong in (byte[][])
            [
                Bytes(Slot(1, 1, isFirst: false)),
                Bytes(Slot(0, 1, isFirst: true)),
                Bytes(Slot(10, 1, isFirst: true)),
                Bytes(Slot(1, 0, isFirst: true)),
                Bytes(Slot(1, 4, isFirst: true)),
                Bytes([.. Enumerable.Repeat(Slot(1, 1, isFirst: true), 5)]),
                Bytes([Slot(1, 1, isFirst: true), .. Enumerable.Repeat(Slot(1, 1, isFirst: false), 64)]),
                [.. whole[..^1], 2],
            ])
        {
            Read(wrong, out isRefused);
            isRefused.Should().BeTrue();
        }
    }

    private static byte[] Write(SavedControls controls)
    {
        var bytes = new ArrayBufferWriter<byte>();
        ControlFormat.Write(controls, new WireWriter(bytes));
        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] Write(UpdateTerms terms)
    {
        var bytes = new ArrayBufferWriter<byte>();
        terms.Write(new WireWriter(bytes));
        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] TermsBytes(AggregationTerms terms)
    {
        var bytes = new ArrayBufferWriter<byte>();
        terms.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
