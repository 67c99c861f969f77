
namespace FedHe.Benchmarks.Rounds;

/// <summary>The options of a round choose scheme, size and form of what is measured.</summary>
internal sealed record RoundOptions
{
    public required string Scheme { get; init; }

    /// <summary>Path of Microsoft SEAL's C library, or null to search for it.</summary>
    public string? SealLibrary { get; init; }

    /// <summary>Number of parameters of the model.</summary>
    public required int Params { get; init; }

    public required int Clients { get; init; }

    public required int Threads { get; init; }

    /// <summary>Share of the parameters that is encrypted.</summary>
    public required double MaskRatio { get; init; }

    /// <summary>Number of encrypted parameters, at least one.</summary>
    public int EncryptedCount => Math.Max(1, (int)Math.Round(MaskRatio * Params));

    public required RoundPrecision Precision { get; init; }

    public required DownloadForm Download { get; init; }

    public required bool PublicKey { get; init; }

    public required int Runs { get; init; }

    /// <summary>Bits of Paillier keys.</summary>
    public required int KeyBits { get; init; }

    /// <summary>Whether the randomness of Paillier uploads lies ready before encryption begins.</summary>
    public required bool FilledPool { get; init; }
}
