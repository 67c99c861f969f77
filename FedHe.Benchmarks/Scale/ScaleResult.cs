namespace FedHe.Benchmarks.Scale;

/// <summary>The figures of a round, as one JSON object. Times are in milliseconds, sizes in bytes; fields are never renamed.</summary>
internal sealed record ScaleResult
{
    /// <summary>"fold" or "stream".</summary>
    public required string Mode { get; init; }

    public required long Params { get; init; }

    public required int Clients { get; init; }

    public required int Threads { get; init; }

    public required string Precision { get; init; }

    /// <summary>Per client, from values to bytes.</summary>
    public required double EncryptMs { get; init; }

    /// <summary>Per client, from bytes to the sum.</summary>
    public required double FoldMs { get; init; }

    /// <summary>Completing the sum and writing it.</summary>
    public required double CompleteMs { get; init; }

    /// <summary>Per client, from bytes to averages.</summary>
    public required double DecryptMs { get; init; }

    /// <summary>Everything, with generating values and comparing averages.</summary>
    public required double TotalMs { get; init; }

    /// <summary>Per client.</summary>
    public required long UploadBytes { get; init; }

    /// <summary>Per client.</summary>
    public required long DownloadBytes { get; init; }

    /// <summary>What the sum occupies in memory: of the whole model, or of the part that is in flight.</summary>
    public required long AggregateInMemory { get; init; }

    /// <summary>Largest managed memory seen.</summary>
    public required long ManagedPeak { get; init; }

    /// <summary>Largest resident set of the process until the aggregate was complete, with the runtime and its code.</summary>
    public required long FoldPeak { get; init; }

    /// <summary>Largest resident set of the process until its end.</summary>
    public required long ProcessPeak { get; init; }

    /// <summary><see cref="FoldPeak"/> over <see cref="AggregateInMemory"/>.</summary>
    public double FoldPeakRatio => (double)FoldPeak / AggregateInMemory;

    /// <summary>Largest error of an average, relative to values in [-1, 1].</summary>
    public required double MaxAbsError { get; init; }

    /// <summary>The error promised by the aggregate.</summary>
    public required double PromisedError { get; init; }

    public required string Cpu { get; init; }

    public required string Commit { get; init; }
}
