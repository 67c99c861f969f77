using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.TorchSharp.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.State;

/// <summary>A module reader copies the values of bound entries into a model.</summary>
internal static class ModuleReader
{
    public static ModelParameters Read(ModelLayout layout, IReadOnlyList<BoundEntry> entries)
    {
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(layout);
        foreach (BoundEntry entry in entries)
        {
            using DisposeScope scope = NewDisposeScope();
            Set(builder, entry.Specification, InMemory(entry.Tensor, ElementTypes.Of(entry.Specification.ElementType)));
        }

        return builder.Build();
    }

    /// <summary>Returns a tensor in row-major order on the CPU: itself where it is that already, or else a copy.</summary>
    public static Tensor InMemory(Tensor tensor, ScalarType type)
        => IsInMemory(tensor, type) ? tensor : tensor.detach().to(CPU).to_type(type).contiguous();

    /// <summary>Tells whether a tensor's elements lie in row-major order on the CPU, in a given type.</summary>
    public static bool IsInMemory(Tensor tensor, ScalarType type)
        => tensor.device_type == DeviceType.CPU && tensor.dtype == type && tensor.is_contiguous();

    private static void Set(ModelParametersBuilder builder, TensorSpec specification, Tensor tensor)
    {
        switch (specification.ElementType)
        {
            case ElementType.Float64:
                ReadOnlySpan<double> doubles = TensorMemory.Of<double>(tensor);
                FiniteValues.Check(doubles, specification.Name);
                builder.Set(specification.Name, doubles);
                break;
            case ElementType.Float16:
                ReadOnlySpan<Half> halves = TensorMemory.Of<Half>(tensor);
                FiniteValues.Check(halves, specification.Name);
                builder.Set(specification.Name, halves);
                break;
            case ElementType.BFloat16:
                ReadOnlySpan<ushort> bits = TensorMemory.Of<ushort>(tensor);
                FiniteValues.CheckBFloat16(bits, specification.Name);
                builder.SetBFloat16Bits(specification.Name, bits);
                break;
            default:
                ReadOnlySpan<float> singles = TensorMemory.Of<float>(tensor);
                FiniteValues.Check(singles, specification.Name);
                builder.Set(specification.Name, singles);
                break;
        }

        // The span does not keep the memory alive.
        GC.KeepAlive(tensor);
    }
}
