using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Paillier.Keys;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Paillier.Vectors;

/// <summary>
/// A Paillier vector format writes an encrypted vector: n and the fingerprint of h, from which the key's identity
/// follows; the number of values; magnitude and rounding, the two figures of its bound that are not zero; then the
/// ciphertexts.
/// </summary>
/// <remarks><see cref="PaillierVectorReader"/> reads them.</remarks>
internal static class PaillierVectorFormat
{
    private const int FieldsLength = sizeof(int) + (2 * sizeof(double));

    public static long EncodedLength(PaillierParameters parameters, int length)
        => WireHeader.SizeInBytes
            + PaillierModulus.LengthOf(parameters)
            + FieldsLength
            + PaillierCiphertexts.SizeInBytes(parameters, length);

    public static void Write(PaillierVector vector, WireWriter writer)
    {
        ReadOnlySpan<byte> ciphertexts = vector.Bytes;
        writer.WriteHeader(WireKind.EncryptedVector, vector.Parameters.Id, vector.EncodedLength - WireHeader.SizeInBytes);
        writer.WriteBytes(vector.Modulus.Bytes);
        writer.WriteInt32(vector.Length);
        writer.WriteDouble(vector.Bound.MaxAbs);
        writer.WriteDouble(vector.Bound.Rounding);
        writer.WriteBytes(ciphertexts);
    }
}
