using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Orchestration.Tests.Committee;

internal sealed record CommitteeOptions
{
    public int Clients { get; init; } = 5;

    /// <summary>The number of further identities, which are on no roster before an epoch brings them.</summary>
    public int Reserve { get; init; }

    /// <summary>The indexes of the members' successors, in their order; null for none.</summary>
    public int[]? Successors { get; init; }

    /// <summary>The indexes of the members; null for all clients.</summary>
    public int[]? Members { get; init; }

    public int? ClientsPerRound { get; init; }

    public int? Quorum { get; init; }

    /// <summary>The smallest number of contributors that members and clients accept; privacy terms may ask for more.</summary>
    public int MinimumContributors { get; init; } = 2;

    public int Rounds { get; init; } = 2;

    public int MaxAttempts { get; init; } = 3;

    public Weighting Weighting { get; init; } = Weighting.Clear;

    public long MaxWeight { get; init; } = 1000;

    public UpdateTerms Update { get; init; } = new();

    /// <summary>The initial model, whose layout the job has; null for <see cref="Support.TestModel"/>.</summary>
    public ModelParameters? Model { get; init; }

    /// <summary>The privacy provider of every client, or null.</summary>
    public IPrivacyProvider? Privacy { get; init; }

    public KeyExchange KeyExchange { get; init; } = KeyExchange.P256;

    /// <summary>The observer that the committee names, or null for none; the test disposes it.</summary>
    public BoxKeyPair? Observer { get; init; }

    /// <summary>The mask, or null to encrypt every value.</summary>
    public EncryptionMask? Mask { get; init; }

    /// <summary>Whether all parties allow what a job calls insecure.</summary>
    public bool AllowsInsecure { get; init; }

    /// <summary>Whether hosts have a protector for what they save.</summary>
    public bool Protects { get; init; } = true;

    /// <summary>The folders of clients that keep their models in files, by their indexes; null for none.</summary>
    public Func<int, string?>? Folders { get; init; }
}
