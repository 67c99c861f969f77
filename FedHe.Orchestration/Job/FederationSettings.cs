using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Job;

/// <summary>
/// The settings of a job's rounds: their number, the number of clients in each and the deadlines. They are part of the
/// job, so all parties know the same settings.
/// </summary>
public sealed record FederationSettings
{
    /// <summary>The strategy of a job that names none: federated averaging.</summary>
    public const string DefaultStrategy = "fedavg";

    internal const int MaxStrategyNameBytes = 64;
    private const int LargestCount = 1_000_000;
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromDays(365);

    /// <summary>The number of rounds, at least 1.</summary>
    public required int Rounds { get; init; }

    /// <summary>
    /// The number of clients invited to a round; fewer are invited when fewer are available at the deadline.
    /// </summary>
    public required int ClientsPerRound { get; init; }

    /// <summary>
    /// The smallest number of uploads that closes a round, from <see cref="MinimumContributors"/> to <see
    /// cref="ClientsPerRound"/>. The difference to the latter is the number of clients that may drop out.
    /// </summary>
    public required int Quorum { get; init; }

    /// <summary>
    /// The smallest number of contributors to an aggregate that a client decrypts, counted in heads; at least 2, so that no
    /// aggregate is a single client's update, and 3 by default: with two contributors, each can subtract its own update.
    /// </summary>
    public int MinimumContributors { get; init; } = 3;

    /// <summary>
    /// The smallest number of effective contributors to an aggregate, which is 1 / (sum of the squares of their shares): from 1
    /// for no minimum to <see cref="MinimumContributors"/>. Three clients of weights 100, 1 and 1 are 1.04 effective
    /// contributors, and their average is one client's model. Hidden weights cannot be checked.
    /// </summary>
    public double MinimumEffectiveContributors { get; init; } = 1.5;

    /// <summary>
    /// The largest share of one contributor in an average that a client opens, where weights are in clear: above 0, and 1
    /// for no limit. With a share near 1 the average is one client's model.
    /// </summary>
    public double LargestShare { get; init; } = 1;

    /// <summary>
    /// The number of clients that may confirm different models without being found out: the assumption behind <see
    /// cref="ModelRelease.MayBePublished"/>, which takes confirmations of more than half of all clients and these.
    /// </summary>
    public int ToleratedDishonest { get; init; }

    /// <summary>
    /// The time for which a round collects uploads, from the invitations on. Without a quorum it goes on collecting, for twice as
    /// long with every try, at most sixteen times as long.
    /// </summary>
    public TimeSpan RoundDeadline { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The time for which a round waits for enough clients before it invites the ones that are there. Without a quorum of clients
    /// it goes on waiting, for twice as long with every try, at most sixteen times as long.
    /// </summary>
    public TimeSpan WaitingTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The time for which a round that has a quorum at its deadline waits for the other invited clients that can be reached;
    /// zero, the default, for none.
    /// </summary>
    public TimeSpan GraceTime { get; init; }

    /// <summary>
    /// The number of tries at a round before the job fails, at least 1. Every wait for clients, every time of collecting and every
    /// repetition of the round that goes wrong is one.
    /// </summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>The name of the aggregation strategy, such as <c>fedavg</c> or <c>fedprox</c>.</summary>
    public string Strategy { get; init; } = DefaultStrategy;

    /// <summary>The hyperparameters of local training.</summary>
    public TrainingSettings Training { get; init; } = new();

    /// <summary>Returns a sentence that says what is wrong with the settings, or null when nothing is.</summary>
    internal string? Check()
    {
        return (Rounds, ClientsPerRound, MaxAttempts) switch
        {
            ( < 1 or > LargestCount, _, _) => $"A job must have 1 to {LargestCount} rounds.",
            (_, < 1 or > LargestCount, _) => $"A round must have 1 to {LargestCount} clients.",
            (_, _, < 1 or > LargestCount) => $"A round must be tried 1 to {LargestCount} times.",
            _ when MinimumContributors < 2 => "At least 2 clients must contribute to an aggregate, or it is a single client's model.",
            _ when !(MinimumEffectiveContributors >= 1) || MinimumEffectiveContributors > MinimumContributors
                => "The minimum of effective contributors must be from 1 to the minimum number of contributors.",
            _ when Quorum < MinimumContributors => "The quorum must be at least the minimum number of contributors, or no client would decrypt.",
            _ when Quorum > ClientsPerRound => "The quorum must be at most the number of clients per round.",
            _ when RoundDeadline <= TimeSpan.Zero || RoundDeadline > LongestDeadline => "A round's deadline must be positive and at most a year.",
            _ when WaitingTime <= TimeSpan.Zero || WaitingTime > LongestDeadline => "The time of waiting for clients must be positive and at most a year.",
            _ when GraceTime < TimeSpan.Zero || GraceTime > LongestDeadline => "The grace time must not be negative and at most a year.",
            _ when !(LargestShare > 0) || LargestShare > 1 => "The largest share of a contributor must be above 0 and at most 1.",
            _ when ToleratedDishonest is < 0 or > LargestCount => "The number of tolerated dishonest clients must not be negative.",
            _ when Training is null => "The training settings are missing.",
            _ when !ClientId.IsValid(Strategy) => "A strategy's name must have 1 to 64 ASCII letters, digits, dots, hyphens and underscores.",
            _ => null,
        };
    }

    internal void Write(WireWriter writer)
    {
        writer.WriteInt32(Rounds);
        writer.WriteInt32(ClientsPerRound);
        writer.WriteInt32(Quorum);
        writer.WriteInt32(MinimumContributors);
        writer.WriteDouble(MinimumEffectiveContributors);
        writer.WriteDouble(LargestShare);
        writer.WriteInt32(ToleratedDishonest);
        writer.WriteInt64(RoundDeadline.Ticks);
        writer.WriteInt64(WaitingTime.Ticks);
        writer.WriteInt64(GraceTime.Ticks);
        writer.WriteInt32(MaxAttempts);
        writer.WriteString(Strategy);
        Training.Write(writer);
    }

    internal static FederationSettings Read(ref WireReader reader)
    {
        var settings = new FederationSettings
        {
            Rounds = reader.ReadInt32(1, LargestCount),
            ClientsPerRound = reader.ReadInt32(1, LargestCount),
            Quorum = reader.ReadInt32(1, LargestCount),
            MinimumContributors = reader.ReadInt32(1, LargestCount),
            MinimumEffectiveContributors = reader.ReadDouble(1, LargestCount),
            LargestShare = reader.ReadDouble(0, 1),
            ToleratedDishonest = reader.ReadInt32(0, LargestCount),
            RoundDeadline = new TimeSpan(reader.ReadInt64(1, LongestDeadline.Ticks)),
            WaitingTime = new TimeSpan(reader.ReadInt64(1, LongestDeadline.Ticks)),
            GraceTime = new TimeSpan(reader.ReadInt64(0, LongestDeadline.Ticks)),
            MaxAttempts = reader.ReadInt32(1, LargestCount),
            Strategy = reader.ReadString(MaxStrategyNameBytes),
            Training = TrainingSettings.Read(ref reader),
        };
        reader.Require(reader.Failed || settings.Check() is null, FormatError.Inconsistent);
        return settings;
    }
}
