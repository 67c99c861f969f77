namespace FedHe.MLBridge.Selection;

/// <summary>
/// A mask cursor walks, in order, the positions that are members of a set, or the positions that are not.
/// </summary>
/// <remarks>Spans are as long as the set where a cursor copies, so that no position exceeds an int there.</remarks>
internal struct MaskCursor(PositionSet set, bool isMember)
{
    private long _position;

    /// <summary>
    /// Moves past the next adjacent positions, at most <paramref name="maxLength"/>, and returns them; the run is empty
    /// at the end.
    /// </summary>
    public MaskRange Take(int maxLength)
    {
        long start = set.Next(_position, set.Length, isMember);
        _position = set.Next(start, Math.Min(start + maxLength, set.Length), !isMember);
        return new MaskRange(start, _position - start);
    }

    /// <summary>Copies the values at the next positions until the destination is full.</summary>
    public void Gather<T>(ReadOnlySpan<T> flat, Span<T> destination)
    {
        while (!destination.IsEmpty)
        {
            MaskRange next = Take(destination.Length);
            flat.Slice((int)next.Start, (int)next.Length).CopyTo(destination);
            destination = destination[(int)next.Length..];
        }
    }

    /// <summary>Copies all given values to the next positions.</summary>
    public void Scatter<T>(ReadOnlySpan<T> values, Span<T> flat)
    {
        while (!values.IsEmpty)
        {
            MaskRange next = Take(values.Length);
            values[..(int)next.Length].CopyTo(flat[(int)next.Start..]);
            values = values[(int)next.Length..];
        }
    }
}
