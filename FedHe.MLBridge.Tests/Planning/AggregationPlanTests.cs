using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Planning;

public sealed class AggregationPlanTests
{
    private static readonly ModelLayout Layout = TestModels.Perceptron;

    public static TheoryData<string, Weighting> Schemes => SchemeCase.NamesAndWeightings;

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Plan_OfARound_EqualsWhatTheRoundIsLike(string scheme, Weighting weighting)
        => AssertPlan(SchemeCase.Named(scheme), new AggregationTerms(Layout, EncryptionMask.All(Layout), weighting, 1000));

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Plan_WithStatedPrecision_EqualsWhatTheRoundIsLike(string scheme, Weighting weighting)
        => AssertPlan(
            SchemeCase.Named(scheme),
            new AggregationTerms(Layout, EncryptionMask.All(Layout), weighting, 1000, new TransferPrecision(20, contributors: 3)));

    [Theory]
    [MemberData(nameof(SchemeCase.Names), MemberType = typeof(SchemeCase))]
    public void Plan_WithLayersInClear_EqualsWhatTheRoundIsLike(string scheme)
    {
        AssertPlan(SchemeCase.Named(scheme), new AggregationTerms(Layout, EncryptionMask.Layers(Layout, "fc2"), Weighting.Clear, 1000));
        AssertPlan(SchemeCase.Named(scheme), new AggregationTerms(Layout, EncryptionMask.InsecureNone(Layout), Weighting.Clear, 1000));
    }

    [Fact]
    public void Plan_BeyondTheModulus_IsRefusedWithTheLargestTotalWeight()
    {
        SchemeCase scheme = SchemeCase.Named("ckks-aggregation-seeded");
        using HeContext context = scheme.CreateContext();
        var terms = new AggregationTerms(Layout, EncryptionMask.All(Layout), Weighting.Clear, 100_000);
        Func<long, AggregationPlan> plan = total => AggregationPlan.Create(context.Public, terms, 10, total, scheme.Form);
        PlanRefusedException refusal = plan.Invoking(p => p(500_000)).Should().Throw<PlanRefusedException>().Which;
        refusal.Error.Should().Be(PlanError.WeightsExceedCapacity);
        plan(refusal.MaxTotalWeight).WeightHeadroom.Should().Be(0);
        plan.Invoking(p => p(refusal.MaxTotalWeight + 1)).Should().Throw<PlanRefusedException>();
        plan(1000).WeightHeadroom.Should().Be(refusal.MaxTotalWeight - 1000);
    }

    [Fact]
    public void Plan_WithTooLittlePrecision_IsRefused()
    {
        SchemeCase scheme = SchemeCase.Named("ckks-aggregation-public");
        using HeContext context = scheme.CreateContext();
        var clear = new AggregationTerms(Layout, EncryptionMask.All(Layout), Weighting.Clear, 1000);
        var drowned = new AggregationTerms(Layout, EncryptionMask.All(Layout), Weighting.Hidden, AggregationTerms.LargestTotalWeight);
        Action demanding = () => AggregationPlan.Create(context.Public, clear, 3, 900, scheme.Form, requiredPrecisionBits: 30);
        Action drowning = () => AggregationPlan.Create(context.Public, drowned, 3, 900, scheme.Form);
        demanding.Should().Throw<PlanRefusedException>().Which.Error.Should().Be(PlanError.PrecisionBelowRequired);
        drowning.Should().Throw<PlanRefusedException>().Which.Error.Should().Be(PlanError.PrecisionBelowRequired);
    }

    [Fact]
    public void Plan_OfAModelTooLargeForAMessage_SaysSo()
    {
        using HeContext context = SchemeCase.Plain.CreateContext();
        var layout = new ModelLayout(new TensorSpec("w", ElementType.Float32, [1 << 28], 1));
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Clear, 1000);
        var plan = AggregationPlan.Create(context.Public, terms, 3, 900, VectorForm.Full);
        plan.UploadBytes.Should().BeGreaterThan(8L << 28);
        plan.FitsMessages.Should().BeFalse();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 2)]
    [InlineData(3, 3001)]
    public void Plan_WithContradictingFigures_IsRefused(int clients, long totalWeight)
    {
        using HeContext context = SchemeCase.Plain.CreateContext();
        var terms = new AggregationTerms(Layout, EncryptionMask.All(Layout), Weighting.Clear, 1000);
        Action plan = () => AggregationPlan.Create(context.Public, terms, clients, totalWeight, VectorForm.Full);
        plan.Should().Throw<ArgumentOutOfRangeException>();
    }

    private static void AssertPlan(SchemeCase scheme, AggregationTerms terms)
    {
        // The least favorable weights of three clients with this total, which is what a plan must reckon with.
        long[] weights = [1000, 500, 1];
        using var federation = new TestFederation(scheme, terms);
        AggregationPlan plan = AggregationPlan.Create(federation.Context.Public, terms, weights.Length, weights.Sum(), scheme.Form);
        ModelParameters model = TestModels.Random(Layout, 1);
        byte[][] uploads = [.. weights.Select((weight, client) =>
        {
            var slot = new UploadSlot(TestFederation.JobId, 1, 1, new ClientId(new string((char)('a' + client), ClientId.MaxLength)));
            using EncryptedModelUpdate update = federation.Encryptor.Encrypt(model, weight, slot);
            update.Receipt.CiphertextCount.Should().Be(plan.CiphertextCount);
            return TestFederation.Bytes(update.WriteTo);
        })];
        uploads.Should().AllSatisfy(upload => upload.Length.Should().Be((int)plan.UploadBytes));
        byte[] aggregate = federation.Aggregate(uploads);
        plan.DownloadBytes.Should().Be(aggregate.Length);
        AveragedModel averaged = federation.Download(aggregate, model);
        for (int i = 0; i < plan.ErrorBounds.Length; i++)
        {
            averaged.ErrorBounds[i].Should().BeLessThanOrEqualTo(plan.ErrorBounds[i] * (1 + 1e-9));
            averaged.ErrorBounds[i].Should().BeGreaterThanOrEqualTo(plan.ErrorBounds[i] * (1 - 1e-9));
        }

        plan.PlaintextBytes.Should().Be(318_040);
        plan.ServerMemoryInBytes.Should().BeGreaterThan(plan.UploadBytes);
        plan.ClientMemoryInBytes.Should().BeGreaterThan(plan.DownloadBytes);
        plan.ToString().Should().Contain(scheme.Parameters.SchemeName).And.Contain($"{plan.UploadBytes} bytes");
    }
}
