using System.Numerics;

namespace FedHe.Crypto.KeyAdditive.Parameters;

/// <summary>A sum range is the interval of integers that a sum of uploads is coded in, and the bits of its code.</summary>
/// <param name="Least">The smallest sum of the interval.</param>
/// <param name="Count">The number of sums in the interval.</param>
/// <remarks>
/// A sum V of n uploads of k bits is in [0, n*(2^k - 1)]. A coefficient is indistinguishable from a uniform number below q,
/// so that an upload of it is uniform in [0, u], u = floor((q - 1)/2^t), but for the last number. V is within
/// z*sqrt(n/12)*(u + 1) of n*u/2 with probability about 1 - 2^-38, for z = 7: this window takes fewer bits from 33 uploads on,
/// though not for every number of them. Where a sum falls outside, which costs bits and nothing else, the full range is used.
/// </remarks>
internal readonly record struct SumRange(ulong Least, ulong Count)
{
    /// <summary>The standard deviations z on either side of the middle of a window.</summary>
    public const double WindowDeviations = 7;

    /// <summary>The number of bits of a code.</summary>
    public int Width => Count > 1 ? BitOperations.Log2(Count - 1) + 1 : 1;

    /// <summary>The range of all sums.</summary>
    public static SumRange Full(KeyAdditiveParameters parameters, int contributors)
        => new(Least: 0, ((ulong)contributors * ((1UL << parameters.KeptBits) - 1)) + 1);

    /// <summary>The window of nearly all sums, or null where it saves no bit.</summary>
    public static SumRange? Window(KeyAdditiveParameters parameters, int contributors)
    {
        SumRange full = Full(parameters, contributors);
        ulong largest = (parameters.Modulus - 1) >> parameters.DroppedBits; // u
        double half = Math.Ceiling(WindowDeviations * Math.Sqrt(contributors / 12.0) * (largest + 1));
        ulong middle = (ulong)contributors * largest / 2; // n*u/2
        if (half >= middle)
        {
            return null;
        }

        var window = new SumRange(middle - (ulong)half, (2 * (ulong)half) + 2);
        return window.Width < full.Width ? window : null;
    }
}
