using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Tests.Host.Federations;

/// <summary>
/// A small job of four clients: under round keys that a key or a committee opens, or with sums of exact integers in the direct mode.
/// </summary>
public static class SmallJob
{
    /// <summary>The number of rounds of a job whose clients stay the same.</summary>
    public const int Rounds = 2;

    /// <summary>The largest weight of a client.</summary>
    public const int MaxWeight = 50;

    private static readonly int Clients = PartyNames.Clients.Count;

    /// <summary>The time to wait for clients and for uploads.</summary>
    public static TimeSpan Deadline { get; } = TimeSpan.FromMinutes(5);

    /// <summary>The layout, the mask and the weighting.</summary>
    public static AggregationTerms Terms { get; } = new(SmallModel.Layout, EncryptionMask.All(SmallModel.Layout), Weighting.Clear, MaxWeight);

    /// <summary>The settings of the job.</summary>
    public static FederationSettings Settings { get; } = new()
    {
        Rounds = Rounds,
        ClientsPerRound = Clients,
        Quorum = 3,
        MaxAttempts = 12,
        RoundDeadline = Deadline,
        WaitingTime = Deadline,
    };

    /// <summary>The parameters of the round keys that a committee opens.</summary>
    public static KeyAdditiveParameters RoundKeys { get; } = FederationJob.PlanRoundKeys(Settings, Terms);

    /// <summary>
    /// Creates the context of the job's scheme, with the smallest parameters that serve, or returns null where a committee opens sums.
    /// </summary>
    public static HeContext? CreateContext(JobMode mode) => mode switch
    {
        JobMode.RoundKeys => new CkksScheme().CreateContext(CkksParameters.ForExactIntegers(6, Clients)),
        JobMode.Direct => new CkksScheme().CreateContext(CkksParameters.ForExactIntegers(20, Clients * MaxWeight)),
        _ => null,
    };

    /// <summary>Returns the public context of the job.</summary>
    public static HePublicContext PublicOf(HeContext? context) => context?.Public ?? KeyAdditiveContext.CreatePublic(RoundKeys);

    /// <summary>Returns the number of rounds: where a client joins, one more, because it takes part from the second one of its epoch on.</summary>
    public static int RoundsOf(JobMode mode) => mode == JobMode.Epochs ? Rounds + 1 : Rounds;

    /// <summary>Returns whether a committee opens the sums of a job.</summary>
    public static bool HasCommittee(JobMode mode) => mode is JobMode.Committee or JobMode.Epochs;

    /// <summary>Describes the job.</summary>
    public static FederationJob Describe(Guid jobId, AuthorityInfo authority, VerificationKey serverKey, ClientRoster roster, JobMode mode, int? rounds = null, TimeSpan? waitingTime = null)
        => new(
            jobId,
            authority,
            serverKey,
            roster,
            Terms,
            FederationJob.DigestOf(SmallModel.Initial),
            Settings with { Rounds = rounds ?? RoundsOf(mode), WaitingTime = waitingTime ?? Deadline },
            protection: mode == JobMode.Direct ? JobProtection.Direct : JobProtection.RoundKeys,
            committee: HasCommittee(mode) ? CommitteeTerms.OfAll(roster) : null);

    /// <summary>Reads the description of the job.</summary>
    public static FederationJob Read(byte[] bytes, HeContext? context)
        => FederationJob.TryRead(bytes, PublicOf(context).Parameters.Id, WireLimits.Default, out FederationJob? job, out _)
            ? job
            : throw new InvalidOperationException("The job is not readable.");
}
