using FedHe.Crypto.Operations;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Averaging;

/// <summary>The encrypted values of an aggregate in order, decrypted one segment at a time.</summary>
internal sealed class DecryptedValues(IDecryptor decryptor, SegmentSet segments) : IDisposable
{
    private SecretBuffer? _segment;
    private int _next;
    private int _position;
    private int _length;

    /// <summary>
    /// Returns the next decrypted values: at least one and at most <paramref name="maxLength"/>. The caller may change
    /// them and must not use them after the next call.
    /// </summary>
    public Span<double> Take(int maxLength)
    {
        if (_position == _length)
        {
            Decrypt();
        }

        Span<double> values = _segment!.Span.Slice(_position, Math.Min(maxLength, _length - _position));
        _position += values.Length;
        return values;
    }

    public void Dispose() => _segment?.Dispose();

    private void Decrypt()
    {
        using SegmentLease lease = segments.Open(_next++);

        // No segment is longer than the first one.
        _segment ??= new SecretBuffer(lease.Vector.Length);
        _length = lease.Vector.Length;
        _position = 0;
        decryptor.Decrypt(lease.Vector, _segment.Span[.._length]);
    }
}
