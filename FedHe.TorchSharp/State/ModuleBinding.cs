using FedHe.MLBridge.Layout;
using FedHe.TorchSharp.Errors;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.State;

/// <summary>A module binding finds the tensors of a layout in a module, and refuses a module that has others.</summary>
internal static class ModuleBinding
{
    /// <summary>Returns an entry for each tensor of the layout, in order.</summary>
    public static IReadOnlyList<BoundEntry> Of(Module module, ModuleLayout layout)
    {
        Dictionary<string, Tensor> tensors = ModuleTensors.Of(module).ToDictionary(entry => entry.Name, entry => entry.Tensor, StringComparer.Ordinal);
        ILookup<string?, ModuleEntry> shared = layout.Entries
            .Where(entry => entry.Treatment == EntryTreatment.SharesMemory)
            .ToLookup(entry => entry.SharedWith);
        var bound = new List<BoundEntry>(layout.Layout.Tensors.Length);
        var regions = new List<(string Name, MemoryRegion Region)>(bound.Capacity);
        foreach (TensorSpec specification in layout.Layout.Tensors)
        {
            Tensor tensor = Find(tensors, specification.Name);
            Check(specification, tensor);
            var region = new MemoryRegion(tensor);
            Check(specification.Name, region, regions);
            regions.Add((specification.Name, region));
            Tensor[] others = [.. shared[specification.Name].Select(entry => Tied(Find(tensors, entry.Name), region, entry))];
            bound.Add(new BoundEntry(specification, [.. others.Prepend(tensor).DistinctBy(other => other.Handle)]));
        }

        return bound;
    }

    private static Tensor Find(Dictionary<string, Tensor> tensors, string name)
        => tensors.TryGetValue(name, out Tensor? tensor) ? tensor : throw Throw.EntryMissing(name);

    private static void Check(TensorSpec specification, Tensor tensor)
    {
        if (!specification.Shape.Select(length => (long)length).SequenceEqual(tensor.shape))
        {
            throw Throw.ShapeDiffers(specification.Name);
        }

        if (ElementTypes.Floating(tensor.dtype) is not ElementType own)
        {
            throw Throw.ElementTypeNotSupported(specification.Name, tensor.dtype);
        }

        if (tensor.is_sparse || tensor.is_meta)
        {
            throw Throw.NotDense(specification.Name);
        }

        // A value within the bound must stay finite in the module's own type, which may be narrower than the layout's.
        if (!ElementTypes.Holds(own, specification.Bound))
        {
            throw Throw.BoundNotHeld(specification.Name, tensor.dtype);
        }

        if (tensor.NumberOfElements * ElementTypes.SizeOf(own) > int.MaxValue)
        {
            throw Throw.TooLarge(specification.Name);
        }
    }

    private static void Check(string name, MemoryRegion region, List<(string Name, MemoryRegion Region)> before)
    {
        if (region.OverlapsItself)
        {
            throw Throw.SharedWithin(name);
        }

        foreach ((string other, _) in before.Where(other => other.Region.Overlaps(region)))
        {
            throw Throw.PartlyShared(name, other);
        }
    }

    private static Tensor Tied(Tensor tensor, MemoryRegion owner, ModuleEntry entry)
        => !tensor.is_sparse && !tensor.is_meta && new MemoryRegion(tensor).Coincides(owner)
            ? tensor
            : throw Throw.NoLongerTied(entry.Name, entry.SharedWith!);
}
