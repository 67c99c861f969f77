using System.Collections.Immutable;
using FedHe.MLBridge.Layout;

namespace FedHe.TorchSharp.State;

/// <summary>Module layout options decide which entries of a module travel, and how.</summary>
public sealed record ModuleLayoutOptions
{
    /// <summary>What becomes of frozen parameters; by default a module that has some is refused.</summary>
    public FrozenParameters Frozen { get; init; } = FrozenParameters.Refuse;

    /// <summary>What becomes of floating buffers; by default they stay with their client.</summary>
    public FloatingBuffers Buffers { get; init; } = FloatingBuffers.Stay;

    /// <summary>
    /// The floating type that all entries travel in, or null for each entry's own. A client whose module has another type converts:
    /// to a wider type exactly, to a narrower one to the nearest number (relative error at most 2^-24 for Float32, 2^-11 for Float16
    /// and 2^-8 for BFloat16, the last two possibly rounded to Float32 first).
    /// </summary>
    public ElementType? ElementType { get; init; }

    /// <summary>The clipping bounds of single entries, by name, where another one than the common bound is needed.</summary>
    public ImmutableDictionary<string, double> Bounds { get; init; } = ImmutableDictionary<string, double>.Empty;
}
