using System.Buffers.Binary;
using FedHe.Privacy.Sampling;

namespace FedHe.Privacy.Tests.Support;

/// <summary>Samples of seeds that are numbers, and the size of long forms of tests.</summary>
internal static class TestSeed
{
    /// <summary>The number of samples of statistical tests: a million, or what FEDHE_SAMPLES says (eng/long samples).</summary>
    public static int SampleCount { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("FEDHE_SAMPLES"), System.Globalization.CultureInfo.InvariantCulture, out int count) ? count : 1_000_000;

    public static byte[] Of(int number)
    {
        var seed = new byte[32];
        BinaryPrimitives.WriteInt32LittleEndian(seed, number);
        return seed;
    }

    public static long[] Draw(NoiseSampler sampler, int seed, int count)
    {
        var samples = new long[count];
        sampler.AddSeeded(samples, Of(seed));
        return samples;
    }
}
