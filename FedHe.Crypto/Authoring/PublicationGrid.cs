using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Authoring;

/// <summary>
/// A publication grid is the set of values that a public decryption may output: all multiples of a power of two.
/// </summary>
/// <param name="LogStep">Binary logarithm of the step.</param>
public readonly record struct PublicationGrid(int LogStep)
{
    /// <summary>The distance between neighboring values of the grid.</summary>
    public double Step => Math.ScaleB(1, LogStep);

    /// <summary>
    /// Creates the grid whose step is 2^-<paramref name="precisionBits"/> times a magnitude bound, rounded up to a
    /// power of two.
    /// </summary>
    public static PublicationGrid For(double maxAbs, int precisionBits)
    {
        int logMagnitude = Math.ILogB(maxAbs);
        if (Math.ScaleB(1, logMagnitude) < maxAbs)
        {
            logMagnitude++;
        }

        return new PublicationGrid(logMagnitude - precisionBits);
    }

    /// <summary>
    /// Creates the grid of the requested precision and refuses an error above half a step, so that a rounded value is
    /// within one step of the exact value.
    /// </summary>
    /// <exception cref="HeCapacityException">
    /// The error is too large; the message tells the precision that is possible.
    /// </exception>
    public static PublicationGrid Demand(double maxAbs, double error, int precisionBits)
    {
        int possibleBits = precisionBits;
        while (possibleBits > 0 && error > For(maxAbs, possibleBits).Step / 2)
        {
            possibleBits--;
        }

        if (possibleBits < precisionBits)
        {
            throw Throw.PublicationExceedsCapacity(possibleBits);
        }

        return For(maxAbs, precisionBits);
    }

    /// <summary>Rounds values to the nearest multiples of the step, with ties to even.</summary>
    public void Round(Span<double> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Math.ScaleB(Math.Round(Math.ScaleB(values[i], -LogStep)), LogStep);
        }
    }
}
