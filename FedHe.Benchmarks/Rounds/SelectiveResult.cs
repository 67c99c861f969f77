using System.Text.Json.Serialization;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// A selective result holds the figures of a round that encrypts a part of the model, with clear part, mask and checks.
/// Times are medians in milliseconds; times of whole rounds are for all clients together.
/// </summary>
internal sealed record SelectiveResult
{
    public required long EncryptedValues { get; init; }

    /// <summary>The time of encryption per client, from a model to bytes.</summary>
    public required double EncryptMs { get; init; }

    /// <summary>The time of folding per client, from bytes to the sum, with a share of writing the aggregate.</summary>
    public required double FoldMs { get; init; }

    /// <summary>The time of decryption, from bytes to a model.</summary>
    public required double DecryptMs { get; init; }

    public required double RoundMs { get; init; }

    /// <summary>The time of the round with everything encrypted.</summary>
    public required double FullRoundMs { get; init; }

    /// <summary>The time of the round with nothing encrypted, where values are checked, weighted and added exactly, as
    /// clear parts are.</summary>
    public required double ClearRoundMs { get; init; }

    /// <summary>The time of averaging bare floats, to bytes and back, where nothing is encrypted, checked or
    /// exact.</summary>
    public required double PlaintextRoundMs { get; init; }

    public required long UploadBytes { get; init; }

    public required long DownloadBytes { get; init; }

    public required long FullUploadBytes { get; init; }

    public required long FullDownloadBytes { get; init; }

    public required long PlaintextBytes { get; init; }

    /// <summary>The time that encryption adds to the same round with nothing encrypted.</summary>
    public double HeMs => RoundMs - ClearRoundMs;

    /// <summary>The time that encrypting everything adds to the same round with nothing encrypted.</summary>
    public double FullHeMs => FullRoundMs - ClearRoundMs;

    public double HeTimeOfFull => HeMs / FullHeMs;

    /// <summary>The ratio of the stricter comparison, which counts all time beyond averaging bare floats, checks and
    /// exact sums included.</summary>
    public double HeTimeOfFullBesideFloats => (RoundMs - PlaintextRoundMs) / (FullRoundMs - PlaintextRoundMs);

    [JsonIgnore]
    public double RoundTimeOfFull => RoundMs / FullRoundMs;

    public double UploadOfFloat32 => (double)UploadBytes / PlaintextBytes;
}
