using FedHe.Crypto;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// Fresh bounds are what freshly encrypted normalized values carry under a parameter set. Readers compare with them what a
/// vector says of itself, because a sender could claim less noise than there is, or more to use up the capacity.
/// </summary>
/// <param name="Full">The bound after public-key encryption.</param>
/// <param name="Seeded">The bound after secret-key encryption.</param>
internal sealed record FreshBounds(VectorBound Full, VectorBound Seeded)
{
    // Sums of bounds of few significant bits are exact, up to very large weights; what is left out rounds them up a little.
    private const double Tolerance = 1e-9;
    private const double ToleranceOfCompressed = 1e-3;

    // More than any list of seeds takes.
    private const int SeedListReserve = 1 << 12;

    /// <summary>Largest encoded length of a segment's vector: nothing larger is ever read.</summary>
    public int MaxSegmentBytes { get; private init; } = WireLimits.Default.MaxBytes;

    private IVectorCompressor? Compressor { get; init; }

    /// <summary>Computes the bounds under a context's parameters.</summary>
    /// <exception cref="HeCapacityException">
    /// Values of magnitude 1 do not fit the parameters, not even under the secret key.
    /// </exception>
    public static FreshBounds Of(HePublicContext context)
    {
        VectorBound seeded = context.FreshBound(1, VectorForm.Seeded);
        return new FreshBounds(OfPublicKey(context) ?? seeded, seeded)
        {
            Compressor = context.Compressor,
            MaxSegmentBytes = (int)Math.Min(
                WireLimits.Default.MaxBytes,
                context.EncodedLength(SegmentPlan.CiphertextsPerSegment * context.Parameters.ValuesPerCiphertext, VectorForm.Full) + SeedListReserve),
        };
    }

    /// <summary>Parameters without room for the noise of public-key encryption allow the bound of the secret key only.</summary>
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

    /// <summary>
    /// Whether a vector can be one fresh encryption: with no seed or a single one of weight 1, since others would fill the
    /// list of the sum, and exactly the bound of its form, less what the terms let it leave out.
    /// </summary>
    public bool AllowFresh(EncryptedVector vector, AggregationTerms terms) => Compressed(terms).AllowUncompressed(vector);

    /// <summary>As <see cref="AllowFresh"/>, before anything was left out.</summary>
    public bool AllowUncompressed(EncryptedVector vector) => vector.Form switch
    {
        VectorForm.Full => vector.Bound == Full,
        VectorForm.Seeded => vector.Bound == Seeded,
        _ => false,
    };

    /// <summary>Whether a bound can be that of a sum of fresh vectors of either kind.</summary>
    /// <param name="bound">The bound of the sum.</param>
    /// <param name="factor">Sum of the integer factors of its parts.</param>
    /// <param name="parts">Number of parts.</param>
    /// <param name="terms">What parts and sum may leave out.</param>
    public bool AllowSum(VectorBound bound, long factor, int parts, AggregationTerms terms)
    {
        FreshBounds fresh = Compressed(terms);
        VectorBound lost = LostBySum(factor, terms);
        double tolerance = terms.Precision is null ? Tolerance : ToleranceOfCompressed;

        // Variances add: their sum lies between that of equal factors and that of a single large one.
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

    /// <summary>The most error that the sum itself can add, in either of its forms.</summary>
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
