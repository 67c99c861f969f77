using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;
using FedHe.TestKit.Schemes;

namespace FedHe.MLBridge.Tests.Updates;

/// <summary>Models of several segments, all the way from float to float.</summary>
public sealed class SegmentTests
{
    private static readonly long[] Weights = [3, 10];

    public static TheoryData<string, VectorForm> AllSchemes
    {
        get
        {
            var data = new TheoryData<string, VectorForm>();
            foreach (SchemeUnderTest scheme in SchemeRegistry.All)
            {
                data.Add(scheme.Name, VectorForm.Full);
                data.Add(scheme.Name, VectorForm.Seeded);
            }

            return data;
        }
    }

    public static TheoryData<int, Weighting> Boundaries
    {
        get
        {
            var data = new TheoryData<int, Weighting>();
            int segment = SegmentModels.SegmentLength(SegmentModels.Smallest.Parameters);
            foreach (int length in (int[])[1, 2, segment - 1, segment, segment + 1, 2 * segment, (2 * segment) + 1])
            {
                data.Add(length, Weighting.Clear);
                data.Add(length, Weighting.Hidden);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(AllSchemes))]
    public void Average_OfAValueMoreThanASegment_IsWithinThePromisedBound(string scheme, VectorForm form)
    {
        SchemeCase subject = SegmentModels.Case(SchemeRegistry.All.Single(each => each.Name == scheme), form);
        int length = SegmentModels.SegmentLength(subject.Parameters) + 1;
        using var federation = new TestFederation(subject, SegmentModels.Terms(length, Weighting.Clear));
        AssertAverage(federation, segments: 2);
    }

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Average_AtABoundaryOfSegments_IsWithinThePromisedBoundAndAsLargeAsPlanned(int length, Weighting weighting)
    {
        AggregationTerms terms = SegmentModels.Terms(length, weighting);
        using var federation = new TestFederation(SegmentModels.Smallest, terms);
        int segment = SegmentModels.SegmentLength(SegmentModels.Smallest.Parameters);
        AssertAverage(federation, segments: (int)((terms.VectorLength + segment - 1) / segment));
    }

    [Theory]
    [InlineData("ckks-1024-coefficients", 1)]
    [InlineData("ckks-1024-coefficients", 2)]
    [InlineData("plain-insecure", 3)]
    public void Average_UnderAMaskWhoseRunsCrossSegments_IsWithinThePromisedBound(string scheme, int seed)
    {
        SchemeCase subject = SegmentModels.Case(SchemeRegistry.All.Single(each => each.Name == scheme), VectorForm.Seeded);
        ModelLayout layout = SegmentModels.Layout(3 * SegmentModels.SegmentLength(subject.Parameters));
        EncryptionMask mask = SegmentModels.RaggedMask(layout, seed);
        AggregationTerms terms = SegmentModels.Terms(layout.ToArrayLength(), Weighting.Clear, mask);
        using var federation = new TestFederation(subject, terms);
        AssertAverage(federation, SegmentPlan.Of(terms.VectorLength, subject.Parameters).Count);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    public void SelectedValues_InAnyPiecesAfterAnySurveyOrSkip_AreThoseOfTheMask(int seed, bool isEncrypted)
    {
        ModelLayout layout = SegmentModels.Layout(100_003);
        EncryptionMask mask = SegmentModels.RaggedMask(layout, seed);
        ModelParameters model = TestModels.Random(layout, seed);
        double[] expected = Selected(mask, Flat(model), isEncrypted);
        var random = new Random(seed);
        foreach (int first in (int[])[0, 1, 12_345, expected.Length - 1, expected.Length])
        {
            using var surveyed = new SelectedValues(model, new TensorFlattener(layout), mask, isEncrypted);
            var read = new double[expected.Length];
            surveyed.Survey(read.AsSpan(0, first)).Total.Should().Be(0);
            for (int position = first; position < read.Length;)
            {
                int count = Math.Min(random.Next(1, 5000), read.Length - position);
                surveyed.Read(read.AsSpan(position, count));
                position += count;
            }

            read.Should().Equal(expected);
            using var later = new SelectedValues(model, new TensorFlattener(layout), mask, isEncrypted);
            later.Skip(first);
            read.AsSpan(first).Clear();
            later.Read(read.AsSpan(first));
            read.Should().Equal(expected);
        }
    }

    [Fact]
    public void Survey_OfAnySelection_FindsWhatIsWrongAnywhere()
    {
        ModelLayout layout = SegmentModels.Layout(10_007);
        EncryptionMask mask = SegmentModels.RaggedMask(layout, 1);
        foreach ((string name, int wrong) in ((string, int)[])[("first", 0), ("first", 5002), ("small", 0), ("last", 5002)])
        {
            ModelParameters model = TestModels.Create(layout, (tensor, i) => tensor.Name == name && i == wrong ? 3 : 0);
            foreach (int first in (long[])[0, 100, mask.EncryptedCount])
            {
                using var values = new SelectedValues(model, new TensorFlattener(layout), mask, isEncrypted: true);
                values.Invoking(subject => subject.Survey(new double[first])).Should().Throw<ModelValueException>();
            }
        }
    }

    [Theory]
    [InlineData(ElementType.Float32, 1, 1.0000001)]
    [InlineData(ElementType.Float32, 1, double.NaN)]
    [InlineData(ElementType.Float32, 1, double.NegativeInfinity)]
    [InlineData(ElementType.Float32, 0.1, 1.0000001)]
    [InlineData(ElementType.Float64, 1, -1.0000000000000002)]
    [InlineData(ElementType.Float64, 1, double.NaN)]
    public void Survey_OneValueOutsideItsBound_IsFoundAtEveryPosition(ElementType type, double bound, double fraction)
    {
        const int Length = 131;
        var layout = new ModelLayout(new TensorSpec("weight", type, [Length], bound));
        for (int wrong = 0; wrong < Length; wrong++)
        {
            ModelParameters model = TestModels.Create(layout, (_, i) => i == wrong ? fraction : 0);
            using var values = new SelectedValues(model, new TensorFlattener(layout), EncryptionMask.All(layout), isEncrypted: true);
            values.Invoking(subject => subject.Survey([])).Should().Throw<ModelValueException>().Which.Index.Should().Be(wrong);
        }
    }

    [Theory]
    [InlineData(Weighting.Clear)]
    [InlineData(Weighting.Hidden)]
    public void Write_AsItGrows_GivesTheBytesOfTheUpdateInMemory(Weighting weighting)
    {
        // The plain scheme draws nothing at random.
        int length = SegmentModels.SegmentLength(SchemeCase.Plain.Parameters) + 5;
        ModelLayout layout = SegmentModels.Layout(length);
        EncryptionMask[] masks = [EncryptionMask.All(layout), SegmentModels.RaggedMask(layout, 5), EncryptionMask.InsecureNone(layout)];
        foreach (EncryptionMask mask in weighting == Weighting.Hidden ? masks[..1] : masks)
        {
            using var federation = new TestFederation(SchemeCase.Plain, SegmentModels.Terms(length, weighting, mask));
            ModelParameters model = TestModels.Random(layout, 1);
            byte[] expected = federation.Upload(model, 3, 1);
            Assert.True(federation.StreamedUpload(model, 3, 1).AsSpan().SequenceEqual(expected));
            byte[] buffered = TestFederation.Bytes(to => federation.Encryptor.Write(model, 3, TestFederation.Slot(1), to));
            Assert.True(buffered.AsSpan().SequenceEqual(expected));
            using EncryptedModelUpdate read = federation.UpdateReader.Read(expected);
            Assert.True(TestFederation.Bytes(read.WriteTo).AsSpan().SequenceEqual(expected));
        }
    }

    [Fact]
    public void Write_ValueThatCannotBeEncrypted_IsRefusedBeforeAnythingIsWritten()
    {
        int length = SegmentModels.SegmentLength(SegmentModels.Smallest.Parameters) + 5;
        AggregationTerms terms = SegmentModels.Terms(length, Weighting.Clear);
        using var federation = new TestFederation(SegmentModels.Smallest, terms);
        ModelParameters model = TestModels.Create(terms.Layout, (tensor, i) => tensor.Name == "last" && i == 77 ? double.NaN : 1);
        using var stream = new MemoryStream();
        federation.Encryptor.Invoking(e => e.Write(model, 1, TestFederation.Slot(1), stream))
            .Should().Throw<ModelValueException>().Which.Should().Match<ModelValueException>(e => e.Tensor == "last" && e.Index == 77);
        stream.Length.Should().Be(0);
    }

    [Fact]
    public void Write_ModelThatGivesOtherValuesTheSecondTime_EncryptsNothingOutsideItsBounds()
    {
        int length = SegmentModels.SegmentLength(SegmentModels.Smallest.Parameters) + 1;
        AggregationTerms terms = SegmentModels.Terms(length, Weighting.Clear);
        using var federation = new TestFederation(SegmentModels.Smallest, terms);
        var model = new ChangingModel(terms.Layout);
        federation.Encryptor.Invoking(e => e.Write(model, 1, TestFederation.Slot(1), Stream.Null))
            .Should().Throw<ModelValueException>().Which.Error.Should().Be(ValueError.OutsideBound);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 1001)]
    [InlineData(1000, 1)]
    [InlineData(int.MaxValue, 1)]
    public void CopyFlatTo_RangeOutsideTheFlatVector_IsRefused(int start, int length)
    {
        ModelParameters model = TestModels.Random(SegmentModels.Layout(1000), 1);
        model.Invoking(m => m.CopyFlatTo(start, new double[length])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Write_WithAnEncryptorThatStatesAnotherForm_IsRefusedBeforeItsFirstSegment()
    {
        AggregationTerms terms = SegmentModels.Terms(1000, Weighting.Clear, maxWeight: 3);
        using HeContext context = SchemeCase.Named("ckks-aggregation-seeded").CreateContext();
        using KeyPair keys = context.GenerateKeyPair();
        var honest = new UpdateEncryptor(context.CreateEncryptor(keys.SecretKey), context.Public, terms);
        var lying = new UpdateEncryptor(new LyingEncryptor(context.CreateEncryptor(keys.SecretKey)), context.Public, terms);
        ModelParameters model = TestModels.Random(terms.Layout, 1);
        using var written = new MemoryStream();
        using var refused = new MemoryStream();
        honest.Write(model, 1, TestFederation.Slot(1), written);

        lying.Invoking(encryptor => encryptor.Write(model, 1, TestFederation.Slot(1), refused))
            .Should().Throw<InvalidOperationException>().WithMessage("*form*");

        refused.Length.Should().BeLessThan(written.Length / 2);
    }

    [Fact]
    public void Context_WhosePartsBelongToOtherParameters_IsRefused()
    {
        AggregationTerms terms = SegmentModels.Terms(1000, Weighting.Clear, maxWeight: 3);
        using HeContext context = SchemeCase.Named("ckks-aggregation-seeded").CreateContext();
        using HeContext other = SchemeCase.Plain.CreateContext();
        foreach (HePublicContext mixed in (HePublicContext[])
            [new MixedContext(context.Public, other.Public.Evaluator, context.Public.Reader), new MixedContext(context.Public, context.Public.Evaluator, other.Public.Reader)])
        {
            FluentActions.Invoking(() => new UpdateReader(mixed, terms)).Should().Throw<HeMismatchException>();
            FluentActions.Invoking(() => new AggregateReader(mixed, terms)).Should().Throw<HeMismatchException>();
            FluentActions.Invoking(() => new UpdateAggregator(mixed, terms)).Should().Throw<HeMismatchException>();
        }
    }

    [Fact]
    public void Segment_OfAnUpdateOrAnAggregate_IsCheckedOnce()
    {
        int length = SegmentModels.SegmentLength(SchemeCase.Plain.Parameters) + 1;
        AggregationTerms terms = SegmentModels.Terms(length, Weighting.Clear);
        using var federation = new TestFederation(SchemeCase.Plain, terms);
        var reader = new CountingReader(federation.Context.Public.Reader);
        var context = new MixedContext(federation.Context.Public, federation.Context.Public.Evaluator, reader);
        using var aggregator = new UpdateAggregator(context, terms);
        ModelParameters model = TestModels.Random(terms.Layout, 1);

        using (EncryptedModelUpdate update = new UpdateReader(context, terms).Read(federation.Upload(model, 1, 1)))
        {
            reader.TakeCounts().Should().Be((2, 0, 0));
            aggregator.FoldIn(update);
            reader.TakeCounts().Should().Be((0, 0, 2), "an update that was checked is not checked again");
        }

        byte[] saved = TestFederation.Bytes(aggregator.SaveState);
        UpdateAggregator.Restore(saved, context, terms).Dispose();
        reader.TakeCounts().Should().Be((2, 0, 2));
        using EncryptedAggregate sum = aggregator.Complete();
        using EncryptedAggregate aggregate = new AggregateReader(context, terms).Read(TestFederation.Bytes(sum.WriteTo));
        reader.TakeCounts().Should().Be((2, 0, 0));
        federation.Decryptor.Decrypt(aggregate, model);
        reader.TakeCounts().Should().Be((0, 0, 2), "an aggregate that was checked is not checked again");
    }

    [Fact]
    public void Decrypt_AnAggregateWhoseBytesChangeAfterTheirCheck_IsRefused()
    {
        int length = SegmentModels.SegmentLength(SegmentModels.Smallest.Parameters) + 1;
        AggregationTerms terms = SegmentModels.Terms(length, Weighting.Clear);
        using var federation = new TestFederation(SegmentModels.Smallest, terms);
        ModelParameters model = TestModels.Random(terms.Layout, 1);
        byte[] bytes = federation.Aggregate(federation.Upload(model, 1, 1));
        using EncryptedAggregate aggregate = federation.AggregateReader.Read(bytes);
        federation.Decryptor.Decrypt(aggregate, model);

        bytes.AsSpan(bytes.Length / 2, 100).Fill(byte.MaxValue);

        federation.Decryptor.Invoking(decryptor => decryptor.Decrypt(aggregate, model)).Should().Throw<HeFormatException>();
    }

    [Fact]
    public void Write_ValuesOutsideTheirBound_AreClampedAndCountedOnce()
    {
        int length = 1000;
        ModelLayout layout = SegmentModels.Layout(length);
        AggregationTerms terms = SegmentModels.Terms(length, Weighting.Clear, SegmentModels.RaggedMask(layout, 1));
        using HeContext context = SchemeCase.Plain.CreateContext();
        using KeyPair keys = context.GenerateKeyPair();
        var encryptor = new UpdateEncryptor(context.CreateEncryptor(keys.PublicKey), context.Public, terms, BoundPolicy.Clamp);
        ModelParameters model = TestModels.Create(layout, (_, i) => i % 10 == 0 ? 1.5 : 0.25);
        ClampReport clamped = encryptor.Write(model, 1, TestFederation.Slot(1), Stream.Null);
        encryptor.Encrypt(model, 1, TestFederation.Slot(1), out ClampReport inMemory).Dispose();
        clamped.Total.Should().Be(layout.Tensors.Where(tensor => tensor.IsAggregated).Sum(tensor => (tensor.ElementCount + 9) / 10));
        inMemory.Total.Should().Be(clamped.Total);
    }

    [Fact]
    public void SegmentsOfAnUpload_HaveSeedsOfTheirOwn()
    {
        int length = (3 * SegmentModels.SegmentLength(SegmentModels.Smallest.Parameters)) - 7;
        using var federation = new TestFederation(SegmentModels.Smallest, SegmentModels.Terms(length, Weighting.Clear));
        byte[] bytes = federation.StreamedUpload(TestModels.Random(federation.Terms.Layout, 1), 1, 1);
        using EncryptedModelUpdate update = federation.UpdateReader.Read(bytes);
        const int SeedOffset = 4 + 48 + 56;
        SegmentModels.SegmentsOf(bytes, update.Receipt.EncryptedLength)
            .Select(segment => Convert.ToHexString(bytes.AsSpan(segment.Start + SeedOffset, 32)))
            .Should().HaveCount(3).And.OnlyHaveUniqueItems();
    }

    /// <summary>Zeros when first read, and later values that no tensor may have.</summary>
    private sealed class ChangingModel(ModelLayout layout) : IFlatModel
    {
        private int _read;

        public ModelLayout Layout => layout;

        public void CopyFlatTo(long start, Span<double> destination)
        {
            destination.Fill(_read >= layout.ParameterCount ? 100 : 0);
            _read += destination.Length;
        }
    }

    private static double[] Selected(EncryptionMask mask, double[] flat, bool isEncrypted)
    {
        var selected = new double[isEncrypted ? mask.EncryptedCount : mask.ClearCount];
        if (isEncrypted)
        {
            mask.GatherEncrypted(flat, selected);
        }
        else
        {
            mask.GatherClear(flat, selected);
        }

        return selected;
    }

    private static void AssertAverage(TestFederation federation, int segments)
    {
        AggregationTerms terms = federation.Terms;
        ModelParameters[] models = [.. Weights.Select((_, client) => TestModels.Random(terms.Layout, 300 + client))];
        using UpdateAggregator aggregator = federation.CreateAggregator();
        for (int client = 0; client < models.Length; client++)
        {
            using var upload = new MemoryStream(federation.StreamedUpload(models[client], Weights[client], client));
            using EncryptedModelUpdate update = federation.UpdateReader.Read(upload);
            update.SegmentCount.Should().Be(segments);
            update.EncodedLength.Should().Be(upload.Length);
            aggregator.FoldIn(update);
        }

        using var download = new MemoryStream();
        using (EncryptedAggregate sum = aggregator.Complete())
        {
            sum.WriteTo(download);
            download.Length.Should().Be(sum.EncodedLength);
        }

        download.Position = 0;
        using EncryptedAggregate aggregate = federation.AggregateReader.Read(download);
        aggregate.SegmentCount.Should().Be(segments);
        var check = new AverageCheck(terms.Layout, [.. models.Select(Raw)], Weights);
        AverageSummary summary = federation.Decryptor.Decrypt(aggregate, check);
        check.ShouldBeWithin(summary);
        summary.TotalWeight.Should().BeInRange(Weights.Sum() - 1, Weights.Sum() + 1);

        AveragedModel averaged = federation.Decryptor.Decrypt(aggregate, models[0]);
        averaged.ErrorBounds.Should().Equal(summary.ErrorBounds);
        averaged.Parameters.Get<long>("counter").ToArray().Should().Equal(models[0].Get<long>("counter").ToArray());
    }

    private static double[] Raw(ModelParameters model)
    {
        var flat = new double[model.Layout.ParameterCount];
        model.CopyFlatTo(0, flat);
        return flat;
    }

    private static double[] Flat(ModelParameters model)
    {
        var flat = new double[model.Layout.ParameterCount];
        new TensorFlattener(model.Layout).Flatten(model, flat);
        return flat;
    }

    private sealed class LyingEncryptor(IEncryptor inner) : IEncryptor
    {
        public HeParameters Parameters => inner.Parameters;

        public KeyId KeyId => inner.KeyId;

        public VectorForm Form => inner.Form == VectorForm.Full ? VectorForm.Seeded : VectorForm.Full;

        public VectorBound FreshBound(double maxAbs) => inner.FreshBound(maxAbs);

        public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs) => inner.Encrypt(values, maxAbs);

        public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs) => inner.Encrypt(values, maxAbs);
    }

    private sealed class MixedContext(HePublicContext inner, IEvaluator evaluator, IVectorReader reader) : HePublicContext(inner.Parameters)
    {
        public override IEvaluator Evaluator => evaluator;

        public override IVectorReader Reader => reader;

        public override long EncodedLength(int length, VectorForm form, int seeds = 1) => inner.EncodedLength(length, form, seeds);

        public override long MemoryInBytes(int length, VectorForm form) => inner.MemoryInBytes(length, form);

        public override VectorForm SumForm(VectorForm freshForm, int contributors) => inner.SumForm(freshForm, contributors);

        public override VectorBound FreshBound(double maxAbs, VectorForm form) => inner.FreshBound(maxAbs, form);
    }

    private sealed class CountingReader(IVectorReader inner) : IVectorReader
    {
        private (int Checks, int Reads, int ReadsOfChecked) _counts;

        public HeParameters Parameters => inner.Parameters;

        public (int Checks, int Reads, int ReadsOfChecked) TakeCounts()
        {
            (int, int, int) counts = _counts;
            _counts = default;
            return counts;
        }

        public bool TryRead(
            ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
        {
            _counts.Reads++;
            return inner.TryRead(source, limits, out vector, out reason);
        }

        public bool TryCheck(
            ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
        {
            _counts.Checks++;
            return inner.TryCheck(source, limits, out vector, out reason);
        }

        public bool TryReadChecked(
            ReadOnlyMemory<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
        {
            _counts.ReadsOfChecked++;
            return inner.TryReadChecked(source, limits, out vector, out reason);
        }
    }
}
