using System.Security.Cryptography;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Paillier.Arithmetic;
using FedHe.Crypto.Paillier.Parameters;

namespace FedHe.Crypto.Paillier.Keys;

/// <summary>
/// A Paillier modulus is the modulus n of a key with a fingerprint of the key's generator h, which every vector carries
/// and which suffices for adding. It is immutable.
/// </summary>
/// <remarks>
/// The key's identity is the hash of both, so that a vector needs neither h nor its identity on the wire, and a public key
/// whose h was exchanged is another key. On the wire: n, big-endian, then the fingerprint.
/// </remarks>
internal sealed class PaillierModulus
{
    private readonly byte[] _bytes;

    /// <summary>Sets up the arithmetic of a modulus.</summary>
    /// <param name="parameters">The parameters of the key.</param>
    /// <param name="bytes">n, odd and of full length, then the fingerprint of h.</param>
    public PaillierModulus(PaillierParameters parameters, ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes.ToArray();
        KeyId = KeyIdOf(bytes);
        Arithmetic = new PaillierArithmetic(Modulus);
        Packing = new FieldPacking(
            Modulus, parameters.FieldBits, parameters.ValuesPerCiphertext, parameters.PrecisionBits - 1);
    }

    public KeyId KeyId { get; }

    /// <summary>The arithmetic modulo n^2.</summary>
    public PaillierArithmetic Arithmetic { get; }

    /// <summary>The packing of values into messages modulo n.</summary>
    public FieldPacking Packing { get; }

    /// <summary>The modulus n, big-endian.</summary>
    public ReadOnlySpan<byte> Modulus => _bytes.AsSpan(0, _bytes.Length - KeyId.SizeInBytes);

    /// <summary>The bytes of n, then the fingerprint of h.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Computes the length of <see cref="Bytes"/>.</summary>
    public static int LengthOf(PaillierParameters parameters) => parameters.ModulusLength + KeyId.SizeInBytes;

    /// <summary>Computes the identity of the key of n and a fingerprint.</summary>
    public static KeyId KeyIdOf(ReadOnlySpan<byte> bytes) => new(SHA256.HashData(bytes).AsSpan(0, KeyId.SizeInBytes));

    /// <summary>Tells whether n is odd and has its highest bit set.</summary>
    public static bool IsOddOfFullLength(ReadOnlySpan<byte> modulus) => (modulus[0] & 0x80) != 0 && (modulus[^1] & 1) != 0;
}
