using FedHe.Crypto.Kernels.Values;
using FedHe.MLBridge.Layout;
using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.State;

/// <summary>A module view reads the values of bound entries where they lie, a range at a time.</summary>
internal sealed class ModuleView(ModelLayout layout, IReadOnlyList<BoundEntry> entries) : IFlatModel
{
    public ModelLayout Layout => layout;

    public void CopyFlatTo(long start, Span<double> destination)
    {
        if (start < 0 || start > layout.ParameterCount - destination.Length)
        {
            throw Throw.WrongRange(layout.ParameterCount, nameof(start));
        }

        while (!destination.IsEmpty)
        {
            TensorRun run = layout.RunAt(start, destination.Length);
            Copy(entries[run.TensorIndex], run.Start, destination[..run.Length]);
            destination = destination[run.Length..];
            start += run.Length;
        }
    }

    private static void Copy(BoundEntry entry, long start, Span<double> destination)
    {
        ScalarType type = ElementTypes.Of(entry.Specification.ElementType);
        if (type == ScalarType.Float32 && ModuleReader.IsInMemory(entry.Tensor, type))
        {
            ValueKernel.CopyWidened<float>(TensorMemory.Of<float>(entry.Tensor).Slice((int)start, destination.Length), destination);
            GC.KeepAlive(entry.Tensor);
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor range = entry.Tensor.detach().reshape(-1).narrow(0, start, destination.Length);
        Tensor doubles = ModuleReader.InMemory(range.to_type(type), ScalarType.Float64);
        TensorMemory.Of<double>(doubles).CopyTo(destination);
        GC.KeepAlive(doubles);
    }
}
