using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>
/// How parameters of <see cref="CkksPacking.ExactIntegers"/> carry sums without error: what was promised, and what was
/// planned to keep it.
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

    /// <summary>Bits b of a value in [-1, 1]: its step is 2^-(b-1).</summary>
    public int PrecisionBits { get; }

    /// <summary>Largest total weight W of a sum; a vector whose bound exceeds 1 counts as that many.</summary>
    public long LargestTotalWeight { get; }

    /// <summary>The vectors this was planned for.</summary>
    public CkksTraffic Traffic { get; }

    /// <summary>Values in each coefficient.</summary>
    public int Fields { get; }

    /// <summary>Bits of a field: enough for W*(2^b + 1) + 1 sums.</summary>
    public int FieldBits => FieldBitsOf(PrecisionBits, LargestTotalWeight);

    /// <summary>Bits of all fields of a coefficient.</summary>
    public int LogPlaintextModulus => Fields * FieldBits;

    /// <summary>The largest sum of magnitude and rounding, in units of values: half a step more than W values of 1 need.</summary>
    internal double Capacity => new ExactSums(PrecisionBits, LargestTotalWeight).Capacity;

    /// <summary>Half a step.</summary>
    internal double Rounding => new ExactSums(PrecisionBits, LargestTotalWeight).Rounding;

    /// <summary>Low bits that an upload leaves out; of the second polynomial only public-key uploads.</summary>
    internal DroppedBits Upload { get; init; }

    /// <summary>Low bits that a sum leaves out as a seed list, and with both polynomials.</summary>
    internal DroppedBits SeedListSum { get; init; }

    /// <inheritdoc cref="SeedListSum"/>
    internal DroppedBits FullSum { get; init; }

    /// <summary>Bound of a fresh vector: integers carry no noise, and a magnitude below 1 counts as 1.</summary>
    internal VectorBound FreshBound(double maxAbs) => new VectorBound(Math.Max(1, maxAbs), Rounding, 0, 0).RoundUp();

    internal static int FieldBitsOf(int precisionBits, long largestTotalWeight)
        => new ExactSums(precisionBits, largestTotalWeight).FieldBits;

    /// <summary>Low bits that a vector of the given form and total weight leaves out.</summary>
    internal DroppedBits DroppedOf(VectorForm form, bool isSum) => (form, isSum) switch
    {
        (VectorForm.Full, false) => Upload,
        (VectorForm.Full, true) => FullSum,
        (VectorForm.SeedList, _) => SeedListSum,
        _ => Upload with { C1 = 0 },
    };

    /// <summary>The total weight of a vector, from its bound: every unit of weight rounds once.</summary>
    internal double TotalWeightOf(VectorBound bound) => bound.Rounding / Rounding;

    /// <summary>Whether a bound can be that of a sum: no noise, a whole total weight, and no less magnitude than it has.</summary>
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
