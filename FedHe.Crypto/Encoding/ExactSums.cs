namespace FedHe.Crypto.Encoding;

/// <summary>
/// An exact sum adds integers of <paramref name="PrecisionBits"/> bits, rounded from values in [-1, 1], with a total
/// weight of at most <paramref name="LargestTotalWeight"/>.
/// </summary>
/// <param name="PrecisionBits">The number b of bits: a value x becomes round(x*2^(b-1)).</param>
/// <param name="LargestTotalWeight">The largest total weight W, at least 1.</param>
/// <remarks>
/// The magnitude and the rounding of W values of 1 together are W*(2^b + 1) half steps, and Capacity is one half step
/// more: any sum below it stays below half of the 2^<see cref="FieldBits"/> numbers of a field. All figures are exact
/// in double precision wherever a field has at most 50 bits.
/// </remarks>
internal readonly record struct ExactSums(int PrecisionBits, long LargestTotalWeight)
{
    /// <summary>The number of bits of a field: enough for W*(2^b + 1) + 1 different sums.</summary>
    public int FieldBits => Math.ILogB(Count - 1) + 1;

    /// <summary>The exclusive limit of magnitude plus rounding error, in units of values.</summary>
    public double Capacity => Math.ScaleB(Count, -PrecisionBits);

    /// <summary>The largest rounding error of one value: half a step, in units of values.</summary>
    public double Rounding => Math.ScaleB(1, -PrecisionBits);

    private double Count => (LargestTotalWeight * (Math.ScaleB(1, PrecisionBits) + 1)) + 1;
}
