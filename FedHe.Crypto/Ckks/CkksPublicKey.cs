using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks;

/// <summary>
/// The pair (b, a) with b = -(a*s + e), both transformed. On the wire: the seed of a, then b bit-packed. The key's
/// identity is the hash of these bytes.
/// </summary>
internal sealed class CkksPublicKey : PublicKey
{
    private readonly byte[] _payload;

    private CkksPublicKey(CkksRing ring, byte[] payload)
        : base(ring.Parameters.Id, Identify(payload))
    {
        _payload = payload;
        B = new FixedPolynomial(ring);
        A = new FixedPolynomial(ring);
    }

    public FixedPolynomial B { get; }

    public FixedPolynomial A { get; }

    public override int EncodedLength => WireHeader.SizeInBytes + _payload.Length;

    /// <summary>Makes the public key of a secret polynomial.</summary>
    public static CkksPublicKey Create(CkksRing ring, FixedPolynomial secret, RandomSource random)
    {
        Seed seed = Seed.Create(random);
        var payload = new ArrayBufferWriter<byte>(PayloadLength(ring));
        payload.Write(seed);
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
            ntt.Forward(b);
            expander.Expand(ciphertext: 0, limb, ntt.Modulus, workspace.Expansion, product);
            PolynomialKernel.Default.Multiply(product, secret.Limb(limb), product, ntt.Modulus);
            PolynomialKernel.Default.Add(b, product, ntt.Modulus);

            // b = 0 - (a*s + e)
            product.Clear();
            PolynomialKernel.Default.SubtractFrom(product, b, ntt.Modulus);
            int width = CkksVectorFormat.WidthOf(ntt.Modulus);
            int length = BitPackingKernel.PackedLength(ring.Degree, width);
            BitPackingKernel.Default.Pack(b, width, payload.GetSpan(length)[..length]);
            payload.Advance(length);
        }

        return Read(ring, payload.WrittenSpan, out _)!;
    }

    public static CkksPublicKey? TryRead(CkksRing ring, ReadOnlySpan<byte> source, out FormatError reason)
    {
        int payloadLength = PayloadLength(ring);
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.PublicKey, ring.Parameters.Id, WireHeader.SizeInBytes + payloadLength);
        ReadOnlySpan<byte> payload = reader.ReadBytes(payloadLength);
        reader.ExpectEnd();
        reason = reader.Error;
        return reader.Failed ? null : Read(ring, payload, out reason);
    }

    public override void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.PublicKey, ParametersId, _payload.Length);
        writer.WriteBytes(_payload);
    }

    private static CkksPublicKey? Read(CkksRing ring, ReadOnlySpan<byte> payload, out FormatError reason)
    {
        var key = new CkksPublicKey(ring, payload.ToArray());
        using var expander = new SeedExpander(Seed.Read(payload[..Seed.SizeInBytes]));
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        Span<ulong> polynomial = workspace.Polynomial;
        ReadOnlySpan<byte> remaining = payload[Seed.SizeInBytes..];
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            ulong modulus = ring.Parameters.Moduli[limb];
            int width = CkksVectorFormat.WidthOf(modulus);
            int length = BitPackingKernel.PackedLength(ring.Degree, width);
            if (!BitPackingKernel.Default.TryUnpack(remaining[..length], width, modulus, polynomial))
            {
                reason = FormatError.FieldOutOfRange;
                return null;
            }

            key.B.Set(limb, polynomial, modulus);
            expander.Expand(ciphertext: 0, limb, modulus, workspace.Expansion, polynomial);
            key.A.Set(limb, polynomial, modulus);
            remaining = remaining[length..];
        }

        reason = FormatError.None;
        return key;
    }

    private static int PayloadLength(CkksRing ring) => Seed.SizeInBytes + ring.Parameters.Moduli.Sum(
        modulus => BitPackingKernel.PackedLength(ring.Degree, CkksVectorFormat.WidthOf(modulus)));

    private static KeyId Identify(byte[] payload) => new(SHA256.HashData(payload).AsSpan(0, KeyId.SizeInBytes));
}
