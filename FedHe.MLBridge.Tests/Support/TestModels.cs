using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Tests.Support;

/// <summary>Layouts and models that the tests share.</summary>
internal static class TestModels
{
    /// <summary>Every element type, odd shapes, and bounds of different magnitude: small enough for exhaustive tampering.</summary>
    public static ModelLayout SmallLayout { get; } = new(
        new TensorSpec("conv.weight", ElementType.Float32, [2, 1, 3], 0.75),
        new TensorSpec("conv.bias", ElementType.Float64, [2], 1e-3),
        new TensorSpec("norm.num_batches_tracked", ElementType.Int64, []),
        new TensorSpec("norm.weight", ElementType.Float16, [3, 1], 2),
        new TensorSpec("norm.mode", ElementType.UInt8, [2]),
        new TensorSpec("head.weight", ElementType.BFloat16, [1, 5], 0.1),
        new TensorSpec("head.index", ElementType.Int32, [2, 2]),
        new TensorSpec("head.frozen", ElementType.Boolean, [1]),
        new TensorSpec("temperature", ElementType.Float32, [], 100));

    /// <summary>The multi-layer perceptron 784-100-10 of the paper: 79,510 parameters, and a counter.</summary>
    public static ModelLayout Perceptron { get; } = new(
        new TensorSpec("fc1.weight", ElementType.Float32, [100, 784], 0.5),
        new TensorSpec("fc1.bias", ElementType.Float32, [100], 0.5),
        new TensorSpec("norm.num_batches_tracked", ElementType.Int64, []),
        new TensorSpec("fc2.weight", ElementType.Float32, [10, 100], 1),
        new TensorSpec("fc2.bias", ElementType.Float32, [10], 4));

    /// <summary>Seven billion values and three, in tensors of which two have more elements than an array.</summary>
    public static ModelLayout Billions { get; } = new(
        new TensorSpec("embed", ElementType.BFloat16, [3000, 1_000_000], 1),
        new TensorSpec("body", ElementType.BFloat16, [4000, 1_000_000], 1),
        new TensorSpec("head", ElementType.Float32, [3], 1));

    /// <summary>One tensor of one dimension.</summary>
    public static ModelLayout Line(int length) => new(new TensorSpec("w", ElementType.Float32, [length], 1));

    /// <summary>A model within its bounds, with values at both bounds and zero among them.</summary>
    public static ModelParameters Random(ModelLayout layout, int seed)
    {
        var random = new Random(seed);
        return Create(layout, (_, _) => random.Next(8) switch
        {
            0 => 1,
            1 => -1,
            2 => 0,
            _ => (2 * random.NextDouble()) - 1,
        }, seed);
    }

    /// <summary>A model whose floating values are given as fractions of their bound, by tensor and index.</summary>
    public static ModelParameters Create(ModelLayout layout, Func<TensorSpec, int, double> fraction, int bufferSeed = 0)
    {
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(layout);
        var random = new Random(bufferSeed);
        foreach (TensorSpec tensor in layout.Tensors)
        {
            double[] values = [.. Enumerable.Range(0, tensor.ToArrayLength()).Select(i => fraction(tensor, i) * tensor.Bound)];
            _ = tensor.ElementType switch
            {
                ElementType.Float32 => builder.Set<float>(tensor.Name, [.. values.Select(value => (float)value)]),
                ElementType.Float64 => builder.Set<double>(tensor.Name, values),
                ElementType.Float16 => builder.Set<Half>(tensor.Name, [.. values.Select(value => (Half)value)]),
                ElementType.BFloat16 => builder.SetBFloat16Bits(tensor.Name, [.. values.Select(ToBFloat16)]),
                ElementType.Int64 => builder.Set<long>(tensor.Name, [.. values.Select(_ => random.NextInt64())]),
                ElementType.Int32 => builder.Set<int>(tensor.Name, [.. values.Select(_ => random.Next())]),
                ElementType.UInt8 => builder.Set<byte>(tensor.Name, [.. values.Select(_ => (byte)random.Next())]),
                _ => builder.Set<bool>(tensor.Name, [.. values.Select(_ => random.Next(2) == 1)]),
            };
        }

        return builder.Build();
    }

    /// <summary>The values of a floating tensor as doubles.</summary>
    public static double[] Values(ModelParameters model, TensorSpec tensor) => tensor.ElementType switch
    {
        ElementType.Float32 => [.. model.Get<float>(tensor.Name).ToArray().Select(value => (double)value)],
        ElementType.Float16 => [.. model.Get<Half>(tensor.Name).ToArray().Select(value => (double)value)],
        ElementType.BFloat16 => [.. model.GetBFloat16Bits(tensor.Name).ToArray().Select(FromBFloat16)],
        _ => model.Get<double>(tensor.Name).ToArray(),
    };

    /// <summary>Truncation towards zero stays within the bound; the tests only need some bfloat16 near the value.</summary>
    private static ushort ToBFloat16(double value) => (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16);

    private static double FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
