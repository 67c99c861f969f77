namespace FedHe.Benchmarks.Noise;

/// <summary>How fast one sampler draws, and whether the magnitude of a sample shows in the time of its batch.</summary>
/// <param name="Name">The distribution.</param>
/// <param name="Deviation">Its standard deviation, in units of the grid.</param>
/// <param name="SamplesPerSecond">Samples a second of processor time of one thread, in the best of all runs.</param>
/// <param name="TimeCorrelation">The correlation of a batch's time with the sum of its magnitudes; chance gives about 1 / sqrt(batches).</param>
/// <param name="Batches">The number of batches whose times were compared.</param>
/// <param name="LogDistance">The binary logarithm of the proven distance of one sample.</param>
internal sealed record NoiseFigure(
    string Name, double Deviation, double SamplesPerSecond, double TimeCorrelation, int Batches, double LogDistance);
