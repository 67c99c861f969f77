using FedHe.Crypto.Errors;
using FedHe.MLBridge.Errors;
using TorchSharp;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.State;

/// <summary>A module snapshot keeps the values of all entries of a module and which of them are frozen, to undo what follows.</summary>
internal sealed class ModuleSnapshot : IDisposable
{
    private readonly List<Entry> _entries = [];

    public ModuleSnapshot(Module module)
    {
        using IDisposable withoutGradients = no_grad();
        foreach ((string name, Tensor tensor) in ModuleTensors.Of(module).DistinctBy(entry => entry.Tensor.Handle))
        {
            if (!tensor.is_meta)
            {
                Tensor copy = tensor.detach().clone().DetachFromDisposeScope();
                _entries.Add(new Entry(name, tensor, copy, tensor.requires_grad));
            }
        }
    }

    /// <summary>Refuses NaN and infinities in floating buffers that had none before: no later model would replace them.</summary>
    public void CheckBuffersFinite()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Entry entry in _entries.Where(entry => !ModuleTensors.IsParameter(entry.Original)))
        {
            if (ElementTypes.Floating(entry.Copy.dtype) is null || entry.Copy.is_sparse || IsFinite(entry.Original) || !IsFinite(entry.Copy))
            {
                continue;
            }

            long first = entry.Original.detach().isfinite().logical_not().flatten().nonzero()[0].item<long>();
            throw new ModelValueException(ValueError.NotFinite, entry.Name, (int)first);
        }
    }

    /// <summary>Returns the name of the first buffer whose values have changed, or null. A buffer with NaN counts as changed.</summary>
    public string? FindChangedBuffer()
    {
        using DisposeScope scope = NewDisposeScope();
        return _entries.FirstOrDefault(entry => !ModuleTensors.IsParameter(entry.Original) && !IsEqual(entry.Original.detach(), entry.Copy))?.Name;
    }

    /// <summary>Puts the values back, in place, and drops the gradients.</summary>
    public void Restore(Module module)
    {
        using (no_grad())
        {
            foreach (Entry entry in _entries)
            {
                entry.Original.copy_(entry.Copy);
                entry.Original.requires_grad = entry.RequiresGradient;
            }
        }

        module.zero_grad();
    }

    public void Dispose()
    {
        foreach (Entry entry in _entries)
        {
            entry.Copy.Dispose();
        }
    }

    private static bool IsEqual(Tensor one, Tensor other) => one.eq(other).all().item<bool>();

    private static bool IsFinite(Tensor tensor) => tensor.detach().isfinite().all().item<bool>();

    private sealed record Entry(string Name, Tensor Original, Tensor Copy, bool RequiresGradient);
}
