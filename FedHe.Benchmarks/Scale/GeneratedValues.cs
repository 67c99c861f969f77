using FedHe.MLBridge.Layout;

namespace FedHe.Benchmarks.Scale;

/// <summary>
/// Generated values are a function of client and position, uniform in [-1, 1) and exact in single precision, and never
/// stored.
/// </summary>
internal static class GeneratedValues
{
    private const int LogSteps = 23;

    /// <summary>Computes the value of a client at a position with the finalizer of SplitMix64.</summary>
    public static double Of(int client, long position)
    {
        ulong z = unchecked((ulong)position + ((ulong)client << 40) + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return ((int)(z >> (63 - LogSteps)) - (1 << LogSteps)) * (1.0 / (1 << LogSteps));
    }

    /// <summary>Computes the value of a client at a position as a tensor of some type has it: cut to the 8 significant bits of bfloat16, or whole.</summary>
    public static double Of(int client, long position, ElementType type)
    {
        double value = Of(client, position);
        return type == ElementType.BFloat16 ? BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits((float)value) & 0xFFFF0000) : value;
    }

    /// <summary>Computes the weight of a client, a whole number of samples up to <see cref="MaxWeight"/>.</summary>
    public static long WeightOf(int client) => MaxWeight - (7 * (client % 100));

    public const long MaxWeight = 1000;
}
