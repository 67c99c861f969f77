namespace FedHe.MLBridge;

/// <summary>Walks the positions of sorted runs in order.</summary>
internal struct MaskCursor(MaskRange[] ranges)
{
    private int _run;
    private int _used;

    /// <summary>The next positions that lie together, at most so many; none at the end.</summary>
    public readonly MaskRange Peek(int maxLength)
        => _run < ranges.Length
            ? new MaskRange(ranges[_run].Start + _used, Math.Min(maxLength, ranges[_run].Length - _used))
            : default;

    public void Skip(int count)
    {
        while (count > 0)
        {
            int step = Math.Min(count, ranges[_run].Length - _used);
            _used += step;
            count -= step;
            if (_used == ranges[_run].Length)
            {
                _run++;
                _used = 0;
            }
        }
    }
}
