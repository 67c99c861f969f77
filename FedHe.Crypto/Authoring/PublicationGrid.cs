using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Authoring;

/// <summary>A publication grid holds the values that a public decryption may output: the multiples of a power of two.</summary>
/// <param name="LogStep">Binary logarithm of the step.</param>
public readonly record struct PublicationGrid(int LogStep)
{
    /// <summary>The distance of neighboring values.</summary>
    public double Step => Math.ScaleB(1, LogStep);

    /// <summary>The grid for a magnitude bound: 2^-<paramref name="precisionBits"/> of it, rounded up to a power of two.</summary>
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
    /// The grid of the requested precision, if an error of this size stays within half a step of it: the result is then
    /// within one step of the exact value.
    /// </summary>
    /// <exception cref="HeCapacityException">The error is too large; the message tells the precision that is possible.</exception>
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

    /// <summary>Rounds values to the nearest multiples of the step, ties to even.</summary>
    public void Round(Span<double> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Math.ScaleB(Math.Round(Math.ScaleB(values[i], -LogStep)), LogStep);
        }
    }
}
