using System.Numerics;
using FedHe.Crypto.Kernels;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks;

/// <summary>The bytes of an encrypted vector: fixed fields, a seed in seeded form, then bit-packed coefficients.</summary>
internal static class CkksVectorFormat
{
    private const int FieldsLength = KeyId.SizeInBytes + 1 + 1 + 2 + sizeof(int) + (4 * sizeof(double));

    public static long EncodedLength(CkksParameters parameters, int length, VectorForm form, int limbCount)
        => WireHeader.SizeInBytes + PayloadLength(parameters, length, form, limbCount);

    public static void Write(CkksVector vector, CkksParameters parameters, WireWriter writer)
    {
        writer.WriteHeader(WireKind.EncryptedVector, parameters.Id, vector.EncodedLength - WireHeader.SizeInBytes);
        writer.WriteKeyId(vector.KeyId);
        writer.WriteByte((byte)vector.Form);
        writer.WriteByte((byte)vector.LimbCount);
        writer.WriteUInt16(0);
        writer.WriteInt32(vector.Length);
        writer.WriteBound(vector.Bound);
        if (vector.Form == VectorForm.Seeded)
        {
            writer.WriteBytes(vector.Seed);
        }

        for (int ciphertext = 0; ciphertext < vector.CiphertextCount; ciphertext++)
        {
            for (int polynomial = 0; polynomial < CkksBlock.PolynomialsOf(vector.Form); polynomial++)
            {
                for (int limb = 0; limb < vector.LimbCount; limb++)
                {
                    int width = WidthOf(parameters.Moduli[limb]);
                    writer.WriteWith(
                        BitPackingKernel.PackedLength(parameters.Degree, width),
                        (vector, ciphertext, polynomial, limb, width),
                        static (span, state) => BitPackingKernel.Default.Pack(
                            state.vector.Limb(state.ciphertext, state.polynomial, state.limb), state.width, span));
                }
            }
        }
    }

    public static CkksVector? Read(CkksRing ring, ReadOnlySpan<byte> source, WireLimits limits, out FormatError reason)
    {
        CkksParameters parameters = ring.Parameters;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.EncryptedVector, parameters.Id, limits.MaxBytes);
        KeyId keyId = reader.ReadKeyId();
        var form = (VectorForm)reader.ReadByte();
        int limbCount = reader.ReadByte();
        reader.Require(reader.ReadUInt16() == 0, FormatError.FieldOutOfRange);
        int length = reader.ReadInt32(1, int.MaxValue);
        VectorBound bound = reader.ReadBound();
        reader.Require(form is VectorForm.Full or VectorForm.Seeded, FormatError.FieldOutOfRange);
        reader.Require(length <= limits.MaxValues, FormatError.LimitExceeded);
        reader.Require(IsPlausible(ring, form, limbCount, bound), FormatError.FieldOutOfRange);
        Seed seed = form == VectorForm.Seeded ? Seed.Read(ReadSeed(ref reader)) : default;
        long expected = PayloadLength(parameters, length, form, limbCount) + WireHeader.SizeInBytes;
        reader.Require(reader.Failed || expected == source.Length, FormatError.Inconsistent);
        CkksBlock? block = reader.Failed ? null : ReadBlock(ref reader, parameters, length, form, limbCount);
        reason = reader.Error;
        return block is null ? null : new CkksVector(parameters, keyId, length, bound, block, seed);
    }

    public static int WidthOf(ulong modulus) => 64 - BitOperations.LeadingZeroCount(modulus);

    private static CkksBlock? ReadBlock(
        ref WireReader reader, CkksParameters parameters, int length, VectorForm form, int limbCount)
    {
        var block = new CkksBlock(parameters, length, form, limbCount);
        for (int ciphertext = 0; ciphertext < CkksBlock.CiphertextsOf(parameters, length); ciphertext++)
        {
            for (int polynomial = 0; polynomial < CkksBlock.PolynomialsOf(form); polynomial++)
            {
                for (int limb = 0; limb < limbCount; limb++)
                {
                    ulong modulus = parameters.Moduli[limb];
                    int width = WidthOf(modulus);
                    ReadOnlySpan<byte> packed = reader.ReadBytes(BitPackingKernel.PackedLength(parameters.Degree, width));
                    if (!BitPackingKernel.Default.TryUnpack(packed, width, modulus, block.Limb(ciphertext, polynomial, limb)))
                    {
                        reader.Fail(FormatError.FieldOutOfRange);
                        block.Dispose();
                        return null;
                    }
                }
            }
        }

        return block;
    }

    /// <summary>
    /// What the sender claims about level and bound must be possible: no spent prime without depth, no seed after a
    /// rescale, and no less error than fresh seeded encryption has.
    /// </summary>
    private static bool IsPlausible(CkksRing ring, VectorForm form, int limbCount, VectorBound bound)
    {
        CkksParameters parameters = ring.Parameters;
        bool fresh = limbCount == parameters.Moduli.Length;
        bool levelExists = limbCount >= parameters.Moduli.Length - parameters.Depth && limbCount <= parameters.Moduli.Length;
        if (!levelExists || (form == VectorForm.Seeded && !fresh) || !VectorGuard.Fits(parameters, bound))
        {
            return false;
        }

        VectorBound least = ring.Errors.Seeded(bound.MaxAbs);
        return !fresh || (bound.NoiseMax >= least.NoiseMax && bound.NoiseVariance >= least.NoiseVariance);
    }

    private static ReadOnlySpan<byte> ReadSeed(ref WireReader reader)
    {
        ReadOnlySpan<byte> seed = reader.ReadBytes(Seed.SizeInBytes);
        return reader.Failed ? new byte[Seed.SizeInBytes] : seed;
    }

    private static long PayloadLength(CkksParameters parameters, int length, VectorForm form, int limbCount)
    {
        long bytesPerPolynomial = 0;
        foreach (ulong modulus in parameters.Moduli.AsSpan()[..Math.Min(limbCount, parameters.Moduli.Length)])
        {
            bytesPerPolynomial += BitPackingKernel.PackedLength(parameters.Degree, WidthOf(modulus));
        }

        long polynomials = (long)CkksBlock.CiphertextsOf(parameters, length) * CkksBlock.PolynomialsOf(form);
        return FieldsLength + (form == VectorForm.Seeded ? Seed.SizeInBytes : 0) + (polynomials * bytesPerPolynomial);
    }
}
