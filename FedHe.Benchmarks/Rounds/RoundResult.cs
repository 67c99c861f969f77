using System.Text.Json.Serialization;

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

    /// <summary>Time of one client's encryption, from a model to the bytes of an update.</summary>
    public required double EncryptMs { get; init; }

    /// <summary>
    /// Time that the server spends on one client, from the bytes of an update to the sum, with a share of writing the
    /// aggregate. The update is read twice: once to check all of it, and once to add it.
    /// </summary>
    public required double FoldMs { get; init; }

    /// <summary>Part of <see cref="FoldMs"/> that goes by before anything of an update is added: parsing and checking all of it.</summary>
    public required double CheckMs { get; init; }

    /// <summary>Time of one client's decryption, from the bytes of the aggregate to a model, checking all of it first.</summary>
    public required double DecryptMs { get; init; }

    /// <summary>Length of one client's update, with the values that it leaves in clear.</summary>
    public required long UploadBytes { get; init; }

    /// <summary>Length of the aggregate, with the values that it leaves in clear.</summary>
    public required long DownloadBytes { get; init; }

    public required double UploadBitsPerValue { get; init; }

    public required double DownloadBitsPerValue { get; init; }

    /// <summary>Largest error of an average of values in [-1, 1], in single precision.</summary>
    public required double MaxAbsError { get; init; }

    /// <summary>The error that the aggregate promises, rounding to single precision included.</summary>
    public required double PromisedError { get; init; }

    /// <summary>Plaintext averaging of all clients in the same process.</summary>
    public required double PlaintextMs { get; init; }

    public required long PlaintextBytes { get; init; }

    /// <summary>Per client: the random and expanded bytes that encryption consumes, and nothing else.</summary>
    public required double FloorMs { get; init; }

    /// <summary>
    /// The round with its clear part, where only a part is encrypted. All times above are then times of a model that consists
    /// of the encrypted part alone, and all lengths include the clear part.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required SelectiveResult? Selective { get; init; }

    public required string Cpu { get; init; }

    public required string Commit { get; init; }

    /// <summary>Encryption of all clients, folding of all, one decryption.</summary>
    [JsonIgnore]
    public double RoundMs => (Clients * (EncryptMs + FoldMs)) + DecryptMs;
}
