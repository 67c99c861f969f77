namespace FedHe.Benchmarks.Starts;

/// <summary>
/// A start result holds the times of a client from the first statement of its program to its first upload, each the median of several
/// processes. All times are counted from that statement on.
/// </summary>
internal sealed record StartResult
{
    public required string Keys { get; init; }

    public required int Params { get; init; }

    public required int Processes { get; init; }

    /// <summary>The milliseconds until the job and the keys are loaded.</summary>
    public required double KeysMs { get; init; }

    /// <summary>The milliseconds until the client is restored from its state.</summary>
    public required double ClientMs { get; init; }

    /// <summary>The milliseconds until the bytes of the first upload lie ready.</summary>
    public required double UploadMs { get; init; }

    /// <summary>The least of the processes.</summary>
    public required double LeastUploadMs { get; init; }

    /// <summary>The milliseconds of processor time until the upload lies ready, on all threads.</summary>
    public required double ProcessorMs { get; init; }

    /// <summary>The milliseconds of processor time that the process took before its first statement.</summary>
    public required double RuntimeMs { get; init; }

    /// <summary>The methods that were compiled until then.</summary>
    public required int CompiledMethods { get; init; }

    /// <summary>The length of the upload in bytes.</summary>
    public required long UploadBytes { get; init; }

    /// <summary>The clock of the first four times: "wall", or "thread" for the processor's time of the measuring thread.</summary>
    public required string Clock { get; init; }

    public required string Cpu { get; init; }

    public required string Commit { get; init; }
}
