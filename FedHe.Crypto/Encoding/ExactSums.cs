namespace FedHe.Crypto.Encoding;

/// <summary>
/// Values in [-1, 1] rounded to integers of <paramref name="PrecisionBits"/> bits, summed with weights of which the total
/// is at most <paramref name="LargestTotalWeight"/>: how many sums there are, and what a field needs to hold any of them.
/// </summary>
/// <param name="PrecisionBits">Bits b: a value x becomes round(x*2^(b-1)).</param>
/// <param name="LargestTotalWeight">W, at least 1.</param>
/// <remarks>
/// The magnitude and the rounding of W values of 1 together are W*(2^b + 1) half steps, and Capacity is one half step more:
/// whatever stays below it stays below half of the 2^<see cref="FieldBits"/> numbers of a field. Exact in double precision
/// wherever a field has at most 50 bits.
/// </remarks>
internal readonly record struct ExactSums(int PrecisionBits, long LargestTotalWeight)
{
    /// <summary>Bits of a field: enough for W*(2^b + 1) + 1 sums.</summary>
    public int FieldBits => Math.ILogB(Count - 1) + 1;

    /// <summary>What magnitude and rounding together must stay below, in units of values.</summary>
    public double Capacity => Math.ScaleB(Count, -PrecisionBits);

    /// <summary>Half a step.</summary>
    public double Rounding => Math.ScaleB(1, -PrecisionBits);

    private double Count => (LargestTotalWeight * (Math.ScaleB(1, PrecisionBits) + 1)) + 1;
}
