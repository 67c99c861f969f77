using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Tests.Adapters;

/// <summary>Small models with adapters.</summary>
internal static class AdapterModels
{
    public const string A = "model.q_proj.lora_A.weight";
    public const string B = "model.q_proj.lora_B.weight";

    public static ModelLayout LayoutOf(int rank) => new(
        new TensorSpec("model.embed.weight", ElementType.Float32, [5, 3], 1),
        new TensorSpec(A, ElementType.Float32, [rank, 3], 4),
        new TensorSpec(B, ElementType.Float64, [2, rank], 4),
        new TensorSpec("model.steps", ElementType.Int64, [1]));

    /// <summary>Returns a model whose adapters count up from two numbers.</summary>
    public static ModelParameters Of(int rank, float a, double b) => ModelParameters.CreateBuilder(LayoutOf(rank))
        .Set<float>("model.embed.weight", Enumerable.Repeat(0.5f, 15).ToArray())
        .Set<float>(A, Enumerable.Range(0, rank * 3).Select(i => a + (i / 8f)).ToArray())
        .Set<double>(B, Enumerable.Range(0, 2 * rank).Select(i => b - (i / 8.0)).ToArray())
        .Set<long>("model.steps", [3])
        .Build();
}
