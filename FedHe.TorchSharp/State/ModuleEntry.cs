using System.Collections.Immutable;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.State;

/// <summary>A module entry is a parameter or persistent buffer of a module, with what becomes of it in a federation.</summary>
/// <param name="Name">The name in the module's <c>state_dict</c>.</param>
/// <param name="IsParameter">Whether the entry is a parameter; otherwise it is a buffer.</param>
/// <param name="ElementType">The element type in the module.</param>
/// <param name="Shape">The lengths of the dimensions; empty for a scalar.</param>
/// <param name="Treatment">What becomes of the entry.</param>
/// <param name="SharedWith">The name of the entry whose memory this one shares, or null.</param>
public sealed record ModuleEntry(
    string Name,
    bool IsParameter,
    ScalarType ElementType,
    ImmutableArray<long> Shape,
    EntryTreatment Treatment,
    string? SharedWith)
{
    /// <summary>Returns the name, type, shape and treatment, such as <c>fc.weight: Float32[10, 100] parameter, travels</c>.</summary>
    public override string ToString()
        => $"{Name}: {ElementType}[{string.Join(", ", Shape)}] {(IsParameter ? "parameter" : "buffer")}, " + Treatment switch
        {
            EntryTreatment.Travels => "travels",
            EntryTreatment.SharesMemory => $"travels as {SharedWith}, whose memory it shares",
            EntryTreatment.StaysFrozen => "frozen, stays with the client",
            EntryTreatment.StaysAsEmpty => "has no elements",
            _ => "stays with the client",
        };
}
