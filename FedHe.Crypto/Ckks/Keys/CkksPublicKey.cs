using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Keys;

/// <summary>
/// A CKKS public key is the pair (b, a) with b = -(a*s + e), both transformed. The identity of the key is the hash of
/// its bytes on the wire.
/// </summary>
/// <remarks>
/// On the wire a key is the seed of a, then b bit-packed. A key that was imported without a seed is b and then a, both
/// bit-packed.
/// </remarks>
internal sealed class CkksPublicKey : PublicKey
{
    private readonly byte[] _payload;

    private CkksPublicKey(CkksRing ring, byte[] payload, KeyId keyId)
        : base(ring.Parameters.Id, keyId)
    {
        _payload = payload;
        B = new FixedPolynomial(ring);
        A = new FixedPolynomial(ring);
    }

    /// <summary>A limb reader returns one limb of one polynomial.</summary>
    public delegate ReadOnlySpan<ulong> LimbReader(int polynomial, int limb);

    public FixedPolynomial B { get; }

    public FixedPolynomial A { get; }

    /// <summary>The bytes of the key without their header.</summary>
    public ReadOnlySpan<byte> Payload => _payload;

    public override int EncodedLength => WireHeader.SizeInBytes + _payload.Length;

    /// <summary>Makes a public key for a secret polynomial.</summary>
    public static CkksPublicKey Create(CkksRing ring, FixedPolynomial secret, EncryptionRandomSource random)
    {
        Seed seed = Seed.Create(random);
        var payload = new ArrayBufferWriter<byte>(PayloadLength(ring));
        payload.Write(seed);
        WriteSecond(ring, seed, secret, random, payload);
        return Read(ring, payload.WrittenSpan, keyId: null, out _)!;
    }

