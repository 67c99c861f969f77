using FedHe.MLBridge.Layout;
using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.State;

/// <summary>A module loader copies the values of a model into bound entries, in place.</summary>
internal static class ModuleLoader
{
    public static void Load(ModelParameters model, IReadOnlyList<BoundEntry> entries)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable withoutGradients = no_grad();

        // What can fail comes first: values that are not finite, memory for copies, and tensors that refuse to be written in place.
        Tensor?[] copies = [.. entries.Select(entry => Prepare(model, entry))];
        for (int i = 0; i < entries.Count; i++)
        {
            if (copies[i] is Tensor copy)
            {
                entries[i].Tensor.copy_(copy);
            }
            else
            {
                Write(model, entries[i].Specification, entries[i].Tensor);
            }
        }
    }

    /// <summary>Returns a copy in the tensor's type and on its device, or null where the values can be written into its memory.</summary>
    private static Tensor? Prepare(ModelParameters model, BoundEntry entry)
    {
        CheckFinite(model, entry.Specification);

        // Changes no value. It throws where the tensor cannot be written in place, and tells autograd of the change to come, which
        // writing into memory would not.
        foreach (Tensor tensor in entry.Tensors)
        {
            tensor.copy_(tensor);
        }

        ScalarType type = ElementTypes.Of(entry.Specification.ElementType);
        if (ModuleReader.IsInMemory(entry.Tensor, type))
        {
            return null;
        }

        Tensor copy = empty(entry.Tensor.shape, dtype: type, device: CPU);
        Write(model, entry.Specification, copy);
        Tensor converted = copy.to_type(entry.Tensor.dtype);
        return converted.isfinite().all().item<bool>()
            ? converted.to(entry.Tensor.device)
            : throw Throw.ValueNotHeld(entry.Specification.Name, entry.Tensor.dtype);
    }

    private static void CheckFinite(ModelParameters model, TensorSpec specification)
    {
        switch (specification.ElementType)
        {
            case ElementType.Float64:
                FiniteValues.Check(model.Get<double>(specification.Name), specification.Name);
                break;
            case ElementType.Float16:
                FiniteValues.Check(model.Get<Half>(specification.Name), specification.Name);
                break;
            case ElementType.BFloat16:
                FiniteValues.CheckBFloat16(model.GetBFloat16Bits(specification.Name), specification.Name);
                break;
            default:
                FiniteValues.Check(model.Get<float>(specification.Name), specification.Name);
                break;
        }
    }

    private static void Write(ModelParameters model, TensorSpec specification, Tensor tensor)
    {
        switch (specification.ElementType)
        {
            case ElementType.Float64:
                model.Get<double>(specification.Name).CopyTo(TensorMemory.Of<double>(tensor));
                break;
            case ElementType.Float16:
                model.Get<Half>(specification.Name).CopyTo(TensorMemory.Of<Half>(tensor));
                break;
            case ElementType.BFloat16:
                model.GetBFloat16Bits(specification.Name).CopyTo(TensorMemory.Of<ushort>(tensor));
                break;
            default:
                model.Get<float>(specification.Name).CopyTo(TensorMemory.Of<float>(tensor));
                break;
        }

        // The span does not keep the memory alive.
        GC.KeepAlive(tensor);
    }
}
