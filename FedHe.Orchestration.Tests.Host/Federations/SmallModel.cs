using FedHe.MLBridge.Layout;

namespace FedHe.Orchestration.Tests.Host.Federations;

/// <summary>A small model: two tensors and a counter that never leaves its client.</summary>
public static class SmallModel
{
    private const double Bound = 4;
    private const int Weights = 8;

    /// <summary>The layout of the model.</summary>
    public static ModelLayout Layout { get; } = new(
        new TensorSpec("weights", ElementType.Float64, [Weights], Bound),
        new TensorSpec("bias", ElementType.Float64, [2], Bound),
        new TensorSpec("steps", ElementType.Int64, [1]));

    /// <summary>The model that all clients start from.</summary>
    public static ModelParameters Initial { get; } = Of([.. Enumerable.Range(0, Weights + 2).Select(i => 3 * Math.Sin(1 + (0.7 * i)))], steps: 0);

    /// <summary>A model with some values.</summary>
    public static ModelParameters Of(IReadOnlyList<double> values, long steps) => ModelParameters.CreateBuilder(Layout)
        .Set<double>("weights", [.. values.Take(Weights)])
        .Set<double>("bias", [.. values.Skip(Weights)])
        .Set<long>("steps", [steps])
        .Build();

    /// <summary>The values of a model.</summary>
    public static double[] ValuesOf(ModelParameters model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return [.. model.Get<double>("weights"), .. model.Get<double>("bias")];
    }
}
