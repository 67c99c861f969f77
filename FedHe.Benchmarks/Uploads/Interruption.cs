namespace FedHe.Benchmarks.Uploads;

/// <summary>An interruption in the middle of an upload, and what it cost.</summary>
internal sealed record Interruption
{
    /// <summary>What was interrupted: "connection", which was cut, or "server", which was killed too.</summary>
    public required string What { get; init; }

    /// <summary>The number of bytes that the client sent, including TLS and HTTP.</summary>
    public required long SentBytes { get; init; }

    /// <summary>The bytes that had left when the connection was cut.</summary>
    public required long CutAt { get; init; }

    /// <summary>The offset in the upload that the server acknowledged then, from which on the client went on.</summary>
    public required long ResumedFrom { get; init; }

    /// <summary>The bytes that the client sent twice.</summary>
    public long SentTwiceBytes => CutAt - ResumedFrom;

    /// <summary>The time from the first byte to the acknowledgment, including the interruption.</summary>
    public required double UploadMs { get; init; }

    /// <summary>The time until a server that was killed listened again, or 0.</summary>
    public required double RestartMs { get; init; }
}
