using System.Buffers;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Paillier.Keys;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Paillier.Vectors;

/// <summary>
/// A Paillier vector is a sequence of ciphertexts under one key, each of which holds one value in each of its fields.
/// </summary>
/// <param name="parameters">The parameters of the key.</param>
/// <param name="modulus">The modulus of the key.</param>
/// <param name="length">The number of values.</param>
/// <param name="bound">The bound of the values.</param>
/// <param name="ciphertexts">The ciphertexts, which the vector owns.</param>
internal sealed class PaillierVector(
    PaillierParameters parameters, PaillierModulus modulus, int length, VectorBound bound, PaillierCiphertexts ciphertexts)
    : EncryptedVector(parameters, modulus.KeyId, length, bound)
{
    public PaillierModulus Modulus => modulus;

    /// <summary>The bytes of all ciphertexts, back to back.</summary>
    public Span<byte> Bytes => ciphertexts.Bytes;

    public override int EncodedLength => checked((int)PaillierVectorFormat.EncodedLength(parameters, Length));

    public override void WriteTo(IBufferWriter<byte> destination)
        => PaillierVectorFormat.Write(this, new WireWriter(destination));

    protected override void Dispose(bool disposing)
    {
        ciphertexts.Dispose();
        base.Dispose(disposing);
    }
}
