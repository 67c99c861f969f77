using System.Collections.Immutable;
using System.Numerics;
using FedHe.Crypto.Kernels;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks;

/// <summary>The bytes of an encrypted vector: fixed fields, seeds where they stand for c1, then bit-packed coefficients.</summary>
internal static class CkksVectorFormat
{
    /// <summary>The longest list of seeds; expanding more costs a reader more than it saves the wire.</summary>
    public const int MaxSeeds = 64;

    private const int FieldsLength = KeyId.SizeInBytes + 1 + 1 + 1 + 1 + sizeof(int) + (4 * sizeof(double));

    public static long EncodedLength(CkksVector vector, CkksParameters parameters)
        => EncodedLength(parameters, vector.Length, vector.Form, vector.LimbCount, vector.Seeds.Length, vector.Dropped);

    public static long EncodedLength(
        CkksParameters parameters, int length, VectorForm form, int limbCount, int seedCount, DroppedBits dropped)
        => WireHeader.SizeInBytes + FieldsLength + SeedsLength(form, seedCount)
            + ((long)CkksBlock.CiphertextsOf(parameters, length) * CiphertextLength(parameters, form, limbCount, dropped));

    public static void Write(CkksVector vector, CkksRing ring, WireWriter writer)
    {
        CkksParameters parameters = ring.Parameters;
        writer.WriteHeader(WireKind.EncryptedVector, parameters.Id, vector.EncodedLength - WireHeader.SizeInBytes);
        writer.WriteKeyId(vector.KeyId);
        writer.WriteByte((byte)vector.Form);
        writer.WriteByte((byte)vector.LimbCount);
        writer.WriteByte((byte)vector.Dropped.C0);
        writer.WriteByte((byte)vector.Dropped.C1);
        writer.WriteInt32(vector.Length);
        writer.WriteBound(vector.Bound);
        WriteSeeds(vector, writer);
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        for (int ciphertext = 0; ciphertext < vector.CiphertextCount; ciphertext++)
        {
            for (int polynomial = 0; polynomial < CkksBlock.PolynomialsOf(vector.Form); polynomial++)
            {
                for (int limb = 0; limb < vector.LimbCount; limb++)
                {
                    int dropped = vector.Dropped.Of(polynomial);
                    int width = WidthOf(parameters.Moduli[limb]) - dropped;
                    ReadOnlySpan<ulong> coefficients = vector.Limb(ciphertext, polynomial, limb);
                    if (dropped > 0)
                    {
                        coefficients = Truncate(coefficients, dropped, isTransformed: polynomial == 1, ring.Transforms[limb], workspace);
                    }

                    writer.WriteWith(
                        BitPackingKernel.PackedLength(parameters.Degree, width),
                        new Packing(coefficients, width),
                        static (span, packing) => BitPackingKernel.Default.Pack(packing.Coefficients, packing.Width, span));
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
        var dropped = new DroppedBits(reader.ReadByte(), reader.ReadByte());
        int length = reader.ReadInt32(1, int.MaxValue);
        VectorBound bound = reader.ReadBound();
        reader.Require(Enum.IsDefined(form), FormatError.FieldOutOfRange);
        reader.Require(length <= limits.MaxValues, FormatError.LimitExceeded);
        reader.Require(IsPlausible(ring, form, limbCount, dropped, bound), FormatError.FieldOutOfRange);
        ImmutableArray<WeightedSeed> seeds = ReadSeeds(ref reader, form);
        if (!reader.Failed)
        {
            long expected = EncodedLength(parameters, length, form, limbCount, seeds.Length, dropped);
            reader.Require(expected == source.Length, FormatError.Inconsistent);
        }

        CkksBlock? block = reader.Failed ? null : ReadBlock(ref reader, ring, length, form, limbCount, dropped);
        reason = reader.Error;
        return block is null ? null : new CkksVector(ring, keyId, length, bound, block, seeds, dropped);
    }

    public static int WidthOf(ulong modulus) => 64 - BitOperations.LeadingZeroCount(modulus);

    private static ReadOnlySpan<ulong> Truncate(
        ReadOnlySpan<ulong> polynomial, int bits, bool isTransformed, NttPlan ntt, CkksWorkspace workspace)
    {
        Span<ulong> scratch = workspace.Polynomial;
        polynomial.CopyTo(scratch);
        if (isTransformed)
        {
            ntt.Inverse(scratch);
        }

        TruncationKernel.Drop(scratch, bits, scratch);
        return scratch;
    }

    private static CkksBlock? ReadBlock(
        ref WireReader reader, CkksRing ring, int length, VectorForm form, int limbCount, DroppedBits dropped)
    {
        CkksParameters parameters = ring.Parameters;
        var block = new CkksBlock(parameters, length, CkksBlock.PolynomialsOf(form), limbCount);
        for (int ciphertext = 0; ciphertext < CkksBlock.CiphertextsOf(parameters, length); ciphertext++)
        {
            for (int polynomial = 0; polynomial < block.PolynomialCount; polynomial++)
            {
                for (int limb = 0; limb < limbCount; limb++)
                {
                    NttPlan ntt = ring.Transforms[limb];
                    int bits = dropped.Of(polynomial);
                    int width = WidthOf(ntt.Modulus) - bits;
                    Span<ulong> coefficients = block.Limb(ciphertext, polynomial, limb);
                    ReadOnlySpan<byte> packed = reader.ReadBytes(BitPackingKernel.PackedLength(parameters.Degree, width));
                    if (!BitPackingKernel.Default.TryUnpack(packed, width, ((ntt.Modulus - 1) >> bits) + 1, coefficients))
                    {
                        reader.Fail(FormatError.FieldOutOfRange);
                        block.Dispose();
                        return null;
                    }

                    if (bits > 0)
                    {
                        TruncationKernel.Restore(coefficients, bits, ntt.Modulus);
                        if (polynomial == 1)
                        {
                            ntt.Forward(coefficients);
                        }
                    }
                }
            }
        }

        return block;
    }

    /// <summary>
    /// What the sender claims about level, dropped bits and bound must be possible: no spent prime without depth, no seed
    /// after a rescale, bits dropped only of a single prime, and no less error than fresh seeded encryption has.
    /// </summary>
    private static bool IsPlausible(CkksRing ring, VectorForm form, int limbCount, DroppedBits dropped, VectorBound bound)
    {
        CkksParameters parameters = ring.Parameters;
        bool fresh = limbCount == parameters.Moduli.Length;
        bool levelExists = limbCount >= parameters.Moduli.Length - parameters.Depth && limbCount <= parameters.Moduli.Length;
        if (!levelExists || (form != VectorForm.Full && !fresh) || !VectorGuard.Fits(parameters, bound)
            || !CkksTruncation.IsPossible(parameters, form, dropped))
        {
            return false;
        }

        VectorBound least = ring.Errors.Seeded(bound.MaxAbs).Add(ring.Errors.Dropping(dropped));
        return !fresh || (bound.NoiseMax >= least.NoiseMax && bound.NoiseVariance >= least.NoiseVariance);
    }

    private static void WriteSeeds(CkksVector vector, WireWriter writer)
    {
        if (vector.Form == VectorForm.SeedList)
        {
            writer.WriteInt32(vector.Seeds.Length);
        }

        foreach (WeightedSeed weighted in vector.Seeds)
        {
            Seed seed = weighted.Seed;
            writer.WriteBytes(seed);
            if (vector.Form == VectorForm.SeedList)
            {
                writer.WriteInt64(weighted.Weight);
            }
        }
    }

    private static ImmutableArray<WeightedSeed> ReadSeeds(ref WireReader reader, VectorForm form)
    {
        if (form == VectorForm.Full)
        {
            return [];
        }

        int count = form == VectorForm.SeedList ? reader.ReadInt32(1, MaxSeeds) : 1;
        var seeds = ImmutableArray.CreateBuilder<WeightedSeed>(count);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            ReadOnlySpan<byte> bytes = reader.ReadBytes(Seed.SizeInBytes);
            long weight = form == VectorForm.SeedList ? reader.ReadInt64(1, long.MaxValue) : 1;
            if (!reader.Failed)
            {
                var seed = new WeightedSeed(Seed.Read(bytes), weight);
                reader.Require(i == 0 || seeds[i - 1].CompareTo(seed) < 0, FormatError.Inconsistent);
                seeds.Add(seed);
            }
        }

        // One seed of weight 1 has a form of its own: every vector has one encoding.
        reader.Require(form == VectorForm.Seeded || count > 1 || reader.Failed || seeds[0].Weight > 1, FormatError.Inconsistent);
        return seeds.ToImmutable();
    }

    private static long SeedsLength(VectorForm form, int count) => form switch
    {
        VectorForm.Seeded => Seed.SizeInBytes,
        VectorForm.SeedList => sizeof(int) + ((long)count * WeightedSeed.EncodedLength),
        _ => 0,
    };

    private static long CiphertextLength(CkksParameters parameters, VectorForm form, int limbCount, DroppedBits dropped)
    {
        long bytes = 0;
        for (int polynomial = 0; polynomial < CkksBlock.PolynomialsOf(form); polynomial++)
        {
            foreach (ulong modulus in parameters.Moduli.AsSpan()[..Math.Min(limbCount, parameters.Moduli.Length)])
            {
                bytes += BitPackingKernel.PackedLength(parameters.Degree, WidthOf(modulus) - dropped.Of(polynomial));
            }
        }

        return bytes;
    }

    private readonly ref struct Packing(ReadOnlySpan<ulong> coefficients, int width)
    {
        public ReadOnlySpan<ulong> Coefficients { get; } = coefficients;

        public int Width => width;
    }
}
