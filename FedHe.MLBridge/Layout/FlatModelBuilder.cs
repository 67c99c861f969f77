using FedHe.MLBridge.Kernels;

namespace FedHe.MLBridge.Layout;

/// <summary>
/// A flat model builder makes a model from averages that arrive in ranges and from the buffers of a template.
/// </summary>
internal sealed class FlatModelBuilder : IFlatModelWriter
{
    private readonly ModelLayout _layout;
    private readonly Array[] _tensors;

    public FlatModelBuilder(ModelParameters template)
    {
        _layout = template.Layout;
        // The template holds each tensor in an array, so that no index of an element exceeds an int.
        _tensors = new Array[_layout.Tensors.Length];
        for (int i = 0; i < _tensors.Length; i++)
        {
            TensorSpec tensor = _layout.Tensors[i];
            _tensors[i] = tensor.IsAggregated ? Allocate(tensor) : template.GetData(i);
        }
    }

    public void Write(long start, ReadOnlySpan<double> averages)
    {
        while (!averages.IsEmpty)
        {
            TensorRun run = _layout.RunAt(start, averages.Length);
            Narrow(averages[..run.Length], _tensors[run.TensorIndex], (int)run.Start);
            averages = averages[run.Length..];
            start += run.Length;
        }
    }

    public ModelParameters Build() => new(_layout, _tensors);

    private static Array Allocate(TensorSpec tensor) => tensor.ElementType switch
    {
        ElementType.Float32 => new float[tensor.ElementCount],
        ElementType.Float16 => new Half[tensor.ElementCount],
        ElementType.BFloat16 => new ushort[tensor.ElementCount],
        _ => new double[tensor.ElementCount],
    };

    private static void Narrow(ReadOnlySpan<double> averages, Array tensor, int start)
    {
        switch (tensor)
        {
            case float[] singles:
                FlatKernel.Narrow(averages, singles.AsSpan(start, averages.Length));
                break;
            case Half[] halves:
                Narrow(averages, halves.AsSpan(start), static value => (Half)value);
                break;
            case ushort[] bits:
                Narrow(averages, bits.AsSpan(start), FloatingFormat.ToBFloat16Bits);
                break;
            default:
                averages.CopyTo(((double[])tensor).AsSpan(start));
                break;
        }
    }

    private static void Narrow<T>(ReadOnlySpan<double> averages, Span<T> values, Func<double, T> round)
    {
        for (int i = 0; i < averages.Length; i++)
        {
            values[i] = round(averages[i]);
        }
    }
}
