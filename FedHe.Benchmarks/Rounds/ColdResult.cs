namespace FedHe.Benchmarks.Rounds;

/// <summary>A cold result holds the figures of the first round of a process, each the median of several fresh processes.</summary>
internal sealed record ColdResult
{
    /// <summary>The number of processes.</summary>
    public required int Processes { get; init; }

    /// <summary>The time of one client's encryption, the average over the clients of the first round.</summary>
    public required double EncryptMs { get; init; }

    /// <summary>The time that the server spends on one client.</summary>
    public required double FoldMs { get; init; }

    /// <summary>The time of one client's decryption.</summary>
    public required double DecryptMs { get; init; }

    /// <summary>The time from the first use of the library to the first upload: context and key pair are made in it.</summary>
    public required double FirstUploadMs { get; init; }

    /// <summary>The time that the just-in-time compiler took from the first use of the library on, on every thread.</summary>
    public required double CompilerMs { get; init; }

    /// <summary>The methods that were compiled in that time.</summary>
    public required int CompiledMethods { get; init; }
}
