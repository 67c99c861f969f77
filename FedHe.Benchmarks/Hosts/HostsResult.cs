namespace FedHe.Benchmarks.Hosts;

/// <summary>A hosts result holds the figures of a hosted round as one JSON object, with times in milliseconds and sizes in bytes.</summary>
internal sealed record HostsResult
{
    /// <summary>Who opens the sum, "committee" or "authority".</summary>
    public required string Keys { get; init; }

    public required int Clients { get; init; }

    public required long Params { get; init; }

    /// <summary>The length of one upload.</summary>
    public required int UploadBytes { get; init; }

    /// <summary>The median of the times from the first byte of an upload to its acknowledgement, with the wait for its turn.</summary>
    public required double UploadMs { get; init; }

    public required double SlowestUploadMs { get; init; }

    /// <summary>The time from the first byte of the first upload to the acknowledgement of the last one, in which clients also train and encrypt.</summary>
    public required double UploadingMs { get; init; }

    /// <summary>The time from the first announcement to the end of the last client.</summary>
    public required double WallMs { get; init; }

    public required double ServerProcessorMs { get; init; }

    /// <summary>What the operating system counts as written by the server, with files that were deleted again.</summary>
    public required long WrittenBytes { get; init; }

    /// <summary>Where the server is kept, "folder" or "postgresql".</summary>
    public required string Store { get; init; }

    /// <summary>What the database wrote to its log meanwhile, from which it writes its tables later; 0 without one.</summary>
    public required long DatabaseLogBytes { get; init; }

    /// <summary>The bytes of all uploads.</summary>
    public required long ReceivedBytes { get; init; }

    /// <summary>The bytes of all messages to clients.</summary>
    public required long SentBytes { get; init; }

    /// <summary>Requests that clients made again, because a connection did not come about or broke, or the server could not answer at the moment.</summary>
    public required int Retries { get; init; }

    /// <summary>The largest resident set of the server before the first client.</summary>
    public required long IdlePeak { get; init; }

    public required long ServerPeak { get; init; }

    public required long ClientsPeak { get; init; }

    /// <summary>The uploads that the audit log has, and the clients that they are of.</summary>
    public required int AcceptedUploads { get; init; }

    public required int AcceptedClients { get; init; }

    /// <summary>The number of different models that clients ended with.</summary>
    public required int Models { get; init; }

    public required double MaxAbsError { get; init; }

    public required double PromisedError { get; init; }

    public required bool IsAuditIntact { get; init; }

    public required string Cpu { get; init; }

    public required int Processors { get; init; }

    public required string Commit { get; init; }

    /// <summary>Whether each client counts exactly once, in the log and in the model that all have.</summary>
    public bool IsComplete => IsAuditIntact && AcceptedUploads == Clients && AcceptedClients == Clients && Models == 1 && MaxAbsError <= PromisedError;
}
