using System.Text.Json.Serialization;
using FedHe.Crypto.Keys;

namespace FedHe.Benchmarks.Rounds;

/// <summary>The figures of a round, as one JSON object. Times are medians in milliseconds; fields are never renamed.</summary>
internal sealed record RoundResult
{
    public required string Scheme { get; init; }

    public required int Params { get; init; }

    public required int Clients { get; init; }

    public required int Threads { get; init; }

    public required double MaskRatio { get; init; }

    public required string Precision { get; init; }

    public required string Download { get; init; }

    public required bool PublicKey { get; init; }

    /// <summary>Per client, from floats to bytes.</summary>
    public required double EncryptMs { get; init; }

    /// <summary>Per client, from bytes to the sum, with a share of writing the aggregate.</summary>
    public required double FoldMs { get; init; }

    /// <summary>Per client, from bytes to averages.</summary>
    public required double DecryptMs { get; init; }

    /// <summary>Per client.</summary>
    public required long UploadBytes { get; init; }

    /// <summary>Per client.</summary>
    public required long DownloadBytes { get; init; }

    public required double UploadBitsPerValue { get; init; }

    public required double DownloadBitsPerValue { get; init; }

    /// <summary>Largest error of an average, relative to values in [-1, 1].</summary>
    public required double MaxAbsError { get; init; }

    /// <summary>The error promised before the round ran.</summary>
    public required double PromisedError { get; init; }

    /// <summary>Plaintext averaging of all clients in the same process.</summary>
    public required double PlaintextMs { get; init; }

    public required long PlaintextBytes { get; init; }

    /// <summary>Per client: the random and expanded bytes that encryption consumes, and nothing else.</summary>
    public required double FloorMs { get; init; }

    /// <summary>The round as hosts run it, clear part included, where only a part is encrypted. All figures above are of
    /// the encrypted part.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required SelectiveResult? Selective { get; init; }

    public required string Cpu { get; init; }

    public required string Commit { get; init; }

    /// <summary>Encryption of all clients, folding of all, one decryption.</summary>
    [JsonIgnore]
    public double RoundMs => (Clients * (EncryptMs + FoldMs)) + DecryptMs;
}
