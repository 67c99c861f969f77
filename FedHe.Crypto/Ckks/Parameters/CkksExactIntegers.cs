using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>
/// The plan of exact integers keeps sums of <see cref="CkksPacking.ExactIntegers"/> exact: it fixes the fields in a
/// coefficient, and the low bits that the wire leaves out.
/// </summary>
/// <remarks>
/// A value x becomes the integer round(x*2^(b-1)) for b = <see cref="PrecisionBits"/>. A decrypted sum is exactly
/// 2^-(b-1) times the weighted sum of these integers, whatever the noise: the average of values in [-1, 1] is within
/// 2^-b of the exact one. With <see cref="CkksTraffic.SeedLists"/> this is certain; where noise has no useful worst case
/// (low bits of a second polynomial left out, public-key encryption) it fails for a single coefficient with probability
/// at most 2^-80.
/// </remarks>
public sealed record CkksExactIntegers
{
    internal CkksExactIntegers(int precisionBits, long largestTotalWeight, CkksTraffic traffic, int fields)
    {
        PrecisionBits = precisionBits;
        LargestTotalWeight = largestTotalWeight;
        Traffic = traffic;
        Fields = fields;
    }

    /// <summary>The number b of bits of a value in [-1, 1], whose step is 2^-(b-1).</summary>
    public int PrecisionBits { get; }

    /// <summary>
    /// The largest total weight W of a sum. A vector of values beyond 1 in magnitude counts with its bound.
    /// </summary>
    public long LargestTotalWeight { get; }

    /// <summary>The vectors that the plan is for.</summary>
    public CkksTraffic Traffic { get; }

    /// <summary>The number of values in each coefficient.</summary>
    public int Fields { get; }

    /// <summary>The number of bits of a field: enough for W*(2^b + 1) + 1 different sums.</summary>
    public int FieldBits => FieldBitsOf(PrecisionBits, LargestTotalWeight);

    /// <summary>The number of bits of all fields of a coefficient.</summary>
    public int LogPlaintextModulus => Fields * FieldBits;

    /// <summary>
    /// The limit of magnitude plus rounding, in units of values: half a step more than W values of 1 need.
    /// </summary>
    internal double Capacity => new ExactSums(PrecisionBits, LargestTotalWeight).Capacity;

    /// <summary>The largest error of rounding a value: half a step.</summary>
    internal double Rounding => new ExactSums(PrecisionBits, LargestTotalWeight).Rounding;

    /// <summary>Low bits that an upload leaves out. Only public-key uploads have a second polynomial.</summary>
    internal DroppedBits Upload { get; init; }

    /// <summary>Low bits that a sum in the form of a seed list leaves out.</summary>
    internal DroppedBits SeedListSum { get; init; }

    /// <summary>Low bits that a sum with both polynomials leaves out.</summary>
    internal DroppedBits FullSum { get; init; }

    /// <summary>Returns the bound of a fresh vector, which has no noise. A magnitude below 1 counts as 1.</summary>
    internal VectorBound FreshBound(double maxAbs) => new VectorBound(Math.Max(1, maxAbs), Rounding, 0, 0).RoundUp();

    internal static int FieldBitsOf(int precisionBits, long largestTotalWeight)
        => new ExactSums(precisionBits, largestTotalWeight).FieldBits;

    /// <summary>Returns the low bits that an upload or a sum of the given form leaves out.</summary>
    internal DroppedBits DroppedOf(VectorForm form, bool isSum) => (form, isSum) switch
    {
        (VectorForm.Full, false) => Upload,
        (VectorForm.Full, true) => FullSum,
        (VectorForm.SeedList, _) => SeedListSum,
        _ => Upload with { C1 = 0 },
    };

    /// <summary>Computes the total weight of a vector from its bound: every unit of weight rounds once.</summary>
    internal double TotalWeightOf(VectorBound bound) => bound.Rounding / Rounding;

    /// <summary>
    /// Tells whether a sum can have a bound: no noise, an integer total weight, and at least this magnitude.
    /// </summary>
    internal bool IsPlausible(VectorBound bound)
    {
        double weight = TotalWeightOf(bound);
        return bound.NoiseMax.Equals(0) && bound.NoiseVariance.Equals(0)
            && weight >= 1 && weight.Equals(Math.Floor(weight)) && bound.MaxAbs >= weight;
    }

    internal void Write(WireWriter writer)
    {
        writer.WriteInt64(LargestTotalWeight);
        writer.WriteByte((byte)Traffic);
        writer.WriteByte((byte)Fields);
        foreach (DroppedBits dropped in (ReadOnlySpan<DroppedBits>)[Upload, SeedListSum, FullSum])
        {
            writer.WriteByte((byte)dropped.C0);
            writer.WriteByte((byte)dropped.C1);
        }
    }

    internal static CkksExactIntegers Read(ref WireReader reader, int logScale)
    {
        long largestTotalWeight = reader.ReadInt64();
        var traffic = (CkksTraffic)reader.ReadByte();
        int fields = reader.ReadByte();
        return new CkksExactIntegers(logScale + 1, largestTotalWeight, traffic, fields)
        {
            Upload = new DroppedBits(reader.ReadByte(), reader.ReadByte()),
            SeedListSum = new DroppedBits(reader.ReadByte(), reader.ReadByte()),
            FullSum = new DroppedBits(reader.ReadByte(), reader.ReadByte()),
        };
    }
}
