using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Updates;

public sealed class UpdateAssemblerTests
{
    private static readonly ModelLayout Layout = TestModels.SmallLayout;

    [Theory]
    [MemberData(nameof(SchemeCase.NamesAndWeightings), MemberType = typeof(SchemeCase))]
    public void Assemble_OfVectorsEncryptedElsewhere_IsTheUpdateOfAnEncryptor(string scheme, Weighting weighting)
    {
        SchemeCase schemeCase = SchemeCase.Named(scheme);
        EncryptionMask mask = weighting == Weighting.Hidden ? EncryptionMask.All(Layout) : EncryptionMask.Layers(Layout, "conv");
        using var setting = new Setting(schemeCase, new AggregationTerms(Layout, mask, weighting, 1000));
        ModelParameters model = TestModels.Random(Layout, 1);
        using EncryptedModelUpdate assembled = setting.Assemble(model, 17);
        using EncryptedModelUpdate encrypted = setting.Encryptor.Encrypt(model, 17, TestFederation.Slot(4));
        using EncryptedModelUpdate read = setting.Reader.Read(TestFederation.Bytes(assembled.WriteTo));

        read.Receipt.Should().Be(encrypted.Receipt);
        read.Slot.Should().Be(encrypted.Slot);
        read.Weight.Should().Be(encrypted.Weight);
        setting.Average(read).Should().Equal(setting.Average(encrypted), (one, other) => Math.Abs(one - other) <= 2 * setting.LargestError);
    }

    [Fact]
    public void Assemble_OfSeveralSegmentsWithAPrecision_IsReadAsAnyOther()
    {
        SchemeCase scheme = SegmentModels.Smallest;
        int length = SegmentModels.SegmentLength(scheme.Parameters) + 100;
        ModelLayout layout = SegmentModels.Layout(length);
        var terms = new AggregationTerms(
            layout, EncryptionMask.All(layout), Weighting.Clear, 10, new TransferPrecision(bits: 6, contributors: 3));
        using var setting = new Setting(scheme, terms);
        using EncryptedModelUpdate assembled = setting.Assemble(TestModels.Random(layout, 1), 3);
        using EncryptedModelUpdate read = setting.Reader.Read(TestFederation.Bytes(assembled.WriteTo));

        read.SegmentCount.Should().Be(2).And.Be(setting.Assembler.SegmentCount);
        setting.Assembler.SegmentLength(1).Should().Be(100);
        read.EncodedLength.Should().Be(assembled.EncodedLength);
    }

