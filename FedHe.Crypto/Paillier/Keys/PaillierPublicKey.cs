using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Randomness;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Paillier.Keys;

/// <summary>
/// A Paillier public key is n, the product of two primes, and h = -x^2 modulo n for a random x. On the wire both are
/// big-endian, each as long as n.
/// </summary>
internal sealed class PaillierPublicKey : PublicKey
{
    private readonly byte[] _payload;

    /// <summary>Creates a key of numbers that were checked.</summary>
    /// <param name="parameters">The parameters of the key.</param>
    /// <param name="payload">n, then h; kept.</param>
    /// <param name="modulus">The modulus of the same n and h.</param>
    /// <param name="random">The source of the randomness of ciphertexts.</param>
    public PaillierPublicKey(PaillierParameters parameters, byte[] payload, PaillierModulus modulus, RandomSource random)
        : base(parameters.Id, modulus.KeyId)
    {
        _payload = payload;
        Modulus = modulus;
        Randomizers = new CombRandomizerSource(modulus.Arithmetic, payload.AsMemory(payload.Length / 2), random);
    }

    public PaillierModulus Modulus { get; }

    /// <summary>The randomness of ciphertexts under this key.</summary>
    public RandomizerSource Randomizers { get; }

    /// <summary>The generator h, big-endian.</summary>
    public ReadOnlySpan<byte> Generator => _payload.AsSpan(_payload.Length / 2);

    public override int EncodedLength => WireHeader.SizeInBytes + _payload.Length;

    public override void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.PublicKey, ParametersId, _payload.Length);
        writer.WriteBytes(_payload);
    }
}
