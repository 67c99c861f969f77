using FedHe.Crypto;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// Fresh bounds are the bounds of freshly encrypted normalized values under a parameter set. Readers compare them with
/// the bounds that vectors state.
/// </summary>
/// <remarks>A hostile sender could state less noise than there is, or more, to use up the capacity.</remarks>
/// <param name="Full">The bound after public-key encryption.</param>
/// <param name="Seeded">The bound after secret-key encryption.</param>
internal sealed record FreshBounds(VectorBound Full, VectorBound Seeded)
{
    // Sums of bounds with few significant bits are exact up to very large weights; compression makes them round up a
    // little.
    private const double Tolerance = 1e-9;
    private const double ToleranceOfCompressed = 1e-3;

    // More bytes than any list of seeds takes.
    private const int SeedListReserve = 1 << 12;

    /// <summary>The largest encoded length of a segment's vector in bytes; no longer one is read.</summary>
    public int MaxSegmentBytes { get; private init; } = WireLimits.Default.MaxBytes;

    private IVectorCompressor? Compressor { get; init; }

    /// <summary>Computes the fresh bounds under a context's parameters.</summary>
    /// <exception cref="HeCapacityException">
    /// Values of magnitude 1 do not fit the parameters, not even with secret-key encryption.
    /// </exception>
    public static FreshBounds Of(HePublicContext context)
    {
        ContextGuard.Check(context);
        VectorBound seeded = context.FreshBound(1, VectorForm.Seeded);
        return new FreshBounds(OfPublicKey(context) ?? seeded, seeded)
        {
            Compressor = context.Compressor,
            MaxSegmentBytes = (int)Math.Min(
                WireLimits.Default.MaxBytes,
                LargestSegment(context) + SeedListReserve),
        };
    }

    /// <summary>Bounds the length of a segment: as a fresh vector, or as a sum, which in memory is never shorter.</summary>
    private static long LargestSegment(HePublicContext context)
    {
        int length = SegmentPlan.CiphertextsPerSegment * context.Parameters.ValuesPerCiphertext;
        return Math.Max(context.EncodedLength(length, VectorForm.Full), context.MemoryInBytes(length, VectorForm.Full));
    }

    /// <summary>
    /// Computes the bound of public-key encryption, or returns null when the parameters have no room for its noise.
    /// </summary>
    private static VectorBound? OfPublicKey(HePublicContext context)
    {
        try
        {
            return context.FreshBound(1, VectorForm.Full);
        }
        catch (HeCapacityException)
        {
            return null;
        }
    }

    /// <summary>Returns whether a vector can be one fresh encryption, compressed as the terms allow.</summary>
    /// <remarks>
    /// Its form must be full or seeded, and its bound exactly the fresh bound of that form; other forms would fill the
    /// sum's list of seeds.
    /// </remarks>
    public bool AllowFresh(EncryptedVector vector, AggregationTerms terms) => Compressed(terms).AllowUncompressed(vector);

    /// <summary>Returns whether a vector can be one fresh encryption without compression.</summary>
    public bool AllowUncompressed(EncryptedVector vector) => vector.Form switch
    {
        VectorForm.Full => vector.Bound == Full,
        VectorForm.Seeded => vector.Bound == Seeded,
        _ => false,
    };

    /// <summary>Returns whether a bound can belong to a sum of fresh vectors in either form.</summary>
    /// <param name="bound">The bound of the sum.</param>
    /// <param name="factor">The sum of the integer factors of the parts.</param>
    /// <param name="parts">The number of parts.</param>
    /// <param name="terms">The terms, which say how much parts and sum may leave out.</param>
    public bool AllowSum(VectorBound bound, long factor, int parts, AggregationTerms terms)
    {
        FreshBounds fresh = Compressed(terms);
        VectorBound lost = LostBySum(factor, terms);
        double tolerance = terms.Precision is null ? Tolerance : ToleranceOfCompressed;

        // Variances add: their sum lies between the case of equal factors and the case of a single large factor.
        double square = (double)factor * factor;
        return bound.MaxAbs.Equals((double)factor)
            && Lies(bound.Rounding, factor, factor, fresh.Full.Rounding, fresh.Seeded.Rounding, lost.Rounding, tolerance)
            && Lies(bound.NoiseMax, factor, factor, fresh.Full.NoiseMax, fresh.Seeded.NoiseMax, lost.NoiseMax, tolerance)
            && Lies(
                bound.NoiseVariance, square / parts, square, fresh.Full.NoiseVariance, fresh.Seeded.NoiseVariance, lost.NoiseVariance, tolerance);
    }

    private FreshBounds Compressed(AggregationTerms terms)
        => terms.Precision is TransferPrecision precision && Compressor is not null
            ? new FreshBounds(
                Compressor.CompressedBound(Full, VectorForm.Full, precision.UploadDeviation),
                Compressor.CompressedBound(Seeded, VectorForm.Seeded, precision.UploadDeviation))
            : this;

    /// <summary>Computes the largest error that compressing the sum itself can add, in either of its forms.</summary>
    private VectorBound LostBySum(long factor, AggregationTerms terms)
    {
        if (terms.Precision is not TransferPrecision precision || Compressor is null)
        {
            return default;
        }

        double deviation = precision.DownloadDeviation(factor);
        VectorBound full = Compressor.CompressedBound(default, VectorForm.Full, deviation);
        VectorBound list = Compressor.CompressedBound(default, VectorForm.SeedList, deviation);
        return new VectorBound(
            MaxAbs: 0,
            Math.Max(full.Rounding, list.Rounding),
            Math.Max(full.NoiseMax, list.NoiseMax),
            Math.Max(full.NoiseVariance, list.NoiseVariance));
    }

    private static bool Lies(double value, double least, double most, double full, double seeded, double lost, double tolerance)
        => value >= least * (1 - tolerance) * Math.Min(full, seeded)
            && value <= (most * Math.Max(full, seeded) + lost) * (1 + tolerance);
}
