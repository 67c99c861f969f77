using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.MLBridge.Kernels;

/// <summary>A selection kernel gathers values by a set of their positions and merges them again.</summary>
/// <remarks>
/// A set has one bit for each position, the first position in the lowest bit. Every implementation gives the same bits,
/// and none branches on the set, which no branch predictor could guess.
/// </remarks>
internal abstract class SelectionKernel
{
    /// <summary>The number of positions in one word of a set.</summary>
    public const int BitsPerWord = 64;

    /// <summary>The fastest implementation on this machine.</summary>
    public static SelectionKernel Default { get; } = Create(LaneSupport.Best);

    /// <summary>
    /// Creates the implementation for a lane width; registers of two numbers gain nothing over the specification.
    /// </summary>
    public static SelectionKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneSelectionKernel<SelectionLane512>(),
        LaneWidth.Vector256 => new LaneSelectionKernel<SelectionLane256>(),
        _ => new SelectionSpecification(),
    };

    /// <summary>Gathers, in order, the values of the set's members or the values of all other positions.</summary>
    /// <param name="values">The values.</param>
    /// <param name="set">The set, with a bit for each value.</param>
    /// <param name="isMember">Whether the members are gathered; otherwise the others.</param>
    /// <param name="destination">
    /// Receives the gathered values, followed by arbitrary ones; it must be as long as the values.
    /// </param>
    /// <returns>The number of gathered values.</returns>
    public abstract int Gather(ReadOnlySpan<double> values, ReadOnlySpan<ulong> set, bool isMember, Span<double> destination);

    /// <summary>Merges the members' values and the others' values in the order of positions.</summary>
    /// <param name="members">The values of the members, in order; as long as the destination.</param>
    /// <param name="others">The values of the others, in order; as long as the destination.</param>
    /// <param name="set">The set, with a bit for each position.</param>
    /// <param name="destination">Receives a value for each position.</param>
    public abstract void Merge(
        ReadOnlySpan<double> members, ReadOnlySpan<double> others, ReadOnlySpan<ulong> set, Span<double> destination);
}
