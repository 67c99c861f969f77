using System.Buffers;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Aggregation;

public sealed class UpdateAggregatorTests
{
    private static readonly ModelLayout Layout = TestModels.SmallLayout;
    private static readonly long[] Weights = [600, 1, 250, 37];

    public static TheoryData<string, Weighting> Schemes => SchemeCase.NamesAndWeightings;

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Complete_AnyOrderOfArrival_GivesTheSameModel(string scheme, Weighting weighting)
    {
        using TestFederation federation = Create(SchemeCase.Named(scheme), weighting);
        byte[][] uploads = Uploads(federation);
        ModelParameters template = TestModels.Random(Layout, 1);
        byte[] reference = federation.Aggregate(uploads);
        double[] expected = Flatten(federation.Download(reference, template).Parameters);
        foreach (int[] order in Orders(uploads.Length))
        {
            byte[] aggregate = federation.Aggregate(order.Select(i => uploads[i]));
            Flatten(federation.Download(aggregate, template).Parameters).Should().Equal(expected);
            Assert.True(aggregate.AsSpan().SequenceEqual(reference));
        }
    }

    [Fact]
    public void Complete_AnyOrderOfArrivalWithLayersInClear_GivesTheSameBytes()
    {
        using TestFederation federation = Create(SchemeCase.Plain, EncryptionMask.Layers(Layout, "head"), Weighting.Clear);
        byte[][] uploads = Uploads(federation);
        byte[] reference = federation.Aggregate(uploads);
        Orders(uploads.Length).Should().AllSatisfy(order =>
            federation.Aggregate(order.Select(i => uploads[i])).Should().Equal(reference));
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Restore_AfterAnyUpdate_GivesTheSameBytesAsAnUninterruptedSum(string scheme, Weighting weighting)
    {
        using TestFederation federation = Create(SchemeCase.Named(scheme), weighting);
        byte[][] uploads = Uploads(federation);
        byte[] expected = federation.Aggregate(uploads);
        UpdateAggregator aggregator = federation.CreateAggregator();
        foreach (byte[] upload in uploads)
        {
            aggregator = Resume(federation, aggregator);
            federation.FoldIn(aggregator, upload);
        }

        aggregator = Resume(federation, aggregator);
        aggregator.Contributions.Should().Be(uploads.Length);
        Assert.True(TestFederation.Complete(aggregator).AsSpan().SequenceEqual(expected));
        aggregator.Dispose();
    }

    [Fact]
    public void Restore_WithLayersInClear_GivesTheSameBytesAndRemembersItsClients()
    {
        using TestFederation federation = Create(SchemeCase.Plain, EncryptionMask.Layers(Layout, "head"), Weighting.Clear);
        byte[][] uploads = Uploads(federation);
        UpdateAggregator aggregator = federation.CreateAggregator();
        federation.FoldIn(aggregator, uploads[0]);
        aggregator = Resume(federation, aggregator);
        aggregator.Slots.Should().Equal(TestFederation.Slot(0));
        AssertRefused(federation, aggregator, uploads[0], UpdateError.ClientAlreadyFoldedIn);
        foreach (byte[] upload in uploads[1..])
        {
            federation.FoldIn(aggregator, upload);
        }

        TestFederation.Complete(aggregator).Should().Equal(federation.Aggregate(uploads));
        aggregator.Dispose();
    }

    [Fact]
    public void FoldIn_RefusedUpdates_ChangeNothing()
    {
        using TestFederation federation = Create(SchemeCase.Plain, Weighting.Clear);
        using TestFederation stranger = Create(SchemeCase.Plain, Weighting.Clear);
        using TestFederation hidden = Create(SchemeCase.Plain, Weighting.Hidden);
        ModelParameters model = TestModels.Random(Layout, 9);
        byte[][] uploads = Uploads(federation);
        using UpdateAggregator aggregator = federation.CreateAggregator();
        federation.FoldIn(aggregator, uploads[0]);
        federation.FoldIn(aggregator, uploads[1]);
        byte[] before = TestFederation.Bytes(aggregator.SaveState);

        AssertRefused(federation, aggregator, uploads[1], UpdateError.ClientAlreadyFoldedIn);
        AssertRefused(hidden, aggregator, hidden.Upload(model, 1, 7), UpdateError.OtherTerms);
        using EncryptedModelUpdate otherRound = federation.Encryptor.Encrypt(model, 1, TestFederation.Slot(7, round: 4));
        AssertRefused(federation, aggregator, TestFederation.Bytes(otherRound.WriteTo), UpdateError.OtherRound);
        using EncryptedModelUpdate otherJob = federation.Encryptor.Encrypt(model, 1, new UploadSlot(Guid.NewGuid(), 3, 1, new ClientId("client-7")));
        AssertRefused(federation, aggregator, TestFederation.Bytes(otherJob.WriteTo), UpdateError.OtherRound);
        byte[] otherKey = stranger.Upload(model, 1, 7);
        federation.Invoking(f => f.FoldIn(aggregator, otherKey)).Should().Throw<HeMismatchException>();

        TestFederation.Bytes(aggregator.SaveState).Should().Equal(before);
        federation.FoldIn(aggregator, uploads[2]);
        federation.FoldIn(aggregator, uploads[3]);
        TestFederation.Complete(aggregator).Should().Equal(federation.Aggregate(uploads));
    }

    [Fact]
    public void FoldIn_BeyondTheModulus_IsRefusedWithTheWeightThatFitsAndChangesNothing()
    {
        EncryptionMask mask = EncryptionMask.Layers(Layout, "head");
        var terms = new AggregationTerms(Layout, mask, Weighting.Clear, maxWeight: 200_000);
        using var federation = new TestFederation(SchemeCase.Named("ckks-aggregation-seeded"), terms);
        ModelParameters model = TestModels.Random(Layout, 1);
        using UpdateAggregator aggregator = federation.CreateAggregator();
        federation.FoldIn(aggregator, federation.Upload(model, 100_000, 1));
        byte[] before = TestFederation.Bytes(aggregator.SaveState);
        byte[] tooHeavy = federation.Upload(model, 100_000, 2);
        long remaining = federation.Invoking(f => f.FoldIn(aggregator, tooHeavy)).Should().Throw<HeCapacityException>()
            .Which.RemainingWeight;
        TestFederation.Bytes(aggregator.SaveState).Should().Equal(before);
        aggregator.TotalWeight.Should().Be(100_000);
        federation.FoldIn(aggregator, federation.Upload(model, remaining, 2));
        aggregator.TotalWeight.Should().Be(100_000 + remaining);
        federation.Download(TestFederation.Complete(aggregator), model).TotalWeight.Should().Be(100_000 + remaining);
    }

    [Fact]
    public void FoldIn_BeyondTheExactSumsOfTheClearPart_IsRefused()
    {
        var terms = new AggregationTerms(
            Layout, EncryptionMask.InsecureNone(Layout), Weighting.Clear, AggregationTerms.LargestTotalWeight);
        using var federation = new TestFederation(SchemeCase.Plain, terms);
        ModelParameters model = TestModels.Create(Layout, (_, i) => i % 2 == 0 ? 1 : -1);
        using UpdateAggregator aggregator = federation.CreateAggregator();
        federation.FoldIn(aggregator, federation.Upload(model, AggregationTerms.LargestTotalWeight - 5, 1));
        byte[] tooHeavy = federation.Upload(model, 6, 2);
        federation.Invoking(f => f.FoldIn(aggregator, tooHeavy)).Should().Throw<HeCapacityException>().Which.RemainingWeight.Should().Be(5);
        federation.FoldIn(aggregator, federation.Upload(model, 5, 2));
        AveragedModel averaged = federation.Download(TestFederation.Complete(aggregator), model);
        Flatten(averaged.Parameters).Should().OnlyContain(value => Math.Abs(value) == 1);
    }

    [Fact]
    public void Aggregator_AfterCompletionOrWhileEmpty_RefusesWhatMakesNoSense()
    {
        using TestFederation federation = Create(SchemeCase.Plain, Weighting.Clear);
        byte[] upload = Uploads(federation)[0];
        using UpdateAggregator aggregator = federation.CreateAggregator();
        aggregator.Invoking(a => a.Complete()).Should().Throw<InvalidOperationException>();
        federation.FoldIn(aggregator, upload);
        aggregator.Complete().Dispose();
        aggregator.Invoking(a => a.Complete()).Should().Throw<InvalidOperationException>();
        federation.Invoking(f => f.FoldIn(aggregator, upload)).Should().Throw<InvalidOperationException>();
        aggregator.Invoking(a => a.SaveState(new ArrayBufferWriter<byte>())).Should().Throw<InvalidOperationException>();
    }

    [Theory]
    [InlineData("plain", Weighting.Clear)]
    [InlineData("plain", Weighting.Hidden)]
    [InlineData("ckks-aggregation-seeded", Weighting.Clear)]
    public void TryRead_HostileAggregateOrState_OnlyEverAnswers(string scheme, Weighting weighting)
    {
        EncryptionMask mask = weighting == Weighting.Clear ? EncryptionMask.Layers(Layout, "head") : EncryptionMask.All(Layout);
        using TestFederation federation = Create(SchemeCase.Named(scheme), mask, weighting);
        using UpdateAggregator aggregator = federation.CreateAggregator();
        foreach (byte[] upload in Uploads(federation))
        {
            federation.FoldIn(aggregator, upload);
        }

        byte[] state = TestFederation.Bytes(aggregator.SaveState);
        AssertHostile(state, input =>
        {
            try
            {
                UpdateAggregator.Restore(input, federation.Context.Public, federation.Terms).Dispose();
                return (true, FormatError.None);
            }
            catch (HeFormatException exception)
            {
                return (false, exception.Error);
            }
        });
        AssertHostile(TestFederation.Complete(aggregator), input =>
        {
            bool accepted = federation.AggregateReader.TryRead(input, out EncryptedAggregate? aggregate, out FormatError reason);
            aggregate?.Dispose();
            return (accepted, reason);
        });
    }

    [Fact]
    public void AggregateReader_SumClaimingErrorThatItsPartsDoNotHave_IsRefused()
    {
        using TestFederation federation = Create(SchemeCase.Named("ckks-aggregation-seeded"), Weighting.Clear);
        byte[] bytes = federation.Aggregate(Uploads(federation));
        using EncryptedAggregate aggregate = federation.AggregateReader.Read(bytes);
        using SegmentLease segment = aggregate.Segments.Open(0);
        VectorBound bound = segment.Vector.Bound;
        foreach (double field in (double[])[bound.MaxAbs, bound.Rounding, bound.NoiseMax, bound.NoiseVariance])
        {
            int offset = bytes.AsSpan().IndexOf(BitConverter.GetBytes(field));
            foreach (double factor in (double[])[0.01, 1e6])
            {
                byte[] changed = [.. bytes];
                BitConverter.TryWriteBytes(changed.AsSpan(offset), field * factor);
                federation.AggregateReader.TryRead(changed, out _, out FormatError reason).Should().BeFalse();
                reason.Should().BeOneOf(FormatError.FieldOutOfRange, FormatError.Inconsistent);
            }
        }
    }

    private static void AssertHostile(byte[] bytes, Func<byte[], (bool, FormatError)> parse)
    {
        const int Beginning = 700;
        IEnumerable<byte[]> cuts = Tampering.Lengths(bytes)
            .Where(cut => cut.Length != bytes.Length && (cut.Length < Beginning || cut.Length % 997 == 0 || cut.Length >= bytes.Length - 1));
        Tampering.CountAccepted(cuts, parse).Should().Be(0);
        Tampering.CountAccepted(Tampering.BitFlips(bytes, Beginning), parse);
        Tampering.CountAccepted(Tampering.HostileFields(bytes, 500, seed: 8), parse);
        Tampering.CountAccepted(Tampering.RandomTails(bytes, 200, seed: 9), parse);
    }

    private static TestFederation Create(SchemeCase scheme, Weighting weighting)
        => Create(scheme, EncryptionMask.All(Layout), weighting);

    private static TestFederation Create(SchemeCase scheme, EncryptionMask mask, Weighting weighting)
        => new(scheme, new AggregationTerms(Layout, mask, weighting, maxWeight: 1000));

    private static byte[][] Uploads(TestFederation federation)
        => [.. Weights.Select((weight, client) => federation.Upload(TestModels.Random(Layout, 40 + client), weight, client))];

    private static UpdateAggregator Resume(TestFederation federation, UpdateAggregator aggregator)
    {
        byte[] state = TestFederation.Bytes(aggregator.SaveState);
        aggregator.Dispose();
        UpdateAggregator resumed = UpdateAggregator.Restore(
            state, federation.Context.Public, federation.Terms);
        Assert.True(TestFederation.Bytes(resumed.SaveState).AsSpan().SequenceEqual(state));
        return resumed;
    }

    private static void AssertRefused(TestFederation sender, UpdateAggregator aggregator, byte[] upload, UpdateError error)
        => sender.Invoking(f => f.FoldIn(aggregator, upload)).Should().Throw<UpdateRefusedException>().Which.Error.Should().Be(error);

    private static IEnumerable<int[]> Orders(int count)
    {
        for (int seed = 0; seed < 12; seed++)
        {
            int[] order = [.. Enumerable.Range(0, count)];
            new Random(seed).Shuffle(order);
            yield return order;
        }
    }

    private static double[] Flatten(ModelParameters model)
    {
        var flat = new double[model.Layout.ParameterCount];
        new TensorFlattener(model.Layout).Flatten(model, flat);
        return flat;
    }
}
