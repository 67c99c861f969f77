namespace FedHe.Crypto;

/// <summary>The grid of values that a public decryption may output: multiples of a power of two.</summary>
/// <param name="LogStep">Binary logarithm of the step.</param>
internal readonly record struct PublicationGrid(int LogStep)
{
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

    public void Round(Span<double> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Math.ScaleB(Math.Round(Math.ScaleB(values[i], -LogStep)), LogStep);
        }
    }
}
