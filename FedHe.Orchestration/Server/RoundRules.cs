using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server.Inspections;
using FedHe.Orchestration.Server.Renewals;

namespace FedHe.Orchestration.Server;

/// <summary>
/// The round rules decide when a round begins, closes, is repeated or is given up, and which uploads are due.
/// </summary>
/// <remarks>
/// The whole life of a job. Whatever the table does not name leaves the phase as it is.
/// <code>
/// phase              when                                                        step
/// NotStarted         the host starts the job                                     wait for clients: round 1, attempt 1
/// WaitingForClients  enough clients for a full round can be invited, and the     open the attempt, invite clients
///                    members of a committee have sent their keys
/// WaitingForClients  the deadline passed, a quorum of clients can be invited     open the attempt, invite clients
/// WaitingForClients  the deadline passed, fewer clients can be invited           wait longer, or give up
/// Collecting         the file of the sum has an upload that is not accepted,     repeat, unless this is the last try
///                    and its client contributes no more
/// Collecting         a quorum uploaded, and so did all invited clients that      close: broadcast the aggregate, then wait
///                    are available and contribute, or as many as a round has     for the next round, or end as Completed
/// Collecting         the deadline passed, a quorum uploaded                      wait for the grace time, then close
/// Collecting         the deadline passed, fewer clients uploaded                 collect longer, or give up
/// Collecting         the deadline passed, a quorum uploaded, but a client that   repeat: wait for clients with the next
///                    was invited before a restart has not been heard since       attempt, or give up
/// Collecting         the deadline passed, and an upload is in the file of the    repeat, or give up
///                    sum that is not accepted, or the file was completed, before
///                    a restart
/// Collecting         as for closing, but clients check round keys first          hold the sum back, broadcast the sum of its keys
/// Inspecting         more than half of the available clients approve the keys,   release: broadcast the aggregate, then as after closing
///                    or the deadline passed
/// Inspecting         more than half of them object to the keys                   take back: inspect keys; or give up
/// Inspecting         clients have shown and checked everything, or the deadline  judge: exclude clients, then wait for clients
///                    passed twice                                                with the next attempt
/// Inspecting         the deadline passed once                                    remind: ask again for what is missing
/// Collecting         as for closing, but a committee opens the sum               bring its members their boxes
/// Opening            a quorum of members opened all boxes                        offer the list to them, the only one of the round
/// Opening            a quorum of members reported, and some boxes did not open   leave their clients out, and repeat
/// Opening            enough members answered, others are still expected          wait a little for them
/// Opening            all members answered, or enough and the deadline passed     broadcast the aggregate, then as after closing
/// Opening            the deadline passed                                         ask again; after the last try give the round up and go
///                                                                                on to the next, or end as QuorumNotReached after the last
/// WaitingForClients  the last round has a sum, as its epoch has, and the host     ask the committee to vote for the next epoch
///                    proposed a plan
/// Renewing           enough members voted                                        begin the epoch, wait for clients
/// Renewing           too many members have answered for a list of the round, in  put the vote off, and give the round up
///                    an earlier life of the server, and can never vote
/// Renewing           the deadline passed                                         ask again; after the last try end as QuorumNotReached
/// Ended              -                                                           -
/// </code>
/// To wait or collect longer keeps the attempt with all its uploads, twice as long each time; it invites further clients in the
/// place of those that cannot be reached or contribute no more. After the last try the job ends as QuorumNotReached. A vote has tries of its own, and then those
/// of the round that it holds up. A closed round is final unless its clients object, and so is the end of the job.
///
/// No round goes on during a vote. A member that voted opens no list of its epoch before it has opened a later sum. A member that answered for
/// a list votes for no epoch that begins with the list's round. If a server asked some members for votes and others for answers, neither the vote
/// nor the round might ever have enough members, and no rule could free a member safely. A vote needs t members, a round needs m - f, and t is
/// never larger, so the members who could open the round can also finish the vote.
/// </remarks>
internal static class RoundRules
{
    /// <summary>Returns the step that the state requires.</summary>
    public static RoundStep Next(ServerState state, FederationJob job, bool isDeadlinePassed) => state.Phase switch
    {
        ServerPhase.Renewing => NextOfVote(state.Renewal!, job.Committee!, isDeadlinePassed),
        ServerPhase.WaitingForClients when MayOfferEpoch(state, job) => RoundStep.OfferEpoch,
        ServerPhase.WaitingForClients when state.Invitable.Count >= FullRound(state, job) && HasMemberKeys(state, job, isDeadlinePassed) => RoundStep.Open,
        ServerPhase.WaitingForClients when isDeadlinePassed
            => state.Invitable.Count >= job.Settings.Quorum && HasMemberKeys(state, job, isDeadlinePassed) ? RoundStep.Open : RoundStep.Extend,
        ServerPhase.Collecting when state.Tries < job.Settings.MaxAttempts && state.Open!.Sum.Unaccepted.Any(state.Withdrawn.Contains) => RoundStep.Repeat,
        ServerPhase.Collecting when HasQuorum(state, job) && HasHeardAll(state) && IsFull(state, job) => RoundStep.Close,
        ServerPhase.Collecting when HasQuorum(state, job) && HasHeardAll(state) && (state.Open!.Sum.IsSealed || !IsAwaitingUploads(state, job)) => RoundStep.Close,
        ServerPhase.Collecting when isDeadlinePassed && (state.Open!.Sum.IsSealed || state.Open.Sum.Unaccepted.Any()) => RoundStep.Repeat,
        ServerPhase.Collecting when isDeadlinePassed && !HasQuorum(state, job) => RoundStep.Extend,
        ServerPhase.Collecting when isDeadlinePassed && !state.IsInGrace && job.Settings.GraceTime > TimeSpan.Zero => RoundStep.Grace,
        ServerPhase.Collecting when isDeadlinePassed => HasHeardAll(state) ? RoundStep.Close : RoundStep.Repeat,
        ServerPhase.Inspecting => NextOfInspection(state, isDeadlinePassed),
        ServerPhase.Opening => OpeningRules.Next(state.Opening!, job.Committee!, state.Available, isDeadlinePassed),
        _ => RoundStep.None,
    };

