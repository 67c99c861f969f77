using FedHe.Crypto.Random;

namespace PrivacyAuditSample;

/// <summary>The sample options are the choices made on the command line.</summary>
internal sealed record SampleOptions
{
    /// <summary>The path of a CIFAR file, or null for synthetic pictures.</summary>
    public string? DataPath { get; init; }

    /// <summary>The positions of the pictures to attack, or none for the first pictures of the data.</summary>
    public required IReadOnlyList<int> Pictures { get; init; }

    /// <summary>The ratios of encrypted parameters to audit.</summary>
    public required IReadOnlyList<double> Ratios { get; init; }

    /// <summary>The names of the selections to audit.</summary>
    public required IReadOnlyList<string> Selections { get; init; }

    /// <summary>The names of the attacks to run.</summary>
    public required IReadOnlyList<string> Attacks { get; init; }

    public required int Restarts { get; init; }

    public required int Iterations { get; init; }

    /// <summary>The mean squared error below which a picture counts as recovered.</summary>
    public required double RecoveredBelow { get; init; }

    /// <summary>The structural similarity (SSIM) from which on a picture counts as leaked.</summary>
    public required double LeakThreshold { get; init; }

    /// <summary>Whether to report the attempts already made without making more.</summary>
    public required bool StoredOnly { get; init; }

    public required int Seed { get; init; }

    /// <summary>The folder of the report and of the attempts already made.</summary>
    public required string Output { get; init; }
}
