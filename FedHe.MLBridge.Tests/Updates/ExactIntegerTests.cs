using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Updates;

/// <summary>Averages of exact integers equal the averages of the quantized values, bit for bit.</summary>
public sealed class ExactIntegerTests
{
    private static readonly ModelLayout Layout = new(new TensorSpec("w", ElementType.Float64, [5000], bound: 1));

    [Theory]
    [InlineData(16, CkksTraffic.SeedLists, VectorForm.Seeded)]
    [InlineData(16, CkksTraffic.FullSums, VectorForm.Seeded)]
    [InlineData(12, CkksTraffic.PublicKey, VectorForm.Full)]
    public void Average_OfClearWeights_IsThatOfTheIntegers(int bits, CkksTraffic traffic, VectorForm form)
    {
        long[] weights = [40, 1, 59];
        using TestFederation federation = Federation(bits, totalWeight: 100, traffic, form, Weighting.Clear);
        ModelParameters[] models = [.. weights.Select((_, client) => TestModels.Random(Layout, client))];
        byte[] aggregate = federation.Aggregate(models.Select((model, client) => federation.Upload(model, weights[client], client)));

        AveragedModel averaged = federation.Download(aggregate, models[0]);

        double[] expected = [.. Enumerable.Range(0, 5000).Select(i =>
            Math.ScaleB(weights.Select((weight, client) => weight * Integer(models[client], i, bits)).Sum(), 1 - bits) / 100)];
        double[] averages = averaged.Parameters.Get<double>("w").ToArray();
        averages.Zip(expected).Should().OnlyContain(
            pair => Math.Abs(pair.First - pair.Second) <= Math.ScaleB(Math.Abs(pair.Second), -51), "sums are exact, quotients are rounded");
        averaged.MaxErrorBound.Should().BeApproximately(Math.ScaleB(1, -bits), 1e-12);
    }

    [Fact]
    public void Average_OfHiddenWeightsUnderThePublicKey_CountsClientsOnly()
    {
        using TestFederation federation = Federation(24, totalWeight: 3, CkksTraffic.PublicKey, VectorForm.Full, Weighting.Hidden);
        ModelParameters[] models = [.. Enumerable.Range(0, 3).Select(client => TestModels.Random(Layout, client))];
        byte[] aggregate = federation.Aggregate(models.Select((model, client) => federation.Upload(model, 900, client)));

        AveragedModel averaged = federation.Download(aggregate, models[0]);

        (averaged.TotalWeight, averaged.IsTotalWeightExact).Should().Be((2700, true));
        averaged.MaxErrorBound.Should().BeLessThan(Math.ScaleB(1.2, -24));
    }

    [Fact]
    public void Plan_OfExactIntegers_ShowsFieldsBitsAndSizes()
    {
        using TestFederation federation = Federation(16, totalWeight: 10, CkksTraffic.SeedLists, VectorForm.Seeded, Weighting.Clear);
        AggregationPlan plan = AggregationPlan.Create(federation.Context.Public, federation.Terms, clients: 10, totalWeight: 10, VectorForm.Seeded);

        plan.ToString().Should().Contain("exact integers of 16 bits, 2 in each of 4096 coefficients").And.Contain("bits a value");
        plan.PrecisionBits.Should().BeApproximately(16, 1e-6);
        (plan.CiphertextCount, plan.MaxTotalWeight).Should().Be((1, 10));
    }

    [Fact]
    public void Plan_OfPublicKeyUploads_IsRefusedWhereTheirNoiseWasNotPlanned()
    {
        using TestFederation federation = Federation(16, totalWeight: 10, CkksTraffic.SeedLists, VectorForm.Seeded, Weighting.Clear);

        FluentActions.Invoking(() => AggregationPlan.Create(federation.Context.Public, federation.Terms, 3, 3, VectorForm.Full))
            .Should().Throw<PlanRefusedException>();
    }

    private static long Integer(ModelParameters model, int index, int bits)
        => (long)Math.Round(Math.ScaleB(model.Get<double>("w")[index], bits - 1));

    private static TestFederation Federation(int bits, long totalWeight, CkksTraffic traffic, VectorForm form, Weighting weighting)
    {
        var terms = new AggregationTerms(
            Layout, EncryptionMask.All(Layout), weighting, maxWeight: 1000, new TransferPrecision(bits, contributors: 3));
        return new TestFederation(
            new SchemeCase("exact", new CkksScheme(), CkksParameters.ForExactIntegers(bits, totalWeight, traffic), form), terms);
    }
}