    /// <summary>
    /// Returns whether the committee can vote for the next epoch: no attempt is open, the round before has a sum, and so has the epoch. Members
    /// that answered for a list without a sum would not vote.
    /// </summary>
    public static bool MayOfferEpoch(ServerState state, FederationJob job)
        => state.Plan is not null && state.Renewal is null
            && state.LastAggregatedRound == state.Round - 1
            && state.Round >= EpochRules.EarliestRoundAfter(job);

    /// <summary>
    /// Returns the number of clients of a full round, in which clients that joined take no part before the first sum, and those that contribute no more take none at all. An epoch may have fewer
    /// clients than the job had in a round.
    /// </summary>
    private static int FullRound(ServerState state, FederationJob job)
    {
        bool haveAllModels = state.Epochs.Of(state.LastAggregatedRound).EpochNumber == job.EpochNumber;
        int contributing = job.Roster.Clients.Count(client => (haveAllModels || state.HasModel(client)) && !state.Withdrawn.Contains(client));

        // However many withdraw, no round has fewer clients than a quorum.
        return Math.Min(job.Settings.ClientsPerRound, Math.Max(contributing, job.Settings.Quorum));
    }

    /// <summary>
    /// Returns whether a round can begin as far as the committee is concerned: all members that can be reached have sent their keys, or, at the
    /// deadline, as many as a round cannot do without.
    /// </summary>
    private static bool HasMemberKeys(ServerState state, FederationJob job, bool isDeadlinePassed)
        => job.Committee is not CommitteeTerms committee
            || (state.MemberKeys.Count >= committee.Quorum
                && (isDeadlinePassed || committee.Members.All(member => !state.Available.Contains(member) || state.MemberKeys.ContainsKey(member))));

