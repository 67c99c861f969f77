using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Client;

/// <summary>
/// The client rules decide which messages of the server a client follows, and why it ignores the others. An ignored
/// message changes nothing.
/// </summary>
/// <remarks>
/// The rules hold for a server that signs anything: it may keep a client from going on, but the client's model goes from one
/// round to the next, and skips rounds only when the client itself asked for the later aggregate.
/// </remarks>
internal static class ClientRules
{
    /// <summary>
    /// Returns the reason to ignore any message of a server, or null: a client follows one life of the server until a later one
    /// speaks, and so only one of two servers that were resumed from one state.
    /// </summary>
    /// <param name="stamp">The stamp of the message.</param>
    /// <param name="server">The life of the server that the client follows.</param>
    public static IgnoredReason? Check(StateStamp stamp, (int Life, Guid LifeId) server)
        => stamp.Life < server.Life || (stamp.Life == server.Life && stamp.LifeId != server.LifeId)
            ? IgnoredReason.OtherServer
            : null;

    /// <summary>Tells whether a stamp of the server is of a later attempt than another one.</summary>
    public static bool IsAfter(StateStamp stamp, StateStamp other)
        => (stamp.Round, stamp.Attempt).CompareTo((other.Round, other.Attempt)) > 0;

    /// <summary>Returns the reason to ignore an invitation, or null to follow it.</summary>
    /// <param name="invitation">The invitation.</param>
    /// <param name="state">The client's state.</param>
    /// <param name="job">The job.</param>
    /// <param name="client">The client.</param>
    /// <param name="exchange">The client's exchange of models, which verifies member keys.</param>
    public static IgnoredReason? Check(Invitation invitation, ClientState state, FederationJob job, ClientId client, IModelExchange exchange)
    {
        UploadSlot slot = invitation.Slot;
        return state switch
        {
            _ when slot.Client != client => IgnoredReason.NotForThisClient,
            _ when slot.Round > job.Settings.Rounds || slot.Attempt > job.Settings.MaxAttempts
                || !ReferenceWeight.IsPossible(invitation.ReferenceWeight, job.Terms) => IgnoredReason.NotInJob,
            _ when !HasPossibleBase(invitation, job) => IgnoredReason.NotInJob,
            { Outcome: not null, RefusedCompletion: false } => IgnoredReason.JobHasEnded,
            _ when invitation.BaseRound < state.ModelRound || IsBefore(slot, state.Latest?.Slot) => IgnoredReason.Outdated,
            _ when invitation.BaseDigest == state.Refused => IgnoredReason.WrongBaseModel,
            _ when invitation.BaseRound == state.ModelRound && invitation.BaseDigest != state.ModelDigest => IgnoredReason.WrongBaseModel,
            { Upload: SentUpload sent } when sent.Invitation.Slot == slot && !IsSame(sent.Invitation, invitation) => IgnoredReason.Contradiction,
            _ when !exchange.HasMemberKeys(invitation) => IgnoredReason.BadMemberKeys,
            _ => null,
        };
    }

    /// <summary>Returns the reason to ignore an aggregate unopened, or null to decrypt it.</summary>
    /// <param name="round">The round that the message states.</param>
    /// <param name="digest">The digest of the aggregate's bytes.</param>
    /// <param name="state">The client's state.</param>
    /// <param name="job">The job.</param>
    public static IgnoredReason? CheckAggregate(int round, Digest digest, ClientState state, FederationJob job) => state switch
    {
        _ when round > job.Settings.Rounds => IgnoredReason.NotInJob,
        _ when round <= state.ModelRound => IgnoredReason.Outdated,

        // A difference is added to the model of the round before; with a committee rounds may have ended without a sum, and the chain says which is next.
        _ when job.Update.Kind == UpdateKind.Difference && job.Committee is null && round != state.ModelRound + 1 => IgnoredReason.NotRequested,
        _ when round != state.ModelRound + 1 && round != state.RequestedRound && !state.RequestedLatest && job.Committee is null => IgnoredReason.NotRequested,

        // A job that gave up has no aggregate of its last round.
        { Outcome: FederationOutcome.QuorumNotReached } when round > state.LatestRound => IgnoredReason.Contradiction,
        { Pending: Invitation pending } when pending.BaseRound == round && pending.BaseDigest != digest => IgnoredReason.WrongBaseModel,
        _ => null,
    };

    /// <summary>Returns the reason to ignore a conclusion, or null to believe it.</summary>
    public static IgnoredReason? Check(Conclusion conclusion, ClientState state, FederationJob job) => state switch
    {
        _ when conclusion.Round > job.Settings.Rounds => IgnoredReason.NotInJob,
        { Outcome: FederationOutcome known, RefusedCompletion: false } when known != conclusion.Outcome => IgnoredReason.Contradiction,
        _ when (conclusion.Outcome == FederationOutcome.Completed) != (conclusion.Round == job.Settings.Rounds) => IgnoredReason.Contradiction,
        _ when conclusion.Outcome == FederationOutcome.QuorumNotReached && state.ModelRound == job.Settings.Rounds => IgnoredReason.Contradiction,
        _ => null,
    };

    /// <summary>
    /// Tells whether a round begins from the model of the round before it. With a committee rounds may have ended without a sum, and the
    /// chain alone says what is missing.
    /// </summary>
    private static bool HasPossibleBase(Invitation invitation, FederationJob job)
        => job.Committee is not null || invitation.BaseRound == invitation.Slot.Round - 1;

    // Nothing else is ever encrypted for an attempt that the client uploaded for.
    private static bool IsSame(Invitation first, Invitation second)
        => first.BaseRound == second.BaseRound && first.BaseDigest == second.BaseDigest && first.ReferenceWeight == second.ReferenceWeight;

    private static bool IsBefore(UploadSlot slot, UploadSlot? latest)
        => latest is not null && (slot.Round, slot.Attempt).CompareTo((latest.Round, latest.Attempt)) < 0;
}
