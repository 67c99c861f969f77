using System.Buffers;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Plain;

/// <summary>
/// A plain vector holds fixed-point integers of <see cref="InsecurePlainParameters.LogScale"/> fractional bits in
/// clear.
/// </summary>
internal sealed class PlainVector : EncryptedVector
{
    private const int FixedLength = WireHeader.SizeInBytes + KeyId.SizeInBytes + sizeof(int) + (4 * sizeof(double));

    private long[]? _values;

    public PlainVector(InsecurePlainParameters parameters, KeyId keyId, VectorBound bound, long[] values)
        : base(parameters, keyId, values.Length, bound)
    {
        _values = values;
    }

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