    private static RoundStep NextOfVote(Renewal renewal, CommitteeTerms committee, bool isDeadlinePassed)
        => renewal.Votes.Count >= committee.Threshold ? RoundStep.BeginEpoch
            : committee.Members.Length - renewal.Bound.Count < committee.Threshold ? RoundStep.PutEpochOff
            : isDeadlinePassed ? RoundStep.Extend
            : RoundStep.None;

    private static RoundStep NextOfInspection(ServerState state, bool isDeadlinePassed) => state switch
    {
        { Held: HeldSum held } when held.IsVoid(state.Available.Count) => RoundStep.TakeBack,
        { Held: HeldSum held } => isDeadlinePassed || held.IsApproved(state.Available.Count) ? RoundStep.Release : RoundStep.None,
        { Inspection: Inspection inspection } when InspectionRules.IsDecided(inspection) => RoundStep.Judge,
        { Inspection: Inspection inspection } when isDeadlinePassed => inspection.IsReminded ? RoundStep.Judge : RoundStep.Remind,
        _ => RoundStep.None,
    };

    /// <summary>Returns whether an upload for an unfilled slot is due now, or the reason why it is not.</summary>
    public static RefusalReason CheckTurn(ServerState state, UploadSlot slot) => state.Phase switch
    {
        ServerPhase.NotStarted => RefusalReason.NotRunning,
        _ when slot.Round < state.Round => RefusalReason.TooLate,
        _ when slot.Round > state.Round => RefusalReason.WrongRound,
        ServerPhase.Ended => RefusalReason.TooLate,
        _ when slot.Attempt != state.Attempt => RefusalReason.WrongAttempt,
        _ when state.Open?.Selected.Contains(slot.Client) == true => RefusalReason.None,
        _ => RefusalReason.NotSelected,
    };

    /// <summary>Returns whether a client is invited to the open attempt and has not uploaded.</summary>
    public static bool IsAwaited(ServerState state, FederationJob job, ClientId client)
        => state.Open?.Selected.Contains(client) == true && !state.Ledger.Contains(SlotOf(state, job, client));

    /// <summary>Returns the slot of a client in the current attempt.</summary>
    public static UploadSlot SlotOf(ServerState state, FederationJob job, ClientId client)
        => new(job.JobId, state.Round, state.Attempt, client);

    private static bool HasQuorum(ServerState state, FederationJob job)
        => state.Open!.Sum.Slots.Count >= job.Settings.Quorum && HasEffectiveContributors(state, job);

    /// <summary>Returns whether no contributor outweighs the others more than the job allows, as far as weights are known.</summary>
    private static bool HasEffectiveContributors(ServerState state, FederationJob job)
        => job.Terms.Weighting == Weighting.Hidden
            || EffectiveContributors.Of(
                state.Contributions.Select(contribution => contribution.Weight ?? 0),
                state.Open!.RoundKeySum?.Attempt.ReferenceWeight ?? long.MaxValue) >= job.Settings.MinimumEffectiveContributors;

    /// <summary>
    /// Returns whether no client was invited before a restart and not heard since, whose upload may have been acknowledged and
    /// lost.
    /// </summary>
    private static bool HasHeardAll(ServerState state) => state.Unheard.Count == 0 && state.Owed.Count == 0;

    /// <summary>Returns whether as many clients uploaded as a round has, which may be when clients took others' places.</summary>
    private static bool IsFull(ServerState state, FederationJob job)
        => state.Open!.Sum.Slots.Count >= job.Settings.ClientsPerRound;

    /// <summary>Returns whether an invited client that can be reached, and contributes, has not uploaded.</summary>
    private static bool IsAwaitingUploads(ServerState state, FederationJob job)
        => state.Open!.Selected.Any(client => state.MayContribute(client) && IsAwaited(state, job, client));
}
