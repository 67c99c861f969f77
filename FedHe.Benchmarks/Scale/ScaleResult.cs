namespace FedHe.Benchmarks.Scale;

/// <summary>A scale result holds the figures of a round as one JSON object, with times in milliseconds, sizes in bytes
/// and fields that are never renamed.</summary>
internal sealed record ScaleResult
{
    /// <summary>The mode of the round, "fold", "stream", "files" or "federation".</summary>
    public required string Mode { get; init; }

    /// <summary>What models are encrypted under, "round-keys" or "direct".</summary>
    public required string Encryption { get; init; }

    public required long Params { get; init; }

    public required int Clients { get; init; }

    public required int Threads { get; init; }

    public required string Precision { get; init; }

    /// <summary>The time of encryption per client, from values to bytes.</summary>
    public required double EncryptMs { get; init; }

    /// <summary>The time of folding per client, from bytes to the sum.</summary>
    public required double FoldMs { get; init; }

    /// <summary>The time of completing the sum and writing the aggregate.</summary>
    public required double CompleteMs { get; init; }

    /// <summary>The time of decryption per client, from bytes to averages.</summary>
    public required double DecryptMs { get; init; }

    /// <summary>The time of everything, with generating values and comparing averages.</summary>
    public required double TotalMs { get; init; }

    /// <summary>The length of one client's upload in bytes.</summary>
    public required long UploadBytes { get; init; }

    /// <summary>The length of one client's download in bytes.</summary>
    public required long DownloadBytes { get; init; }

    /// <summary>The memory that the sum occupies, for the whole model or for the part that is in flight.</summary>
    public required long AggregateInMemory { get; init; }

    /// <summary>The largest managed memory seen.</summary>
    public required long ManagedPeak { get; init; }

    /// <summary>The largest resident set of the process until the aggregate was complete, with the runtime and its
    /// code.</summary>
    public required long FoldPeak { get; init; }

    /// <summary>The largest resident set of the process until its end.</summary>
    public required long ProcessPeak { get; init; }

    /// <summary>The ratio of <see cref="FoldPeak"/> to <see cref="AggregateInMemory"/>.</summary>
    public double FoldPeakRatio => (double)FoldPeak / AggregateInMemory;

    /// <summary>The length of one client's upload by the plan, for a round through files.</summary>
    public long? PlannedUploadBytes { get; init; }

    /// <summary>The length of the aggregate by the plan, for a round through files.</summary>
    public long? PlannedDownloadBytes { get; init; }

    /// <summary>What plans allow for names and fields around the content, in bytes: a message of a federation may be shorter than planned by as much.</summary>
    public long? PlanSlack { get; init; }

    /// <summary>The largest resident set of a client's process, for a federation.</summary>
    public long? ClientPeak { get; init; }

    /// <summary>The largest resident set of a server's process, for a round through files.</summary>
    public long? ServerPeak { get; init; }

    /// <summary>The most bytes that all files together took on the disk, for a round through files.</summary>
    public long? DiskPeak { get; init; }

    /// <summary>The number of server processes that were killed, for a round through files.</summary>
    public int? Kills { get; init; }

    /// <summary>The number of servers that went on in the middle of an update, for a round through files.</summary>
    public int? Resumes { get; init; }

    /// <summary>The largest error of an average, relative to values in [-1, 1].</summary>
    public required double MaxAbsError { get; init; }

    /// <summary>The error promised by the aggregate.</summary>
    public required double PromisedError { get; init; }

    public required string Cpu { get; init; }

    public required string Commit { get; init; }
}
