using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Tests.Host.Federations;

/// <summary>A small job of four clients: under round keys, or with sums of exact integers in the direct mode.</summary>
public static class SmallJob
{
    /// <summary>The number of rounds.</summary>
    public const int Rounds = 2;

    /// <summary>The largest weight of a client.</summary>
    public const int MaxWeight = 50;

    private static readonly int Clients = PartyNames.Clients.Count;

    /// <summary>The time to wait for clients and for uploads.</summary>
    public static TimeSpan Deadline { get; } = TimeSpan.FromMinutes(5);

    /// <summary>The layout, the mask and the weighting.</summary>
    public static AggregationTerms Terms { get; } = new(SmallModel.Layout, EncryptionMask.All(SmallModel.Layout), Weighting.Clear, MaxWeight);

    /// <summary>Creates the context of the job's scheme, with the smallest parameters that serve.</summary>
    public static HeContext CreateContext(JobProtection protection) => new CkksScheme().CreateContext(
        protection == JobProtection.RoundKeys
            ? CkksParameters.ForExactIntegers(6, Clients)
            : CkksParameters.ForExactIntegers(20, Clients * MaxWeight));

    /// <summary>Describes the job.</summary>
    public static FederationJob Describe(Guid jobId, AuthorityInfo authority, VerificationKey serverKey, ClientRoster roster, JobProtection protection)
        => new(
            jobId,
            authority,
            serverKey,
            roster,
            Terms,
            FederationJob.DigestOf(SmallModel.Initial),
            new FederationSettings
            {
                Rounds = Rounds,
                ClientsPerRound = Clients,
                Quorum = 3,
                MaxAttempts = 12,
                RoundDeadline = Deadline,
                WaitingTime = Deadline,
            },
            protection: protection);
}
