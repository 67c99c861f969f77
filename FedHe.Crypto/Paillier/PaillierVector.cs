using System.Buffers;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Paillier;

/// <summary>Ciphertexts under one key, each of as many values as it has fields. Owns their memory.</summary>
internal sealed class PaillierVector(PaillierSetup setup, PaillierModulus modulus, int length, VectorBound bound, PaillierBlock block)
    : EncryptedVector(setup.Parameters, modulus.KeyId, length, bound)
{
    public PaillierModulus Modulus => modulus;

    /// <summary>All ciphertexts, back to back.</summary>
    public Span<byte> Bytes => block.Bytes;

    public override int EncodedLength => checked((int)PaillierVectorFormat.EncodedLength(setup.Parameters, Length));

    public override void WriteTo(IBufferWriter<byte> destination)
        => PaillierVectorFormat.Write(this, setup.Parameters, new WireWriter(destination));

    protected override void Dispose(bool disposing)
    {
        block.Dispose();
        base.Dispose(disposing);
    }
}
