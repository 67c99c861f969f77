using System.Collections.Immutable;
using FedHe.TorchSharp.Errors;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.State;

/// <summary>An entry classifier decides what becomes of every entry of a module.</summary>
internal static class EntryClassifier
{
    /// <summary>Lists the entries, and refuses the module where an entry cannot be treated as the options say.</summary>
    public static ImmutableArray<ModuleEntry> Classify(Module module, ModuleLayoutOptions options)
    {
        IReadOnlyList<(string Name, Tensor Tensor)> tensors = ModuleTensors.Of(module);
        var own = tensors.Select(entry => TreatmentOf(entry.Name, entry.Tensor, options)).ToArray();
        MemoryRegion?[] regions = [.. tensors.Select((entry, i) => RegionOf(entry.Name, entry.Tensor, own[i]))];
        int[] owners = [.. Enumerable.Range(0, own.Length).Select(i => OwnerOf(i, tensors, regions, own))];
        CheckLocal(tensors, own, owners, options);
        return [.. tensors.Select((entry, i) => new ModuleEntry(
            entry.Name,
            ModuleTensors.IsParameter(entry.Tensor),
            entry.Tensor.dtype,
            [.. entry.Tensor.shape],
            owners[i] == i ? own[i] : EntryTreatment.SharesMemory,
            owners[i] == i ? null : tensors[owners[i]].Name))];
    }

    private static void CheckLocal(
        IReadOnlyList<(string Name, Tensor Tensor)> tensors, EntryTreatment[] treatments, int[] owners, ModuleLayoutOptions options)
    {
        foreach (string name in options.KeepLocal.Where(name => !tensors.Any(entry => IsNamed(entry.Name, name))))
        {
            throw Throw.LocalUnknownEntry(name);
        }

        for (int i = 0; i < owners.Length; i++)
        {
            // It would be loaded with the other one, and so would not stay.
            if (treatments[i] == EntryTreatment.StaysByChoice && treatments[owners[i]] == EntryTreatment.Travels)
            {
                throw Throw.LocalTied(tensors[i].Name, tensors[owners[i]].Name);
            }
        }
    }

    private static bool IsNamed(string entry, string name)
        => entry == name || (entry.Length > name.Length && entry.LastIndexOf('.') == name.Length && entry.StartsWith(name, StringComparison.Ordinal));

    private static EntryTreatment TreatmentOf(string name, Tensor tensor, ModuleLayoutOptions options)
    {
        if (tensor.shape.Contains(0))
        {
            return EntryTreatment.StaysAsEmpty;
        }

        if (options.KeepLocal.Any(local => IsNamed(name, local)))
        {
            return EntryTreatment.StaysByChoice;
        }

        bool isFloating = ElementTypes.Floating(tensor.dtype) is not null;
        bool isParameter = ModuleTensors.IsParameter(tensor);
        if (!isParameter && (!isFloating || options.Buffers == FloatingBuffers.Stay))
        {
            return isFloating ? EntryTreatment.StaysAsBuffer
                : options.Buffers == FloatingBuffers.Stay || ElementTypes.IsInteger(tensor.dtype) ? EntryTreatment.StaysAsNotFloating
                : throw Throw.ElementTypeNotSupported(name, tensor.dtype);
        }

        if (isParameter && !tensor.requires_grad && options.Frozen != FrozenParameters.Travel)
        {
            return options.Frozen == FrozenParameters.Stay ? EntryTreatment.StaysFrozen : throw Throw.FrozenNotDecided(name);
        }

        return isFloating ? EntryTreatment.Travels : throw Throw.ElementTypeNotSupported(name, tensor.dtype);
    }

    private static MemoryRegion? RegionOf(string name, Tensor tensor, EntryTreatment treatment)
    {
        if (!HasMemory(tensor))
        {
            // What stays is never touched, but for the copy that an interrupted training restores.
            return treatment == EntryTreatment.Travels ? throw Throw.NotDense(name) : null;
        }

        if (treatment == EntryTreatment.StaysAsEmpty)
        {
            return null;
        }

        var region = new MemoryRegion(tensor);
        return treatment == EntryTreatment.Travels && region.OverlapsItself ? throw Throw.SharedWithin(name) : region;
    }

    /// <summary>Finds the entry that stands for all that share one memory: the first that travels, or else the first.</summary>
    private static int OwnerOf(
        int entry, IReadOnlyList<(string Name, Tensor Tensor)> tensors, MemoryRegion?[] regions, EntryTreatment[] treatments)
    {
        int owner = entry;
        for (int other = 0; other < regions.Length; other++)
        {
            if (other == entry || regions[entry] is not MemoryRegion region || regions[other] is not MemoryRegion next || !region.Overlaps(next))
            {
                continue;
            }

            bool travels = treatments[entry] == EntryTreatment.Travels || treatments[other] == EntryTreatment.Travels;
            if (!region.Coincides(next))
            {
                if (travels)
                {
                    throw Throw.PartlyShared(tensors[entry].Name, tensors[other].Name);
                }

                continue;
            }

            if (IsBefore(other, owner, treatments))
            {
                owner = other;
            }
        }

        return owner;
    }

    private static bool IsBefore(int left, int right, EntryTreatment[] treatments)
        => (treatments[left] != EntryTreatment.Travels, left).CompareTo((treatments[right] != EntryTreatment.Travels, right)) < 0;

    private static bool HasMemory(Tensor tensor) => !tensor.is_sparse && !tensor.is_meta;
}
