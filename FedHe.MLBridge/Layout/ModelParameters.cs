using System.Numerics.Tensors;
using FedHe.Crypto.Kernels.Values;
using FedHe.Crypto.Random;
using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Layout;

/// <summary>
/// Model parameters are the named tensors of a model in their native element types. They are immutable.
/// </summary>
/// <remarks>
/// Floating tensors are averaged; the others are buffers, which never leave their client. Each tensor is one array; all together may be longer than an array.
/// </remarks>
public sealed class ModelParameters : IFlatModel
{
    private readonly Array[] _tensors;

    internal ModelParameters(ModelLayout layout, Array[] tensors)
    {
        Layout = layout;
        _tensors = tensors;
    }

    /// <summary>The layout of the model.</summary>
    public ModelLayout Layout { get; }

    /// <summary>Creates a builder for a model of a layout; every tensor of the layout must be set.</summary>
    public static ModelParametersBuilder CreateBuilder(ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new ModelParametersBuilder(layout);
    }

    /// <summary>Returns the same tensors under another layout, which may have other bounds and other local tensors. Nothing is copied.</summary>
    /// <param name="layout">The layout.</param>
    /// <exception cref="ArgumentException">The layout has other names, element types or shapes, or another order.</exception>
    public ModelParameters As(ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return layout.Tensors.Length == Layout.Tensors.Length && layout.Tensors.Zip(Layout.Tensors).All(pair => pair.First.IsLike(pair.Second))
            ? new ModelParameters(layout, _tensors)
            : throw Throw.OtherTensors(nameof(layout));
    }

    /// <summary>Returns the elements of a tensor in row-major order.</summary>
    /// <typeparam name="T">
    /// The .NET type of the elements: float, double, Half, long, int, byte or bool, as the layout says.
    /// </typeparam>
    /// <exception cref="ArgumentException">There is no such tensor, or it has another element type.</exception>
    public ReadOnlySpan<T> Get<T>(string name)
        where T : unmanaged
    {
        int index = Layout.IndexOf(name);
        return Layout.Tensors[index].ElementType.IsHeldBy<T>()
            ? (T[])_tensors[index]
            : throw Throw.WrongElementType(Layout.Tensors[index].Name, typeof(T), nameof(T));
    }

    /// <summary>Returns a tensor in its shape; a scalar has the shape [1].</summary>
    /// <typeparam name="T">
    /// The .NET type of the elements: float, double, Half, long, int, byte or bool, as the layout says.
    /// </typeparam>
    /// <exception cref="ArgumentException">There is no such tensor, or it has another element type.</exception>
    public ReadOnlyTensorSpan<T> GetTensor<T>(string name)
        where T : unmanaged
    {
        ReadOnlySpan<T> values = Get<T>(name);
        return new ReadOnlyTensorSpan<T>(values, TensorShape.LengthsOf(Layout[name]));
    }

    /// <summary>
    /// Returns the bit patterns of a bfloat16 tensor in row-major order, because .NET 10 has no bfloat16 type.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such tensor, or it has another element type.</exception>
    public ReadOnlySpan<ushort> GetBFloat16Bits(string name)
    {
        int index = Layout.IndexOf(name);
        return Layout.Tensors[index].ElementType == ElementType.BFloat16
            ? (ushort[])_tensors[index]
            : throw Throw.WrongElementType(Layout.Tensors[index].Name, typeof(ushort), nameof(name));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The range does not lie within the flat vector.</exception>
    public void CopyFlatTo(long start, Span<double> destination)
    {
        if (start < 0 || start > Layout.ParameterCount - destination.Length)
        {
            throw Throw.WrongFlatRange(Layout.ParameterCount, nameof(start));
        }

        while (!destination.IsEmpty)
        {
            TensorRun run = Layout.RunAt(start, destination.Length);
            Widen(_tensors[run.TensorIndex], run, Layout.Tensors[run.TensorIndex].ElementType, destination[..run.Length]);
            destination = destination[run.Length..];
            start += run.Length;
        }
    }

    /// <summary>
    /// Tells whether every element of a part of a tensor is known to be within the tensor's bound, where the elements can be
    /// compared without being widened first.
    /// </summary>
    internal bool AreWithinBound(TensorRun run)
    {
        double bound = Layout.Tensors[run.TensorIndex].Bound;
        return _tensors[run.TensorIndex] switch
        {
            // Bounds are rounded to their tensor's element type.
            float[] singles => ValueKernel.AreWithin<float>(singles.AsSpan((int)run.Start, run.Length), (float)bound),
            double[] doubles => ValueKernel.AreWithin<double>(doubles.AsSpan((int)run.Start, run.Length), bound),
            _ => false,
        };
    }

    /// <summary>Appends the elements of every floating tensor to a hasher, as they lie in memory.</summary>
    internal void AppendTo(PlaintextHasher hasher, int maxDegreeOfParallelism)
    {
        for (int i = 0; i < _tensors.Length; i++)
        {
            if (Layout.Tensors[i].IsAggregated)
            {
                Append(_tensors[i], hasher, maxDegreeOfParallelism);
            }
        }
    }

    internal Array GetData(int tensorIndex) => _tensors[tensorIndex];

    private static void Append(Array elements, PlaintextHasher hasher, int maxDegreeOfParallelism)
    {
        switch (elements)
        {
            case float[] singles:
                hasher.Append<float>(singles, maxDegreeOfParallelism);
                break;
            case Half[] halves:
                hasher.Append<Half>(halves, maxDegreeOfParallelism);
                break;
            case ushort[] bits:
                hasher.Append<ushort>(bits, maxDegreeOfParallelism);
                break;
            default:
                hasher.Append<double>((double[])elements, maxDegreeOfParallelism);
                break;
        }
    }

    private static void Widen(Array source, TensorRun run, ElementType type, Span<double> destination)
    {
        switch (type)
        {
            case ElementType.Float32:
                ValueKernel.CopyWidened<float>(((float[])source).AsSpan((int)run.Start, run.Length), destination);
                break;
            case ElementType.Float16:
                TensorPrimitives.ConvertChecked<Half, double>(((Half[])source).AsSpan((int)run.Start, run.Length), destination);
                break;
            case ElementType.BFloat16:
                ReadOnlySpan<ushort> bits = ((ushort[])source).AsSpan((int)run.Start, run.Length);
                for (int i = 0; i < bits.Length; i++)
                {
                    destination[i] = FloatingFormat.FromBFloat16Bits(bits[i]);
                }

                break;
            default:
                ((double[])source).AsSpan((int)run.Start, run.Length).CopyTo(destination);
                break;
        }
    }
}
