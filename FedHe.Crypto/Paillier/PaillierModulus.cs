using System.Security.Cryptography;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// What a vector tells of its key, which is all that adding takes: n, and a fingerprint of the generator h. Immutable.
/// </summary>
/// <remarks>
/// The key's identity is the hash of both, so that a vector needs neither h nor its identity on the wire, and a public key
/// whose h was exchanged is another key. On the wire: n, big-endian, then the fingerprint.
/// </remarks>
internal sealed class PaillierModulus
{
    private readonly byte[] _bytes;

    private PaillierModulus(PaillierParameters parameters, ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes.ToArray();
        KeyId = KeyIdOf(bytes);
        Arithmetic = new PaillierArithmetic(Modulus);
        Packing = new LanePacking(
            Modulus, parameters.FieldBits, parameters.ValuesPerCiphertext, parameters.PrecisionBits - 1);
    }

    public KeyId KeyId { get; }

    public PaillierArithmetic Arithmetic { get; }

    public LanePacking Packing { get; }

    /// <summary>n, big-endian.</summary>
    public ReadOnlySpan<byte> Modulus => _bytes.AsSpan(0, _bytes.Length - KeyId.SizeInBytes);

    /// <summary>n, then the fingerprint of h.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    public static int LengthOf(PaillierParameters parameters) => parameters.ModulusLength + KeyId.SizeInBytes;

    /// <summary>The modulus of a public key: n, then h.</summary>
    public static PaillierModulus Of(PaillierSetup setup, ReadOnlySpan<byte> publicKey)
    {
        int length = setup.Parameters.ModulusLength;
        byte[] bytes = [.. publicKey[..length], .. SHA256.HashData(publicKey[length..]).AsSpan(0, KeyId.SizeInBytes)];
        return setup.Moduli.GetOrAdd(KeyIdOf(bytes), () => new PaillierModulus(setup.Parameters, bytes))!;
    }

    /// <summary>
    /// The modulus of a vector from untrusted bytes, or null unless n is odd, has exactly the bits of a key and no small
    /// factor: setting up arithmetic is not for any number that someone sends.
    /// </summary>
    public static PaillierModulus? TryRead(PaillierSetup setup, ReadOnlySpan<byte> bytes)
    {
        if (!IsPossible(bytes[..setup.Parameters.ModulusLength]))
        {
            return null;
        }

        byte[] copy = bytes.ToArray();
        int length = setup.Parameters.ModulusLength;
        return setup.Moduli.GetOrAdd(KeyIdOf(bytes), () => VariableTimePrimes.HasSmallFactor(BigEndian.Read(copy.AsSpan(0, length)))
            ? null
            : new PaillierModulus(setup.Parameters, copy));
    }

    /// <summary>Whether n is odd and has its highest bit set.</summary>
    public static bool IsPossible(ReadOnlySpan<byte> modulus) => (modulus[0] & 0x80) != 0 && (modulus[^1] & 1) != 0;

    private static KeyId KeyIdOf(ReadOnlySpan<byte> bytes) => new(SHA256.HashData(bytes).AsSpan(0, KeyId.SizeInBytes));
}
