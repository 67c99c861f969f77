using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.MLBridge.Kernels;

/// <summary>Gathers values by a set of their positions, and merges them again.</summary>
/// <remarks>
/// A set has one bit for each position, the first one lowest. Every implementation gives the same bits, and none branches on
/// the set, which no branch predictor could guess.
/// </remarks>
internal abstract class SelectionKernel
{
    /// <summary>The number of positions in one word of a set.</summary>
    public const int BitsPerWord = 64;

    /// <summary>The fastest implementation on this machine.</summary>
    public static SelectionKernel Default { get; } = Create(LaneSupport.Best);

    /// <summary>Creates the implementation of a width; registers of two numbers gain nothing over the specification.</summary>
    public static SelectionKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneSelectionKernel<SelectionLane512>(),
        LaneWidth.Vector256 => new LaneSelectionKernel<SelectionLane256>(),
        _ => new SelectionSpecification(),
    };

    /// <summary>Gathers the values of members, or the values of all others, in order.</summary>
    /// <param name="values">The values.</param>
    /// <param name="set">A bit for each value.</param>
    /// <param name="isMember">Whether members are gathered, or others.</param>
    /// <param name="destination">Receives the gathered values, and arbitrary ones after them; as long as the values.</param>
    /// <returns>The number of gathered values.</returns>
    public abstract int Gather(ReadOnlySpan<double> values, ReadOnlySpan<ulong> set, bool isMember, Span<double> destination);

    /// <summary>Merges values of members and values of others in the order of positions.</summary>
    /// <param name="members">Values of members, in order; as long as the destination.</param>
    /// <param name="others">Values of others, in order; as long as the destination.</param>
    /// <param name="set">A bit for each position.</param>
    /// <param name="destination">Receives a value for each position.</param>
    public abstract void Merge(
        ReadOnlySpan<double> members, ReadOnlySpan<double> others, ReadOnlySpan<ulong> set, Span<double> destination);
}
