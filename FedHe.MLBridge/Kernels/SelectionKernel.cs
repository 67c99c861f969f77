using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.MLBridge.Kernels;

/// <summary>
/// Takes values apart by a set of their positions, one bit for each and the first one lowest, and puts them together
/// again. Every implementation gives the same bits. Nothing branches on the set, which nobody could predict.
/// </summary>
internal abstract class SelectionKernel
{
    /// <summary>Positions that a word of a set stands for.</summary>
    public const int BitsPerWord = 64;

    /// <summary>The fastest implementation on this machine.</summary>
    public static SelectionKernel Default { get; } = Create(LaneSupport.Best);

    /// <remarks>Registers of two numbers gain nothing over the specification.</remarks>
    public static SelectionKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneSelectionKernel<SelectionLane512>(),
        LaneWidth.Vector256 => new LaneSelectionKernel<SelectionLane256>(),
        _ => new SelectionSpecification(),
    };

    /// <summary>Moves the values of members, or of all others, together.</summary>
    /// <param name="values">The values.</param>
    /// <param name="set">A bit for each.</param>
    /// <param name="isMember">Whether members are taken, or others.</param>
    /// <param name="destination">As many places as there are values; those behind the chosen ones are written to as well.</param>
    /// <returns>How many were chosen.</returns>
    public abstract int Gather(ReadOnlySpan<double> values, ReadOnlySpan<ulong> set, bool isMember, Span<double> destination);

    /// <summary>Puts values of members and of others in the order of positions.</summary>
    /// <param name="members">Values of members, in order, and room for as many as there are places.</param>
    /// <param name="others">Values of others, likewise.</param>
    /// <param name="set">A bit for each place.</param>
    /// <param name="destination">The places.</param>
    public abstract void Merge(
        ReadOnlySpan<double> members, ReadOnlySpan<double> others, ReadOnlySpan<ulong> set, Span<double> destination);
}
