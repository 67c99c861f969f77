namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>A packed-value reader reads packed values in order, byte by byte.</summary>
internal ref struct PackedValueReader(ReadOnlySpan<byte> source, int width)
{
    private readonly ReadOnlySpan<byte> _source = source;
    private ulong _pending;
    private int _pendingBits;
    private int _position;

    /// <summary>Whether the bits after the last value read, up to the end of its last byte, are zero.</summary>
    public readonly bool IsRestZero => _pending == 0;

    public ulong Read()
    {
        while (_pendingBits < width)
        {
            _pending |= (ulong)_source[_position++] << _pendingBits;
            _pendingBits += 8;
        }

        ulong value = _pending & ((1UL << width) - 1);
        _pending >>= width;
        _pendingBits -= width;
        return value;
    }
}
