using System.Text.Json.Serialization;

namespace FedHe.Benchmarks.Rounds;

/// <summary>A round result holds the figures of a round as one JSON object, with median times in milliseconds and
/// fields that are never renamed.</summary>
internal sealed record RoundResult
{
    public required string Scheme { get; init; }

    public required int Params { get; init; }

    public required int Clients { get; init; }

    public required int Threads { get; init; }

    public required double MaskRatio { get; init; }

    public required string Mode { get; init; }

    public required string Precision { get; init; }

    public required string Download { get; init; }

    public required bool PublicKey { get; init; }

    /// <summary>The time of one client's encryption, from a model to the bytes of an update.</summary>
    public required double EncryptMs { get; init; }

    /// <summary>
    /// The time that the server spends on one client, from the bytes of an update to the sum, with a share of writing the
    /// aggregate. The update is read twice: once to check all of it, and once to add it.
    /// </summary>
    public required double FoldMs { get; init; }

    /// <summary>The part of <see cref="FoldMs"/> before anything of an update is added, for parsing and checking the
    /// whole update.</summary>
    public required double CheckMs { get; init; }

    /// <summary>The time of one client's decryption, from the bytes of the aggregate to a model, with a check of the
    /// whole aggregate first.</summary>
    public required double DecryptMs { get; init; }

    /// <summary>
    /// The time of the linear hashes of all encrypted values of one upload: part of <see cref="EncryptMs"/>, and again of
    /// <see cref="DecryptMs"/>. It is 0 in the direct mode.
    /// </summary>
    public required double TagMs { get; init; }

    /// <summary>
    /// The part of <see cref="DecryptMs"/> before the values are decrypted: the list, pads of every contributor, all digests, all
    /// tags and the sum of round keys. It is 0 in the direct mode, which verifies nothing.
    /// </summary>
    public required double VerifyMs { get; init; }

    /// <summary>
    /// The time of two protections of a round key, of their sum and of its decryption, parts of the times above; 0 in the
    /// direct mode.
    /// </summary>
    public required double OuterMs { get; init; }

    /// <summary>Who opens the sum: "authority", or "committee:n" or "committee:n/f".</summary>
    public required string Keys { get; init; }

    /// <summary>
    /// The time of one member of a committee to open its boxes, to check the list and to answer for it; 0 without a committee.
    /// </summary>
    public required double MemberMs { get; init; }

    /// <summary>
    /// The time of one client's encryption in the first round. For the first scheme of a command this is what a fresh process
    /// takes, because methods are compiled while they run; <see cref="Cold"/> has medians of several processes.
    /// </summary>
    public required double FirstEncryptMs { get; init; }

    /// <summary>The time that the server spends on one client in the first round of all.</summary>
    public required double FirstFoldMs { get; init; }

    /// <summary>The time of one client's decryption in the first round of all.</summary>
    public required double FirstDecryptMs { get; init; }

    /// <summary>The length of one client's update in bytes, with the values that the update leaves in clear.</summary>
    public required long UploadBytes { get; init; }

    /// <summary>The length of the aggregate in bytes, with the values that the aggregate leaves in clear.</summary>
    public required long DownloadBytes { get; init; }

    public required double UploadBitsPerValue { get; init; }

    public required double DownloadBitsPerValue { get; init; }

    /// <summary>The largest error of an average of values in [-1, 1], in single precision.</summary>
    public required double MaxAbsError { get; init; }

    /// <summary>The error that the aggregate promises, rounding to single precision included.</summary>
    public required double PromisedError { get; init; }

    /// <summary>The time of plaintext averaging for all clients in the same process.</summary>
    public required double PlaintextMs { get; init; }

    public required long PlaintextBytes { get; init; }

    /// <summary>The time per client for the random and expanded bytes that encryption consumes, and nothing else.</summary>
    public required double FloorMs { get; init; }

    /// <summary>The clock of all times: "wall", or "thread" for the processor's time of the measuring thread.</summary>
    public required string Clock { get; init; }

    /// <summary>The first rounds of fresh processes, where they were measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required ColdResult? Cold { get; init; }

    /// <summary>
    /// The figures of the round with its clear part, where only a part is encrypted. All times above are then times of a
    /// model that consists of the encrypted part alone, and all lengths include the clear part.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required SelectiveResult? Selective { get; init; }

    public required string Cpu { get; init; }

    public required string Commit { get; init; }

    /// <summary>The time of encryption and folding for all clients and of one decryption.</summary>
    [JsonIgnore]
    public double RoundMs => (Clients * (EncryptMs + FoldMs)) + DecryptMs;
}
