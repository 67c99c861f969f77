using System.Numerics;
using FedHe.Privacy.Kernels;
using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Sampling;

/// <summary>A threshold table is the distribution function of a magnitude, as numbers of 127 bits.</summary>
/// <remarks>
/// Every threshold is the probability that the magnitude is at most j, rounded to 2^-127. With t thresholds the drawn
/// distribution is at most t * 2^-127 in statistical distance from the table's probabilities, plus the mass beyond the last one.
/// </remarks>
internal sealed class ThresholdTable
{
    private const int Bits = 127;

    /// <summary>Magnitudes beyond the table have less than this probability together.</summary>
    public const int LogTailMass = -96;

    private static readonly FixedPoint TailMass = FixedPoint.PowerOfTwo(LogTailMass);

    private ThresholdTable(long[] thresholds) => Thresholds = thresholds;

    /// <summary>The thresholds, as <see cref="ThresholdKernel"/> takes them.</summary>
    public long[] Thresholds { get; }

    /// <summary>The number of thresholds.</summary>
    public int Count => Thresholds.Length / ThresholdKernel.WordsPerThreshold;

    /// <summary>The statistical distance of what is drawn from the distribution of the table.</summary>
    public double Distance => Math.ScaleB(1, LogTailMass) + Math.ScaleB(Count, -Bits);

    /// <summary>Makes the table of the magnitude of a symmetric distribution from the probabilities of 0, 1, 2, ...</summary>
    /// <param name="probabilities">The probability of k and the same one of -k, decreasing; they may be cut off or end with the sequence.</param>
    public static ThresholdTable OfSymmetric(IEnumerable<FixedPoint> probabilities)
    {
        var thresholds = new List<long>();
        FixedPoint below = FixedPoint.Zero;
        bool isFirst = true;
        foreach (FixedPoint probability in probabilities)
        {
            below += isFirst ? probability : 2 * probability;
            isFirst = false;
            if (FixedPoint.One - below < TailMass)
            {
                break;
            }

            Add(thresholds, below);
        }

        return new ThresholdTable([.. thresholds]);
    }

    /// <summary>Makes the table of one bit.</summary>
    /// <param name="zero">The probability that the bit is 0.</param>
    public static ThresholdTable OfBit(FixedPoint zero)
    {
        var thresholds = new List<long>();
        Add(thresholds, zero);
        return new ThresholdTable([.. thresholds]);
    }

    private static void Add(List<long> thresholds, FixedPoint value)
    {
        BigInteger rounded = (value.Scaled + (BigInteger.One << (FixedPoint.FractionBits - Bits - 1))) >> (FixedPoint.FractionBits - Bits);
        if (rounded >= BigInteger.One << Bits)
        {
            return;
        }

        thresholds.Add((long)(rounded >> 64));
        thresholds.Add(unchecked((long)((ulong)(rounded & ulong.MaxValue) ^ (1UL << 63))));
    }
}
