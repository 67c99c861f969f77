namespace FedHe.MLBridge.Selection;

/// <summary>Walks the positions that are, or are not, in a set, in order.</summary>
internal struct MaskCursor(PositionSet set, bool isMember)
{
    private int _position;

    /// <summary>Goes past the next positions that lie together, at most so many; none at the end.</summary>
    public MaskRange Take(int maxLength)
    {
        int start = set.Next(_position, set.Length, isMember);
        _position = set.Next(start, (int)Math.Min((long)start + maxLength, set.Length), !isMember);
        return new MaskRange(start, _position - start);
    }

    /// <summary>Copies values of the positions ahead until the destination is full.</summary>
    public void Gather<T>(ReadOnlySpan<T> flat, Span<T> destination)
    {
        while (!destination.IsEmpty)
        {
            MaskRange next = Take(destination.Length);
            flat.Slice(next.Start, next.Length).CopyTo(destination);
            destination = destination[next.Length..];
        }
    }

    /// <summary>Copies values, all of them, to the positions ahead.</summary>
    public void Scatter<T>(ReadOnlySpan<T> values, Span<T> flat)
    {
        while (!values.IsEmpty)
        {
            MaskRange next = Take(values.Length);
            values[..next.Length].CopyTo(flat[next.Start..]);
            values = values[next.Length..];
        }
    }
}
