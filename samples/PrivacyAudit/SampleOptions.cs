using FedHe.Crypto.Random;

namespace PrivacyAuditSample;

/// <summary>What the command line asked for.</summary>
internal sealed record SampleOptions
{
    /// <summary>CIFAR file, or null for synthetic pictures.</summary>
    public string? DataPath { get; init; }

    /// <summary>Pictures to attack; the first ones of the data when empty.</summary>
    public required IReadOnlyList<int> Pictures { get; init; }

    /// <summary>Selection ratios.</summary>
    public required IReadOnlyList<double> Ratios { get; init; }

    /// <summary>Names of selections.</summary>
    public required IReadOnlyList<string> Selections { get; init; }

    /// <summary>Names of attacks.</summary>
    public required IReadOnlyList<string> Attacks { get; init; }

    public required int Restarts { get; init; }

    public required int Iterations { get; init; }

    /// <summary>Mean squared error below which a picture counts as recovered.</summary>
    public required double RecoveredBelow { get; init; }

    /// <summary>SSIM from which on a picture counts as leaked.</summary>
    public required double LeakThreshold { get; init; }

    /// <summary>Whether to report the attempts already made and make no more.</summary>
    public required bool StoredOnly { get; init; }

    public required int Seed { get; init; }

    /// <summary>Folder of the report and of the attempts already made.</summary>
    public required string Output { get; init; }
}
