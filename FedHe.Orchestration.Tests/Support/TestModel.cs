using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>A small model: two float tensors and a buffer that never leaves its client.</summary>
internal static class TestModel
{
    public const double Bound = 4;

    public static ModelLayout Layout { get; } = new(
        new TensorSpec("hidden.weight", ElementType.Float64, [5, 4], Bound),
        new TensorSpec("output.bias", ElementType.Float64, [4], Bound),
        new TensorSpec("steps", ElementType.Int64, [1]));

    /// <summary>A model whose values follow from a number, so that tests can compute what trainers return.</summary>
    public static ModelParameters Create(double seed, long steps = 0) => ModelParameters.CreateBuilder(Layout)
        .Set<double>("hidden.weight", Values(20, seed))
        .Set<double>("output.bias", Values(4, seed + 0.5))
        .Set<long>("steps", [steps])
        .Build();

    public static ModelParameters Map(ModelParameters model, Func<double, int, double> map, long steps = 0)
        => ModelParameters.CreateBuilder(Layout)
            .Set<double>("hidden.weight", [.. model.Get<double>("hidden.weight").ToArray().Select(map)])
            .Set<double>("output.bias", [.. model.Get<double>("output.bias").ToArray().Select(map)])
            .Set<long>("steps", [steps])
            .Build();

    public static double[] Flat(ModelParameters model)
        => [.. model.Get<double>("hidden.weight"), .. model.Get<double>("output.bias")];

    /// <summary>The exact weighted average, in double precision.</summary>
    public static double[] Average(IEnumerable<TrainedModel> results, long maxWeight)
    {
        var sum = new double[24];
        long total = 0;
        foreach (TrainedModel result in results)
        {
            long weight = Math.Min(result.SampleCount, maxWeight);
            total += weight;
            double[] flat = Flat(result.Parameters);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += weight * flat[i];
            }
        }

        return [.. sum.Select(value => value / total)];
    }

    private static double[] Values(int count, double seed)
        => [.. Enumerable.Range(0, count).Select(i => 3 * Math.Sin(seed + (0.7 * i)))];
}
