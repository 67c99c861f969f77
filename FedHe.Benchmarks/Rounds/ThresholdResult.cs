namespace FedHe.Benchmarks.Rounds;

/// <summary>A threshold result holds the medians of a threshold round.</summary>
internal sealed record ThresholdResult
{
    public required string Cpu { get; init; }

    public required string Keys { get; init; }

    public required string Encoding { get; init; }

    public required int Params { get; init; }

    public required int Threads { get; init; }

    /// <summary>From values to a vector under the key of all parties.</summary>
    public required double EncryptMs { get; init; }

    /// <summary>From a vector to the answer of one party, its ledger included.</summary>
    public required double PartialDecryptMs { get; init; }

    /// <summary>From a vector and all answers to values.</summary>
    public required double FuseMs { get; init; }

    /// <summary>Whether the opening was exactly the rounded values.</summary>
    public required bool IsExact { get; init; }
}
