using FedHe.Crypto.Ciphertexts;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Strategies;

namespace FedHe.Orchestration.Tests.Support;

internal sealed record BenchOptions
{
    public string Scheme { get; init; } = "plain";

    public Weighting Weighting { get; init; } = Weighting.Clear;

    public EncryptionMask? Mask { get; init; }

    public int Clients { get; init; } = 4;

    public int? ClientsPerRound { get; init; }

    public int Quorum { get; init; } = 2;

    public int Rounds { get; init; } = 2;

    public long MaxWeight { get; init; } = 100;

    public long MaxMessageBytes { get; init; } = FederationSafety.LargestMessageBytes;

    public JobProtection Protection { get; init; } = JobProtection.Direct;

    public VectorForm UploadForm { get; init; } = VectorForm.Seeded;

    /// <summary>The clients' sample counts; null for 10, 20, 30 and so on.</summary>
    public IReadOnlyList<long>? Samples { get; init; }

    public int MinimumContributors { get; init; } = 2;

    public double LargestShare { get; init; } = 1;

    public double MinimumEffectiveContributors { get; init; } = 1;

    public IAggregationStrategy? Strategy { get; init; }

    public TimeSpan GraceTime { get; init; }

    public int MaxAttempts { get; init; } = 2;

    public UpdateTerms Update { get; init; } = new();

    /// <summary>The folder of the server's sums, or null for sums in memory.</summary>
    public string? SumFolder { get; init; }

    /// <summary>The initial model, whose layout the job has; null for <see cref="TestModel"/>.</summary>
    public ModelParameters? Model { get; init; }

    /// <summary>The privacy provider of every client, or null.</summary>
    public IPrivacyProvider? Privacy { get; init; }

    /// <summary>The protector of what clients save, or null.</summary>
    public ISecretProtector? Protector { get; init; }
}
