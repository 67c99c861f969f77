using System.Buffers;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.TestKit.Toy;

/// <summary>
/// A toy vector holds masked integers and the sum of its parts' weights, which counts the multiples of the mask.
/// </summary>
internal sealed class ToyVector(ToyParameters parameters, KeyId keyId, VectorBound bound, long factor, long[] values)
    : EncryptedVector(parameters, keyId, values.Length, bound)
{
    private const int FixedLength = WireHeader.SizeInBytes + KeyId.SizeInBytes + sizeof(int) + (4 * sizeof(double)) + sizeof(long);

    private long[]? _values = values;

    public long Factor => factor;

    public ReadOnlySpan<long> Values
    {
        get
        {
            ObjectDisposedException.ThrowIf(_values is null, this);
            return _values;
        }
    }

    public override int EncodedLength => checked((int)EncodedLengthOf(Length));

    public static long EncodedLengthOf(int length) => FixedLength + (sizeof(long) * (long)length);

    public override void WriteTo(IBufferWriter<byte> destination)
    {
        ReadOnlySpan<long> values = Values;
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.EncryptedVector, Parameters.Id, EncodedLength - WireHeader.SizeInBytes);
        writer.WriteKeyId(KeyId);
        writer.WriteInt32(Length);
        writer.WriteBound(Bound);
        writer.WriteInt64(factor);
        foreach (long value in values)
        {
            writer.WriteInt64(value);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _values = null;
        base.Dispose(disposing);
    }
}
