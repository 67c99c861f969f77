using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Releases;

/// <summary>The largest change of a sum of integers by one unit of privacy, in units of the grid, rounding included.</summary>
public sealed record GridSensitivity
{
    /// <summary>States a sensitivity.</summary>
    /// <param name="one">The 1-norm, positive and not below the 2-norm.</param>
    /// <param name="two">The 2-norm, positive.</param>
    /// <exception cref="PrivacyException">A norm is out of range, or the 1-norm is below the 2-norm.</exception>
    public GridSensitivity(double one, double two)
    {
        Throw.IfSensitivityOutOfRange(one);
        Throw.IfSensitivityOutOfRange(two);
        if (one < two)
        {
            throw Throw.NormsDoNotFit();
        }

        One = one;
        Two = two;
    }

    /// <summary>The 1-norm.</summary>
    public double One { get; }

    /// <summary>The 2-norm.</summary>
    public double Two { get; }

    /// <summary>Returns the sensitivity of vectors of integers of a largest 2-norm.</summary>
    /// <param name="two">The 2-norm, positive.</param>
    /// <param name="dimension">The number of coordinates, positive.</param>
    /// <returns>
    /// The sensitivity, whose 1-norm is the smaller of sqrt(dimension) times the 2-norm and its square, since integers are at most
    /// their squares.
    /// </returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static GridSensitivity OfIntegers(double two, long dimension)
    {
        Throw.IfSensitivityOutOfRange(two);
        Throw.IfNotPositive(dimension, PrivacyError.WrongLength, "The number of coordinates");
        return new GridSensitivity(Math.Max(two, Math.Min(Math.Sqrt(dimension) * two, two * two)), two);
    }
}
