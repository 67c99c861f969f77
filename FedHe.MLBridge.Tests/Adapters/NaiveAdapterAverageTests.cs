using System.Reflection;
using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Tests.Adapters;

public sealed class NaiveAdapterAverageTests
{
    [Fact]
    public void Measure_TwoClientsWhoseProductsCancel_GivesTheGapByHand()
    {
        // Of rank 1 with one entry each: products 2 * 3 and 4 * 1, of weights 1 and 3; the products average 4.5, and the averages of the factors multiply to 3.5 * 1.5 = 5.25.
        NaiveAdapterAverage average = NaiveAdapterAverage.Measure([Single(2, 3), Single(4, 1)], [1, 3]);
        average.Gaps.Should().ContainKey("m").WhoseValue.Should().BeApproximately(0.75 / 4.5, 1e-15);
        average.LargestGap.Should().Be(average.Gaps["m"]);
    }

    [Fact]
    public void Measure_ClientsWithOneCommonHalf_HasNoGap()
    {
        NaiveAdapterAverage average = NaiveAdapterAverage.Measure([Single(2, 3), Single(2, 1)], [1, 1]);
        average.LargestGap.Should().Be(0, "this is why a round keeps one half");
    }

    [Fact]
    public void Measure_MatricesOfTwoClients_AgreesWithProductsWrittenOut()
    {
        ModelParameters[] models = [AdapterModels.Of(2, 1, -1), AdapterModels.Of(2, -0.5f, 2)];
        double[][] products = [.. models.Select(model => ProductOf(model.Get<float>(AdapterModels.A).ToArray().Select(value => (double)value).ToArray(), model.Get<double>(AdapterModels.B).ToArray()))];
        double[] a = [.. models[0].Get<float>(AdapterModels.A).ToArray().Zip(models[1].Get<float>(AdapterModels.A).ToArray(), (x, y) => ((double)x + y) / 2)];
        double[] b = [.. models[0].Get<double>(AdapterModels.B).ToArray().Zip(models[1].Get<double>(AdapterModels.B).ToArray(), (x, y) => (x + y) / 2)];
        double[] mean = [.. products[0].Zip(products[1], (x, y) => (x + y) / 2)];
        double gap = Math.Sqrt(mean.Zip(ProductOf(a, b), (x, y) => (x - y) * (x - y)).Sum() / mean.Sum(x => x * x));
        NaiveAdapterAverage.Measure(models, [1, 1]).LargestGap.Should().BeApproximately(gap, 1e-14).And.BeGreaterThan(0.1);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 1)]
    public void Measure_WithoutModelsOrWeights_IsRefused(int models, int weights)
    {
        Action measure = () => NaiveAdapterAverage.Measure(
            [.. Enumerable.Repeat(Single(1, 1), models)], [.. Enumerable.Repeat(1L, weights)]);
        measure.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Adapters_InTheWholeSurface_AreNeverStacked()
    {
        // Stacking hands every client's adapter to everyone, so no public method takes several models and returns one but the measure of a gap, which returns numbers.
        IEnumerable<MethodInfo> several = typeof(AdapterLayout).Assembly.GetExportedTypes()
            .Where(type => type.Namespace == typeof(AdapterLayout).Namespace)
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetParameters().Any(parameter => typeof(IEnumerable<ModelParameters>).IsAssignableFrom(parameter.ParameterType)));
        several.Should().ContainSingle().Which.Name.Should().Be(nameof(NaiveAdapterAverage.Measure));
        typeof(NaiveAdapterAverage).GetProperties().Should().NotContain(property => typeof(ModelParameters).IsAssignableFrom(property.PropertyType));
        typeof(AdapterRanks).GetMethods().Where(method => method.ReturnType == typeof(ModelParameters)).Select(method => method.Name)
            .Should().BeEquivalentTo(nameof(AdapterRanks.Pad), nameof(AdapterRanks.PadOnto), nameof(AdapterRanks.Cut));
    }

    private static ModelParameters Single(float a, float b) => ModelParameters.CreateBuilder(new ModelLayout(
            new TensorSpec("m.lora_A.weight", ElementType.Float32, [1, 1], 8), new TensorSpec("m.lora_B.weight", ElementType.Float32, [1, 1], 8)))
        .Set<float>("m.lora_A.weight", [a]).Set<float>("m.lora_B.weight", [b]).Build();

    private static double[] ProductOf(double[] a, double[] b)
        => [.. from row in Enumerable.Range(0, 2) from column in Enumerable.Range(0, 3) select (b[row * 2] * a[column]) + (b[(row * 2) + 1] * a[3 + column])];
}
