using FedHe.Crypto;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// Turns a promise of b bits into what each vector may lose. Values in [-1, 1] are stretched by a gain that uses the whole
/// capacity, so that as few bits as possible travel. Uploads and download may each add a standard deviation of 2^-(b+1) to
/// the average.
/// </summary>
internal sealed class PrecisionBudget(HeParameters parameters, int clients, int bits)
{
    // Room for the error beside the magnitude of a full sum.
    private const double Margin = 1 - (1.0 / 1024);

    /// <summary>What a value of 1 is encrypted as.</summary>
    public double Gain { get; } = Math.Min((float)(Margin * parameters.Capacity / clients), 1 << 29);

    /// <summary>Standard deviation that one upload may add, in units of encrypted values.</summary>
    public double UploadDeviation => Gain * Math.Sqrt(clients) * Math.ScaleB(1, -bits - 1);

    /// <summary>Standard deviation that the download may add, in units of encrypted sums.</summary>
    public double DownloadDeviation => Gain * clients * Math.ScaleB(1, -bits - 1);
}