    /// <summary>Writes b = -(a*s + e) for the polynomial a of a seed, transformed and bit-packed.</summary>
    public static void WriteSecond(
        CkksRing ring, in Seed seed, FixedPolynomial secret, EncryptionRandomSource random, IBufferWriter<byte> destination)
    {
        using var expander = new SeedExpander(seed);
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        new SecretSampler(random).Error(workspace.Error);
        Span<ulong> b = workspace.Polynomial;
        Span<ulong> product = workspace.SecondPolynomial;
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            NttPlan ntt = ring.Transforms[limb];
            b.Clear();
            PolynomialKernel.Default.AddSmallSigned(b, workspace.Error, ntt.Modulus);
            ntt.Forward(b); // e
            expander.Expand(ciphertext: 0, limb, ntt.Modulus, workspace.Expansion, product); // a
            PolynomialKernel.Default.Multiply(product, secret.Limb(limb), product, ntt.Modulus); // a*s
            PolynomialKernel.Default.Add(b, product, ntt.Modulus); // a*s + e
            product.Clear();
            PolynomialKernel.Default.SubtractFrom(product, b, ntt.Modulus); // b = -(a*s + e)
            int width = CkksParameters.WidthOf(ntt.Modulus);
            int length = BitPackingKernel.PackedLength(ring.Degree, width);
            BitPackingKernel.Default.Pack(b, width, destination.GetSpan(length)[..length]);
            destination.Advance(length);
        }
    }

    /// <summary>Imports a key that another program made, without a seed, and refuses one that cannot be honest.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="limbOf">Returns the limbs of b (polynomial 0) and a (polynomial 1), transformed.</param>
    /// <param name="reason">The reason of a refusal.</param>
    public static CkksPublicKey? Import(CkksRing ring, LimbReader limbOf, out FormatError reason)
    {
        var payload = new ArrayBufferWriter<byte>(ExplicitPayloadLength(ring));
        for (int polynomial = 0; polynomial < 2; polynomial++)
        {
            for (int limb = 0; limb < ring.LimbCount; limb++)
            {
                int width = CkksParameters.WidthOf(ring.Parameters.Moduli[limb]);
                int length = BitPackingKernel.PackedLength(ring.Degree, width);
                BitPackingKernel.Default.Pack(limbOf(polynomial, limb), width, payload.GetSpan(length)[..length]);
                payload.Advance(length);
            }
        }

        return ReadChecked(ring, payload.WrittenSpan, keyId: null, out reason);
    }

    public static CkksPublicKey? TryRead(CkksRing ring, ReadOnlySpan<byte> source, out FormatError reason)
    {
        bool isSeeded = source.Length == WireHeader.SizeInBytes + PayloadLength(ring);
        int payloadLength = isSeeded ? PayloadLength(ring) : ExplicitPayloadLength(ring);
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.PublicKey, ring.Parameters.Id, WireHeader.SizeInBytes + payloadLength);
        ReadOnlySpan<byte> payload = reader.ReadBytes(payloadLength);
        reader.ExpectEnd();
        reason = reader.Error;
        return reader.Failed ? null : ReadChecked(ring, payload, keyId: null, out reason);
    }

    public override void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.PublicKey, ParametersId, _payload.Length);
        writer.WriteBytes(_payload);
    }

    /// <summary>Reads a key from elsewhere, and refuses one that cannot be honest.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="payload">The bytes of the key without their header, of a length that a key has.</param>
    /// <param name="keyId">The identity of the key, or null for the hash of the payload.</param>
    /// <param name="reason">The reason of a refusal.</param>
    public static CkksPublicKey? ReadChecked(CkksRing ring, ReadOnlySpan<byte> payload, KeyId? keyId, out FormatError reason)
    {
        CkksPublicKey? key = Read(ring, payload, keyId, out reason);
        if (key is null || CkksKeyCheck.IsPlausible(ring, key))
        {
            return key;
        }

        reason = FormatError.FieldOutOfRange;
        return null;
    }

    private static CkksPublicKey? Read(CkksRing ring, ReadOnlySpan<byte> payload, KeyId? keyId, out FormatError reason)
    {
        var key = new CkksPublicKey(ring, payload.ToArray(), keyId ?? Identify(payload));
        if (payload.Length == ExplicitPayloadLength(ring))
        {
            int half = payload.Length / 2;
            bool isInRange = TryUnpack(ring, payload[..half], key.B) && TryUnpack(ring, payload[half..], key.A);
            reason = isInRange ? FormatError.None : FormatError.FieldOutOfRange;
            return isInRange ? key : null;
        }

        if (!TryUnpack(ring, payload[Seed.SizeInBytes..], key.B))
        {
            reason = FormatError.FieldOutOfRange;
            return null;
        }

        using var expander = new SeedExpander(Seed.Read(payload[..Seed.SizeInBytes]));
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            ulong modulus = ring.Parameters.Moduli[limb];
            expander.Expand(ciphertext: 0, limb, modulus, workspace.Expansion, workspace.Polynomial);
            key.A.Set(limb, workspace.Polynomial.Span, modulus);
        }

        reason = FormatError.None;
        return key;
    }

    private static bool TryUnpack(CkksRing ring, ReadOnlySpan<byte> packed, FixedPolynomial destination)
    {
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            ulong modulus = ring.Parameters.Moduli[limb];
            int width = CkksParameters.WidthOf(modulus);
            int length = BitPackingKernel.PackedLength(ring.Degree, width);
            if (!BitPackingKernel.Default.TryUnpack(packed[..length], width, modulus, workspace.Polynomial))
            {
                return false;
            }

            destination.Set(limb, workspace.Polynomial.Span, modulus);
            packed = packed[length..];
        }

        return true;
    }

    /// <summary>Returns the number of bytes of a seed and b.</summary>
    public static int PayloadLength(CkksRing ring) => Seed.SizeInBytes + PolynomialLength(ring);

    private static int ExplicitPayloadLength(CkksRing ring) => 2 * PolynomialLength(ring);

    private static int PolynomialLength(CkksRing ring)
    {
        int length = 0;
        foreach (ulong modulus in ring.Parameters.Moduli)
        {
            length += BitPackingKernel.PackedLength(ring.Degree, CkksParameters.WidthOf(modulus));
        }

        return length;
    }

    private static KeyId Identify(ReadOnlySpan<byte> payload) => new(SHA256.HashData(payload).AsSpan(0, KeyId.SizeInBytes));
}
