using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Averaging;

/// <summary>The encrypted values of an aggregate in order, decrypted one segment at a time, or one range of a segment.</summary>
internal sealed class DecryptedValues(IDecryptor decryptor, SegmentSet segments) : IDisposable
{
    private SegmentLease? _segment;
    private SecretBuffer? _values;
    private int _nextSegment;
    private int _nextValue;
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

        Span<double> values = _values!.Span.Slice(_position, Math.Min(maxLength, _length - _position));
        _position += values.Length;
        return values;
    }

    public void Dispose()
    {
        Close();
        _values?.Dispose();
    }

    private void Decrypt()
    {
        _segment ??= segments.Open(_nextSegment++);
        EncryptedVector vector = _segment.Value.Vector;
        var ranges = decryptor as IRangeDecryptor;
        _position = 0;
        _length = Math.Min(ranges?.RangeLength ?? int.MaxValue, vector.Length - _nextValue);

        // No segment is longer than the first one.
        _values ??= new SecretBuffer(_length);
        Span<double> values = _values.Span[.._length];
        if (ranges is null)
        {
            decryptor.Decrypt(vector, values);
        }
        else
        {
            ranges.DecryptRange(vector, _nextValue, values);
        }

        _nextValue += _length;
        if (_nextValue == vector.Length)
        {
            Close();
        }
    }

    private void Close()
    {
        _segment?.Dispose();
        (_segment, _nextValue) = (null, 0);
    }
}
