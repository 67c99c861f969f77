using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Operations;

/// <summary>
/// A compression budget limits what vectors may lose on the wire, so that the average of values in [-1, 1] keeps a
/// promised precision. Values are stretched by a gain that uses the whole capacity, so that as few bits as possible
/// travel.
/// </summary>
/// <param name="Gain">The factor of values before encryption, which is also the bound to encrypt with.</param>
/// <param name="UploadDeviation">Standard deviation that one upload may add, in units of encrypted values.</param>
/// <param name="DownloadDeviation">Standard deviation that the download may add, in units of encrypted sums.</param>
/// <remarks>
/// A budget holds for sums of vectors of weight 1.
/// With b bits promised, uploads and download each add at most 2^-(b+1) to the standard deviation of the average, the error
/// of a quantizer of b bits; together at most 2^-(b+1/2), besides the far smaller noise of encryption. Fewer contributors
/// than planned give less precision, never less security.
/// </remarks>
public sealed record CompressionBudget(double Gain, double UploadDeviation, double DownloadDeviation)
{
    // Room for the error beside the magnitude of a full sum.
    private const double Margin = 1 - (1.0 / 1024);

    // Encoded values must fit 62 bits at the largest scale, which has 52 bits.
    private const double LargestGain = 1 << 9;

    /// <summary>Computes the budget of one round.</summary>
    /// <param name="parameters">Parameters of the vectors.</param>
    /// <param name="contributors">Number of vectors in the sum, at least 1.</param>
    /// <param name="precisionBits">The promised number b of bits, 1 to 40.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static CompressionBudget For(HeParameters parameters, int contributors, int precisionBits)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentOutOfRangeException.ThrowIfLessThan(contributors, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(precisionBits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precisionBits, 40);
        double capacity = Margin * parameters.Capacity / contributors;

        // Parameters of several primes have capacity to spare and leave nothing out; a small gain serves them.
        double gain = capacity > int.MaxValue ? LargestGain : capacity;
        double deviation = Math.ScaleB(gain, -precisionBits - 1);
        return new CompressionBudget(gain, deviation * Math.Sqrt(contributors), deviation * contributors);
    }
}
