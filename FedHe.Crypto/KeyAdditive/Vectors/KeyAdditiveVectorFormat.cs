using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.KeyAdditive.Vectors;

/// <summary>
/// A key-additive vector format writes a vector: identity of the attempt, number of values, position, number of uploads,
/// whether the range is the window, and the packed coefficients.
/// </summary>
/// <remarks><see cref="KeyAdditiveVectorReader"/> reads them. The bound follows from the number of uploads.</remarks>
internal static class KeyAdditiveVectorFormat
{
    private const int FieldsLength = KeyId.SizeInBytes + (3 * sizeof(int)) + 1;

    public static long EncodedLength(KeyAdditiveParameters parameters, int length, SumRange range)
        => WireHeader.SizeInBytes + FieldsLength
            + PackedCoefficients.SizeInBytes(parameters, CiphertextsOf(parameters, length), range);

    public static int CiphertextsOf(KeyAdditiveParameters parameters, int length)
        => (int)(((long)length + parameters.ValuesPerCiphertext - 1) / parameters.ValuesPerCiphertext);

    public static void Write(KeyAdditiveVector vector, KeyAdditiveParameters parameters, WireWriter writer)
    {
        ReadOnlySpan<byte> coefficients = vector.Bytes;
        WriteHead(vector, parameters, writer);
        writer.WriteBytes(coefficients);
    }

    /// <summary>Writes everything before the packed coefficients.</summary>
    public static void WriteHead(KeyAdditiveVector vector, KeyAdditiveParameters parameters, WireWriter writer)
    {
        writer.WriteHeader(WireKind.EncryptedVector, parameters.Id, vector.EncodedLength - WireHeader.SizeInBytes);
        writer.WriteKeyId(vector.KeyId);
        writer.WriteInt32(vector.Length);
        writer.WriteInt32(vector.Position);
        writer.WriteInt32(vector.Contributors);
        writer.WriteByte(vector.Range == SumRange.Full(parameters, vector.Contributors) ? (byte)0 : (byte)1);
    }
}
