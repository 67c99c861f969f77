using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// A segment encryption encrypts the segments of one update in order. Where values are at hand and the encryptor asks for them, no copy of a segment
/// is made.
/// </summary>
/// <param name="encryptor">Encrypts under the job's key.</param>
/// <param name="plan">The division of the values into segments.</param>
/// <param name="values">The values, which the encryption owns.</param>
/// <param name="isAtHand">Whether the values can be read from anywhere unless one of them is clamped.</param>
internal sealed class SegmentEncryption(IEncryptor encryptor, SegmentPlan plan, VectorValues values, bool isAtHand) : IDisposable
{
    private readonly IRangeEncryptor? _ranges = isAtHand ? encryptor as IRangeEncryptor : null;
    private SecretBuffer? _buffer;
    private bool _isFirstRead;
    private int _next;

    /// <summary>Checks every value of the model. It comes before any segment is encrypted.</summary>
    public ClampReport Survey()
    {
        _isFirstRead = _ranges is null;
        return values.Survey(_isFirstRead ? BufferOf(segment: 0) : []);
    }

    /// <summary>Encrypts the next segment.</summary>
    public EncryptedVector EncryptNext()
    {
        int segment = _next++;
        if (_ranges is not null && values.AreAtHand)
        {
            long start = plan.StartOf(segment);
            return _ranges.Encrypt(plan.LengthOf(segment), (first, destination) => values.CopyTo(start + first, destination), maxAbs: 1);
        }

        Span<double> buffer = BufferOf(segment);
        if (segment > 0 || !_isFirstRead)
        {
            values.Read(buffer);
        }

        return encryptor.Encrypt(buffer, maxAbs: 1);
    }

    public void Dispose()
    {
        _buffer?.Dispose();
        values.Dispose();
    }

    /// <summary>Returns the memory of a segment, of which none is longer than the first one.</summary>
    private Span<double> BufferOf(int segment)
    {
        _buffer ??= new SecretBuffer(plan.LengthOf(0));
        return _buffer.Span[..plan.LengthOf(segment)];
    }
}
