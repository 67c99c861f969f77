namespace FedHe.Benchmarks.Rounds;

/// <summary>A round mode says what models are encrypted under.</summary>
internal enum RoundMode
{
    /// <summary>The models are encrypted directly under the job's key.</summary>
    Direct,

    /// <summary>Every upload has a key of its own, which the scheme protects, and clients verify the sum.</summary>
    RoundKeys,
}
