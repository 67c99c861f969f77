using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Vectors;

/// <summary>
/// A CKKS vector format reads and writes encrypted vectors: fixed fields, seeds where they stand for c1, bit-packed
/// coefficients.
/// </summary>
internal static class CkksVectorFormat
{
    /// <summary>
    /// The length of the longest list of seeds. Expanding more costs the reader more than the wire saves.
    /// </summary>
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
        int ciphertextLength = CiphertextLength(parameters, vector.Form, vector.LimbCount, vector.Dropped);
        writer.WriteWith(
            checked(ciphertextLength * vector.CiphertextCount),
            (vector, ring, ciphertextLength),
            static (span, state) => ParallelRanges.Run(
                span,
                state.vector.CiphertextCount,
                state.ring.MaxDegreeOfParallelism,
                (bytes, first, end) => CkksVectorPacking.Pack(
                    state.vector, state.ring, first, bytes[(first * state.ciphertextLength)..(end * state.ciphertextLength)])));
    }

    /// <summary>Reads a vector and checks every coefficient.</summary>
    /// <param name="ring">The ring of the vector.</param>
    /// <param name="source">The bytes of one vector.</param>
    /// <param name="limits">Sizes above which the vector is refused.</param>
    /// <param name="isKept">Whether the vector has its coefficients afterwards, or none, as after its disposal.</param>
    /// <param name="reason">The reason of a refusal.</param>
    public static CkksVector? Read(CkksRing ring, ReadOnlySpan<byte> source, WireLimits limits, bool isKept, out FormatError reason)
    {
        var reader = new WireReader(source);
        Head? head = ReadHead(ref reader, ring, source.Length, limits);
        CkksBlock? block = head is null ? null : ReadBlock(reader.ReadBytes(reader.Remaining), ring, head, isKept);
        reader.Require(reader.Failed || block is not null, FormatError.FieldOutOfRange);
        reason = reader.Error;
        return block is null ? null : VectorOf(ring, head!, block);
    }

    /// <summary>Reads a vector of bytes that were checked before, whose coefficients stay in them.</summary>
    public static CkksVector? ReadInPlace(CkksRing ring, ReadOnlyMemory<byte> source, WireLimits limits, out FormatError reason)
    {
        var reader = new WireReader(source.Span);
        Head? head = ReadHead(ref reader, ring, source.Length, limits);
        reason = reader.Error;
        if (head is null)
        {
            return null;
        }

        ReadOnlyMemory<byte> packed = source[^reader.Remaining..];
        return VectorOf(
            ring, head, new PackedPolynomials(ring, CkksBlock.PolynomialsOf(head.Form), head.LimbCount, head.Dropped, packed));
    }

    /// <summary>Reads everything before the coefficients, which then are the rest of the source.</summary>
    private static Head? ReadHead(ref WireReader reader, CkksRing ring, int sourceLength, WireLimits limits)
    {
        CkksParameters parameters = ring.Parameters;
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
        reader.Require(HasSeedsOfItsWeight(parameters, form, seeds, bound), FormatError.Inconsistent);
        reader.Require(
            reader.Failed || EncodedLength(parameters, length, form, limbCount, seeds.Length, dropped) == sourceLength,
            FormatError.Inconsistent);
        return reader.Failed ? null : new Head(keyId, form, limbCount, dropped, length, bound, seeds);
    }

    private static CkksVector VectorOf(CkksRing ring, Head head, ICkksPolynomials polynomials)
        => new(ring, head.KeyId, head.Length, head.Bound, polynomials, head.Seeds, head.Dropped);

    /// <summary>Checks packed coefficients and unpacks those that are kept, or returns null if one is out of range.</summary>
    private static CkksBlock? ReadBlock(ReadOnlySpan<byte> packed, CkksRing ring, Head head, bool isKept)
    {
        int ciphertexts = CkksBlock.CiphertextsOf(ring.Parameters, head.Length);
        int ciphertextLength = packed.Length / ciphertexts;
        int polynomials = CkksBlock.PolynomialsOf(head.Form);
        CkksBlock block = isKept
            ? new CkksBlock(ring.Parameters, head.Length, polynomials, head.LimbCount)
            : CkksBlock.Disposed(ring.Parameters, head.LimbCount);
        int refused = 0;
        ParallelRanges.Run(packed, ciphertexts, ring.MaxDegreeOfParallelism, (bytes, first, end) =>
        {
            ReadOnlySpan<byte> range = bytes[(first * ciphertextLength)..(end * ciphertextLength)];
            bool isInRange = isKept
                ? CkksVectorPacking.TryUnpack(range, ring, first, end, head.Dropped, block)
                : CkksVectorPacking.AreInRange(range, ring, end - first, polynomials, head.LimbCount, head.Dropped);
            if (!isInRange)
            {
                Volatile.Write(ref refused, 1);
            }
        });
        if (refused == 0)
        {
            return block;
        }

        block.Dispose();
        return null;
    }

    /// <summary>
    /// Tells whether level, dropped bits and bound can be true: no spent prime without depth, no seed after a rescale, bits
    /// dropped only of a single prime, and no less error than fresh seeded encryption has.
    /// </summary>
    private static bool IsPlausible(CkksRing ring, VectorForm form, int limbCount, DroppedBits dropped, VectorBound bound)
    {
        CkksParameters parameters = ring.Parameters;
        bool fresh = limbCount == parameters.Moduli.Length;
        bool levelExists = limbCount >= parameters.Moduli.Length - parameters.Depth && limbCount <= parameters.Moduli.Length;
        if (!levelExists || (form != VectorForm.Full && !fresh) || !VectorGuard.Fits(parameters, bound))
        {
            return false;
        }

        if (parameters.ExactIntegers is CkksExactIntegers exact)
        {
            return exact.IsPlausible(bound) && CkksTruncation.IsPossible(parameters, form, dropped, exact.TotalWeightOf(bound) > 1);
        }

        if (!CkksTruncation.IsPossible(parameters, form, dropped))
        {
            return false;
        }

        VectorBound least = ring.Errors.Seeded(bound.MaxAbs).Add(ring.Errors.Dropping(dropped));
        return !fresh || (bound.NoiseMax >= least.NoiseMax && bound.NoiseVariance >= least.NoiseVariance);
    }

    /// <summary>
    /// Tells whether the weights of the seeds sum to the total weight that the bound of exact integers states.
    /// </summary>
    private static bool HasSeedsOfItsWeight(
        CkksParameters parameters, VectorForm form, ImmutableArray<WeightedSeed> seeds, VectorBound bound)
        => form == VectorForm.Full || parameters.ExactIntegers is not CkksExactIntegers exact
            || exact.TotalWeightOf(bound).Equals((double)seeds.Aggregate(UInt128.Zero, (sum, seed) => sum + (ulong)seed.Weight));

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
        var seeds = new WeightedSeed[count];
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            ReadOnlySpan<byte> bytes = reader.ReadBytes(Seed.SizeInBytes);
            long weight = form == VectorForm.SeedList ? reader.ReadInt64(1, long.MaxValue) : 1;
            if (!reader.Failed)
            {
                var seed = new WeightedSeed(Seed.Read(bytes), weight);
                reader.Require(i == 0 || seeds[i - 1].CompareTo(seed) < 0, FormatError.Inconsistent);
                seeds[i] = seed;
            }
        }

        // One seed of weight 1 has a form of its own: every vector has one encoding.
        reader.Require(form == VectorForm.Seeded || count > 1 || reader.Failed || seeds[0].Weight > 1, FormatError.Inconsistent);
        return ImmutableCollectionsMarshal.AsImmutableArray(seeds);
    }

    private static long SeedsLength(VectorForm form, int count) => form switch
    {
        VectorForm.Seeded => Seed.SizeInBytes,
        VectorForm.SeedList => sizeof(int) + ((long)count * WeightedSeed.EncodedLength),
        _ => 0,
    };

    private static int CiphertextLength(CkksParameters parameters, VectorForm form, int limbCount, DroppedBits dropped)
        => PackedPolynomials.CiphertextLength(parameters, CkksBlock.PolynomialsOf(form), limbCount, dropped);

    private sealed record Head(
        KeyId KeyId, VectorForm Form, int LimbCount, DroppedBits Dropped, int Length, VectorBound Bound, ImmutableArray<WeightedSeed> Seeds);
}
