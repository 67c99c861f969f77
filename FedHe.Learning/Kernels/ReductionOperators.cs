using System.Numerics.Tensors;

namespace FedHe.Learning.Kernels;

/// <summary>The sum operator adds values up.</summary>
internal readonly struct SumOperator : IReductionOperator
{
    public static float Identity => 0;

    public static float Combine(float accumulated, float value) => accumulated + value;

    public static float Reduce(ReadOnlySpan<float> values) => TensorPrimitives.Sum(values);

    public static void Accumulate(ReadOnlySpan<float> values, Span<float> accumulator) =>
        TensorPrimitives.Add(accumulator, values, accumulator);
}

/// <summary>The maximum operator keeps the largest value.</summary>
internal readonly struct MaxOperator : IReductionOperator
{
    public static float Identity => float.NegativeInfinity;

    public static float Combine(float accumulated, float value) => MathF.Max(accumulated, value);

    public static float Reduce(ReadOnlySpan<float> values) => TensorPrimitives.Max(values);

    public static void Accumulate(ReadOnlySpan<float> values, Span<float> accumulator) =>
        TensorPrimitives.Max(accumulator, values, accumulator);
}
