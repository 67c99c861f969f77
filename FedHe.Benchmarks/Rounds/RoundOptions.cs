
namespace FedHe.Benchmarks.Rounds;

/// <summary>Round options choose the scheme, the size and the form of the measured round.</summary>
internal sealed record RoundOptions
{
    public required string Scheme { get; init; }

    /// <summary>The path of Microsoft SEAL's C library, or null to search for the library.</summary>
    public string? SealLibrary { get; init; }

    /// <summary>The number of parameters of the model.</summary>
    public required int Params { get; init; }

    /// <summary>What models are encrypted under.</summary>
    public required RoundMode Mode { get; init; }

    /// <summary>Who opens the sum.</summary>
    public required KeysOption Keys { get; init; }

    public required int Clients { get; init; }

    public required int Threads { get; init; }

    /// <summary>The share of the parameters that is encrypted.</summary>
    public required double MaskRatio { get; init; }

    /// <summary>The number of encrypted parameters, at least one.</summary>
    public int EncryptedCount => Math.Max(1, (int)Math.Round(MaskRatio * Params));

    public required RoundPrecision Precision { get; init; }

    public required DownloadForm Download { get; init; }

    public required bool PublicKey { get; init; }

    public required int Runs { get; init; }

    /// <summary>The length of Paillier keys in bits.</summary>
    public required int KeyBits { get; init; }

    /// <summary>Whether a process whose first round is measured has run the library's warm-up before.</summary>
    public required bool WarmUp { get; init; }

    /// <summary>Whether the randomness of Paillier uploads lies ready before encryption begins.</summary>
    public required bool FilledPool { get; init; }
}