    [Fact]
    public void Assemble_OfVectorsThatAreNotThoseOfTheTerms_IsRefused()
    {
        using var setting = new Setting(SchemeCase.Named("ckks-aggregation-seeded"), Terms());
        using KeyPair other = setting.Context.GenerateKeyPair();
        var values = new double[setting.Assembler.SegmentLength(0)];
        IEncryptor encryptor = setting.Context.CreateEncryptor(other.PublicKey);
        using EncryptedVector shorter = encryptor.Encrypt(values.AsSpan(1), maxAbs: 1);
        using EncryptedVector larger = encryptor.Encrypt(values, maxAbs: 2);
        using EncryptedVector fresh = encryptor.Encrypt(values, maxAbs: 1);
        using EncryptedVector sum = Twice(setting.Context, fresh);

        foreach (EncryptedVector wrong in (EncryptedVector[])[shorter, larger, sum])
        {
            Action assemble = () => setting.Assembler.Assemble([wrong], [], 1, TestFederation.Slot(1));
            assemble.Should().Throw<HeMismatchException>();
        }

        Action nothing = () => setting.Assembler.Assemble([], [], 1, TestFederation.Slot(1));
        nothing.Should().Throw<ArgumentException>();
        Action heavy = () => setting.Assembler.Assemble([fresh], [], 1001, TestFederation.Slot(1));
        heavy.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(1.0000001)]
    [InlineData(double.NegativeInfinity)]
    public void Assemble_OfClearValuesOutsideTheirRange_IsRefused(double wrong)
    {
        var terms = new AggregationTerms(Layout, EncryptionMask.Layers(Layout, "conv"), Weighting.Clear, 1000);
        using var setting = new Setting(SchemeCase.Plain, terms);
        double[] clear = new double[terms.Mask.ClearCount];
        clear[3] = wrong;
        using EncryptedVector vector = setting.Context.CreateEncryptor(setting.Keys.PublicKey)
            .Encrypt(new double[setting.Assembler.SegmentLength(0)], maxAbs: 1);

        Action assemble = () => setting.Assembler.Assemble([vector], clear, 1, TestFederation.Slot(1));

        assemble.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void CopyValues_OfHiddenWeights_BeginWithTheFactorAndAreMultipliedByIt()
    {
        var terms = new AggregationTerms(Layout, EncryptionMask.All(Layout), Weighting.Hidden, 1000);
        using var setting = new Setting(SchemeCase.Plain, terms);
        ModelParameters model = TestModels.Random(Layout, 1);
        var values = new double[setting.Assembler.SegmentLength(0)];
        var whole = new double[values.Length];
        setting.Assembler.CopyValuesTo(model, 250, segment: 0, values);
        setting.Assembler.CopyValuesTo(model, 1000, segment: 0, whole);

        values[0].Should().Be(0.25);
        values.Should().Equal(whole.Select(value => value / 4));
        Action tooFew = () => setting.Assembler.CopyValuesTo(model, 250, segment: 0, values.AsSpan(1));
        tooFew.Should().Throw<ArgumentException>();
    }

    private static AggregationTerms Terms() => new(Layout, EncryptionMask.All(Layout), Weighting.Clear, 1000);

    private static EncryptedVector Twice(HeContext context, EncryptedVector vector)
    {
        using IAccumulator sum = context.Public.Evaluator.CreateAccumulator(vector.Length);
        sum.Add(vector, 2);
        return sum.Complete();
    }

    private sealed class Setting : IDisposable
    {
        private readonly AggregationTerms _terms;
        private readonly IEncryptor _encryptor;

        public Setting(SchemeCase scheme, AggregationTerms terms)
        {
            _terms = terms;
            Context = scheme.CreateContext();
            Keys = Context.GenerateKeyPair();
            _encryptor = Context.CreateEncryptor(scheme.Form == VectorForm.Seeded ? Keys.SecretKey : Keys.PublicKey);
            Assembler = new UpdateAssembler(Context.Public, terms);
            Encryptor = new UpdateEncryptor(_encryptor, Context.Public, terms);
            Reader = new UpdateReader(Context.Public, terms);
        }

        public HeContext Context { get; }

        public KeyPair Keys { get; }

        public UpdateAssembler Assembler { get; }

        public UpdateEncryptor Encryptor { get; }

        public UpdateReader Reader { get; }

        /// <summary>Largest error bound of any tensor in the last average.</summary>
        public double LargestError { get; private set; }

        public EncryptedModelUpdate Assemble(ModelParameters model, long weight)
        {
            EncryptedVector[] vectors = [.. Enumerable.Range(0, Assembler.SegmentCount).Select(segment =>
            {
                var values = new double[Assembler.SegmentLength(segment)];
                Assembler.CopyValuesTo(model, weight, segment, values);
                return _encryptor.Encrypt(values, maxAbs: 1);
            })];
            var clear = new double[_terms.Mask.ClearCount];
            Assembler.CopyClearValuesTo(model, clear);
            return Assembler.Assemble(vectors, clear, weight, TestFederation.Slot(4));
        }

        /// <summary>The average over one update: its model.</summary>
        public double[] Average(EncryptedModelUpdate update)
        {
            using var aggregator = new UpdateAggregator(Context.Public, _terms);
            aggregator.FoldIn(update);
            using EncryptedAggregate aggregate = aggregator.Complete();
            AveragedModel average = new AggregateDecryptor(Context.CreateDecryptor(Keys.SecretKey), _terms)
                .Decrypt(aggregate, TestModels.Random(_terms.Layout, 1));
            LargestError = average.ErrorBounds.Max();
            var flat = new double[_terms.Layout.ParameterCount];
            new TensorFlattener(_terms.Layout, BoundPolicy.Clamp).Flatten(average.Parameters, flat);
            return flat;
        }

        public void Dispose()
        {
            Keys.Dispose();
            Context.Dispose();
        }
    }
}
