using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Sensitivity;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;
using FedHe.TestKit.Schemes;

namespace FedHe.MLBridge.Tests.Sensitivity;

public sealed class SensitivityTermsTests
{
    private const int Clients = 5;
    private const long MaxWeight = 1000;

    private static readonly ModelLayout Layout = new(
        new TensorSpec("conv.weight", ElementType.Float32, [40, 25], 0.5),
        new TensorSpec("conv.bias", ElementType.BFloat16, [40], 2),
        new TensorSpec("conv.steps", ElementType.Int64, [1]),
        new TensorSpec("fc.weight", ElementType.Float16, [10, 17], 1));

    // Their noise or their few bits leave no room for 8 bits of five maps.
    private static readonly string[] TooCoarse =
        [SchemeRegistry.CkksSmallest.Name, SchemeRegistry.CkksSmallestSlots.Name, SchemeRegistry.CkksExactFields.Name];

    public static TheoryData<string, VectorForm> Schemes
    {
        get
        {
            var data = new TheoryData<string, VectorForm>();
            foreach (SchemeUnderTest scheme in SchemeRegistry.All)
            {
                data.Add(scheme.Name, VectorForm.Seeded);
                data.Add(scheme.Name, VectorForm.Full);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Decode_SumOfFiveMaps_IsThatOfTheQuantizedMapsOnEveryScheme(string scheme, VectorForm form)
    {
        SchemeCase subject = SegmentModels.Case(SchemeRegistry.All.Single(each => each.Name == scheme), form);
        using HeContext context = subject.CreateContext();
        if (TooCoarse.Contains(scheme))
        {
            Action act = () => SensitivityTerms.Create(context.Public, Layout, Clients, MaxWeight, form);
            act.Should().Throw<PlanRefusedException>().Which.Error.Should().Be(PlanError.PrecisionBelowRequired);
            return;
        }

        var terms = SensitivityTerms.Create(context.Public, Layout, Clients, MaxWeight, form);
        IFlatModel[] maps = [.. Enumerable.Range(1, Clients).Select(i => terms.Quantize(RandomMap(seed: i), weight: 200 * i))];
        using var federation = new TestFederation(subject, terms.Terms);
        byte[] aggregate = federation.Aggregate(maps.Select((map, i) => federation.StreamedUpload(map, weight: 1, i)));

        GlobalSensitivity sensitivity = terms.Decode(federation.Download(aggregate, Zero(terms)));

        terms.Bits.Should().BeInRange(SensitivityTerms.LeastBits, SensitivityTerms.MostBits);
        uint[] expected = Sum(maps);
        sensitivity.Values.ToArray().Should().Equal(expected);
        var policy = MaskPolicy.Parse("top(0.3) | biases | cap(0.5, last)");
        policy.Select(sensitivity).Digest.Should().Be(policy.Select(new GlobalSensitivity(Layout, expected)).Digest);
    }

    [Fact]
    public void Decode_FewerClientsThanPlanned_IsExactToo()
    {
        SchemeCase subject = SegmentModels.Case(SchemeRegistry.CkksAggregation, VectorForm.Seeded);
        using HeContext context = subject.CreateContext();
        var terms = SensitivityTerms.Create(context.Public, Layout, Clients, MaxWeight, VectorForm.Seeded);
        IFlatModel[] maps = [.. Enumerable.Range(1, 3).Select(i => terms.Quantize(RandomMap(seed: i), weight: 700))];
        using var federation = new TestFederation(subject, terms.Terms);
        byte[] aggregate = federation.Aggregate(maps.Select((map, i) => federation.StreamedUpload(map, weight: 1, i)));

        terms.Decode(federation.Download(aggregate, Zero(terms))).Values.ToArray().Should().Equal(Sum(maps));
    }

    [Theory]
    [InlineData(VectorForm.Seeded)]
    [InlineData(VectorForm.Full)]
    public void Create_WhereBitsCanBeLeftOut_LeavesOutAsManyAsTheSumStaysExactWithout(VectorForm form)
    {
        using HeContext context = SegmentModels.Case(SchemeRegistry.CkksAggregation, form).CreateContext();
        var terms = SensitivityTerms.Create(context.Public, Layout, Clients, MaxWeight, form);

        TransferPrecision precision = terms.Terms.Precision!;
        AggregationPlan plan = Plan(precision);
        (Clients * plan.ErrorBounds.Max()).Should().BeLessThan(0.5);
        (Clients * Plan(new TransferPrecision(precision.Bits - 1, Clients)).ErrorBounds.Max()).Should().BeGreaterThanOrEqualTo(0.5);
        plan.UploadBytes.Should().BeLessThan(Plan(null).UploadBytes);
        plan.DownloadBytes.Should().BeLessThanOrEqualTo(Plan(null).DownloadBytes);
        SensitivityTerms.Of(terms.Terms, Layout, MaxWeight).Terms.Should().Be(terms.Terms);

        AggregationPlan Plan(TransferPrecision? promised) => AggregationPlan.Create(
            context.Public,
            new AggregationTerms(terms.Terms.Layout, terms.Terms.Mask, Weighting.Clear, maxWeight: 1, promised),
            Clients,
            totalWeight: Clients,
            form,
            requiredPrecisionBits: 0);
    }

    [Fact]
    public void Create_WhereNothingCanBeLeftOut_PromisesNoPrecision()
        => SensitivityTerms.Create(SchemeRegistry.Plain.Context.Public, Layout, Clients, MaxWeight, VectorForm.Full)
            .Terms.Precision.Should().BeNull();

    [Fact]
    public void Quantize_Values_AreMultiplesOfTheMeanWithHeavyTailsCutOff()
    {
        var terms = SensitivityTerms.Create(SchemeRegistry.Plain.Context.Public, TestModels.Line(2048), Clients, MaxWeight, VectorForm.Full);
        terms.Bits.Should().Be(20);
        var values = new float[2048];
        values.AsSpan().Fill(0.5f);
        values[0] = 0;
        values[1] = 1e9f;
        var map = new SensitivityMap(TestModels.Line(2048), values);

        double[] whole = Values(terms.Quantize(map, MaxWeight));
        double[] half = Values(terms.Quantize(map, MaxWeight / 2));

        // 1e9 is almost 2048 times the mean; 1024 times is as much as counts.
        whole[..2].Should().Equal(0, 1 << 20);
        half[..2].Should().Equal(0, 1 << 19);
        whole.Should().OnlyContain(value => value == Math.Round(value));
    }

    [Fact]
    public void Quantize_OrdinaryMap_DoesNotDependOnItsScale()
    {
        var terms = SensitivityTerms.Create(SchemeRegistry.Plain.Context.Public, Layout, Clients, MaxWeight, VectorForm.Full);
        SensitivityMap map = RandomMap(seed: 1);
        var scaled = new SensitivityMap(Layout, [.. map.Values.ToArray().Select(value => 1024 * value)]);

        double[] expected = [.. map.Values.ToArray().Select(value => Math.Round(0.25 * Math.Min(value / map.Mean, 1024) * 1024))];
        Values(terms.Quantize(map, MaxWeight / 4)).Should().Equal(expected);
        Values(terms.Quantize(scaled, MaxWeight / 4)).Should().Equal(expected);
    }

    [Fact]
    public void Quantize_WeightOutOfRangeOrMapOfAnotherModel_IsRefused()
    {
        var terms = SensitivityTerms.Create(SchemeRegistry.Plain.Context.Public, Layout, Clients, MaxWeight, VectorForm.Full);
        Action zero = () => terms.Quantize(RandomMap(seed: 1), weight: 0);
        Action large = () => terms.Quantize(RandomMap(seed: 1), MaxWeight + 1);
        Action other = () => terms.Quantize(new SensitivityMap(TestModels.Line(2), [1f, 2f]), weight: 1);

        zero.Should().Throw<ArgumentOutOfRangeException>();
        large.Should().Throw<ArgumentOutOfRangeException>();
        other.Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Decode_SharesThatRoundToNothing_IsRefused()
    {
        var terms = SensitivityTerms.Create(
            SchemeRegistry.Plain.Context.Public, Layout, Clients, AggregationTerms.LargestTotalWeight, VectorForm.Full);
        double[] tiny = Values(terms.Quantize(RandomMap(seed: 1), weight: 1));
        tiny.Should().OnlyContain(value => value == 0);

        Action act = () => terms.Decode(Average(terms, error: 0));

        act.Should().Throw<HeCapacityException>().WithMessage("*largest weight*");
    }

    [Fact]
    public void Decode_ErrorOfHalfAStepOrOtherTerms_IsRefused()
    {
        var terms = SensitivityTerms.Create(SchemeRegistry.Plain.Context.Public, Layout, Clients, MaxWeight, VectorForm.Full);
        var other = SensitivityTerms.Create(SchemeRegistry.Plain.Context.Public, TestModels.Line(3), Clients, MaxWeight, VectorForm.Full);

        Action noisy = () => terms.Decode(Average(terms, error: 0.5 / Clients));
        Action foreign = () => terms.Decode(Average(other, error: 0));

        noisy.Should().Throw<HeCapacityException>().WithMessage("*half a step*");
        foreign.Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Create_ManyClients_KeepsTheSumWithin32Bits()
    {
        var terms = SensitivityTerms.Create(SchemeRegistry.Plain.Context.Public, Layout, clients: 100_000, MaxWeight, VectorForm.Full);

        terms.Bits.Should().Be(15);
    }

    [Fact]
    public void Of_TermsOfAnotherParty_UnderstandsThemAndNoOthers()
    {
        var terms = SensitivityTerms.Create(SchemeRegistry.CkksExact.Context.Public, Layout, Clients, MaxWeight, VectorForm.Seeded);

        SensitivityTerms.Of(terms.Terms, Layout, MaxWeight).Bits.Should().Be(terms.Bits);
        Action model = () => SensitivityTerms.Of(terms.Terms, TestModels.Line(3), MaxWeight);
        Action training = () => SensitivityTerms.Of(
            new AggregationTerms(Layout, EncryptionMask.All(Layout), Weighting.Clear, MaxWeight), Layout, MaxWeight);
        model.Should().Throw<HeMismatchException>();
        training.Should().Throw<HeMismatchException>();
    }

    private static SensitivityMap RandomMap(int seed)
    {
        var random = new Random(seed);

        // Log-normal, as gradients are.
        return new SensitivityMap(Layout, [.. Enumerable.Range(0, Layout.ToArrayLength()).Select(_ => (float)Math.Exp(
            (2 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())) - seed))]);
    }

    private static double[] Values(IFlatModel model)
    {
        var values = new double[model.Layout.ParameterCount];
        model.CopyFlatTo(0, values);
        return values;
    }

    private static uint[] Sum(IFlatModel[] maps)
    {
        double[][] values = [.. maps.Select(Values)];
        return [.. Enumerable.Range(0, Layout.ToArrayLength()).Select(i => (uint)values.Sum(map => map[i]))];
    }

    private static ModelParameters Zero(SensitivityTerms terms) => TestModels.Create(terms.Terms.Layout, (_, _) => 0);

    private static AveragedModel Average(SensitivityTerms terms, double error)
        => new(Zero(terms), [.. Enumerable.Repeat(error, terms.Terms.Layout.Tensors.Length)], Clients, Clients, IsTotalWeightExact: true);
}
