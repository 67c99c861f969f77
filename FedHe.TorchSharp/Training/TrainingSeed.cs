using FedHe.Orchestration.Job;

namespace FedHe.TorchSharp.Training;

/// <summary>A training seed differs for every round and attempt of a client.</summary>
internal static class TrainingSeed
{
    /// <summary>Mixes a client's seed with round and attempt.</summary>
    /// <remarks>Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014 (the finalizer).</remarks>
    public static long Of(long seed, TrainingTask task)
        => unchecked((long)Mix(Mix(Mix((ulong)seed) + (ulong)task.Round) + (ulong)task.Attempt));

    private static ulong Mix(ulong value)
    {
        value = unchecked(value + 0x9E3779B97F4A7C15);
        value = unchecked((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9);
        value = unchecked((value ^ (value >> 27)) * 0x94D049BB133111EB);
        return value ^ (value >> 31);
    }
}
