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
    /// The names of entries, or of layers, that stay with their client although they could travel: an entry's layer is its name up to the last
    /// dot. FedBN keeps layers of batch normalization so.
    /// </summary>
    /// <remarks>Source: Li, Jiang, Zhang, Kamp and Dou, "FedBN: Federated Learning on Non-IID Features via Local Batch Normalization", ICLR 2021.</remarks>
    public ImmutableHashSet<string> KeepLocal { get; init; } = [];

    /// <summary>
    /// The floating type that all entries travel in, or null for each entry's own. A client whose module has another type converts:
    /// to a wider type exactly, to a narrower one to the nearest number (relative error at most 2^-24 for Float32, 2^-11 for Float16
    /// and 2^-8 for BFloat16, the last two possibly rounded to Float32 first).
    /// </summary>
    public ElementType? ElementType { get; init; }

    /// <summary>The clipping bounds of single entries, by name, where another one than the common bound is needed.</summary>
    public ImmutableDictionary<string, double> Bounds { get; init; } = ImmutableDictionary<string, double>.Empty;
}
