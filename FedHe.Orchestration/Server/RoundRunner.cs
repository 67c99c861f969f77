using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Server.Renewals;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Sums;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Server;

/// <summary>
/// A round runner carries out the steps of <see cref="RoundRules"/>: it changes the state and sends the messages.
/// </summary>
internal sealed class RoundRunner(
    FederationServerSetup setup, IAggregationStrategy strategy, RoundKeyProtocol? protocol, ServerState state, Outbox outbox, ILogger logger,
    Instruments instruments, InspectionRunner inspections, OpeningRunner openings, RenewalRunner renewals)
{
    // Members that reported a moment ago answer at once, or not at all.
    private static readonly TimeSpan AnswerGrace = TimeSpan.FromSeconds(10);

    private readonly List<RoundReport> _reports = [];
    private readonly List<PublishedSum> _sums = [];
    private Exception? _failure;

    // Of the attempt whose sum the committee opens; a restored server has only what its state has.
    private RoundReport? _opened;

    private FederationJob Job => state.Epochs.Job;

    /// <summary>The deadlines of the job.</summary>
    public Deadlines Deadlines { get; } = new(setup.Time, state);

    /// <summary>
    /// Starts the job by waiting for the clients of the first round, and takes every step that is due.
    /// </summary>
    public void Start()
    {
        WaitForClients(round: 1, attempt: 1, tries: 1);
        MoveOn();
    }

    /// <summary>Closes, repeats or begins a round whose deadline has passed.</summary>
    public void PassDeadline() => MoveOn(Deadlines.IsPassed);

    /// <summary>Takes every step that the state requires.</summary>
    /// <param name="isDeadlinePassed">
    /// Whether the deadline has passed; each step sets the next deadline in the future.
    /// </param>
    public void MoveOn(bool isDeadlinePassed = false)
    {
        while (RoundRules.Next(state, Job, isDeadlinePassed) is var step && step != RoundStep.None)
        {
            isDeadlinePassed = false;
            switch (step)
            {
                case RoundStep.Open when !TryBeginAttempt():
                    return;
                case RoundStep.Close:
                    CloseOrPutAside();
                    break;
                case RoundStep.Extend:
                    ExtendOrGiveUp();
                    break;
                case RoundStep.Grace:
                    state.IsInGrace = true;
                    Deadlines.Set(Job.Settings.GraceTime);
                    break;
                case RoundStep.Repeat:
                    RepeatOrGiveUp();
                    break;
                case RoundStep.Release:
                    Release();
                    break;
                case RoundStep.TakeBack:
                    TakeBack();
                    break;
                case RoundStep.Remind:
                    inspections.Remind();
                    Deadlines.Set(Job.Settings.WaitingTime);
                    break;
                case RoundStep.Offer:
                    openings.Offer();
                    Deadlines.SetWithBackOff(Job.Settings.WaitingTime);
                    break;
                case RoundStep.AwaitAnswers:
                    state.Opening!.IsInGrace = true;
                    Deadlines.Set(Longer(AnswerGrace, Job.Settings.GraceTime));
                    break;
                case RoundStep.Publish:
                    PublishOpened();
                    break;
                case RoundStep.LeaveOut:
                    LeaveOut();
                    break;
                case RoundStep.OfferEpoch:
                    renewals.Offer();
                    WaitForVotes();
                    break;
                case RoundStep.PutEpochOff:
                    // The round is spent: members have answered for a list of it, or of a later one.
                    renewals.PutOff();
                    GiveRoundUp(EndAttempt(isAggregated: false, aggregateLength: 0));
                    break;
                case RoundStep.BeginEpoch:
                    BeginEpoch();
                    break;
                case RoundStep.Judge:
                    inspections.Judge();
                    WaitForClients(state.Round, state.Attempt, state.Tries);
                    break;
            }

            state.Touch();
        }
    }

    /// <summary>Returns what the step reports, and forgets it.</summary>
    public (RoundReport[] Reports, PublishedSum[] Sums, Exception? Failure) TakeResults()
    {
        (RoundReport[] Reports, PublishedSum[] Sums, Exception? Failure) results = ([.. _reports], [.. _sums], _failure);
        _reports.Clear();
        _sums.Clear();
        _failure = null;
        return results;
    }

    /// <summary>
    /// Makes up for what a restored server has lost of the current attempt: the client must upload again before the attempt may
    /// close, or, where the attempt has not been opened again, its number is used no more.
    /// </summary>
    public void MakeUpForLoss(ClientId client)
    {
        state.Touch();
        if (state.Inspection is not null || (state.Open is null && state.Phase == ServerPhase.WaitingForClients))
        {
            state.Inspection = null;
            RepeatOrGiveUp();
        }
        else if (RoundRules.IsAwaited(state, Job, client))
        {
            state.Owed.Add(client);
        }
    }

    /// <summary>
    /// Waits no more for an upload that a restored server may have lost, of a client that contributes no more. What the file of the sum has of the client can only go with
    /// the attempt.
    /// </summary>
    public void ExpectNothing(ClientId client)
    {
        if (state.Open?.Sum.Unaccepted.Contains(client) == false && state.Owed.Remove(client))
        {
            state.Touch();
        }
    }

    /// <summary>
    /// Repeats the attempt of a restored server whose sum is lost with its file, or gives up behind the last one where the file is damaged. The new attempt
    /// counts as a try, unless the lost one has had several.
    /// </summary>
    /// <exception cref="StateRefusedException">The round has had all its attempts, and somebody may still have the file.</exception>
    public void RepeatLost()
    {
        bool isLast = state.Attempt >= Job.Settings.MaxAttempts;
        if (isLast && !state.Open!.Sum.IsDamaged)
        {
            throw new StateRefusedException(StateError.SumMissing);
        }

        RoundReport report = EndAttempt(isAggregated: false, aggregateLength: 0);
        if (isLast)
        {
            GiveUp(report);
            return;
        }

        WaitForClients(state.Round, state.Attempt + 1, Math.Max(state.Tries, state.Attempt + 1));
        instruments.RoundRepeated(report.Round);
        Log.SumLost(logger, report.Round, report.Attempt);
        Publish(report);
    }

    /// <summary>Invites a client to the open attempt.</summary>
    public void Invite(ClientId client) => outbox.Send(
        client,
        new Invitation(
            RoundRules.SlotOf(state, Job, client),
            Job.Committee is null ? state.Round - 1 : state.LastAggregatedRound,
            BaseDigest,
            state.Open?.RoundKeySum?.Attempt.ReferenceWeight ?? Job.Terms.MaxWeight,
            state.Open?.MemberKeys ?? [],
            state.WasPublished)
        {
            Epoch = Job.EpochNumber,
        });

    /// <summary>The digest of the model that clients train from.</summary>
    private Digest BaseDigest => state.Aggregate?.Digest ?? Job.StartDigest;

    /// <summary>Returns the training task of a client in the current round.</summary>
    public TrainingTask TaskOf(ClientId client) => strategy.TaskOf(Job, state.Round, client);

    private void WaitForClients(int round, int attempt, int tries)
    {
        if (round != state.Round)
        {
            state.MemberKeys.Clear();
            state.LeftOut.Clear();
        }

        state.Round = round;
        state.Attempt = attempt;
        state.Tries = tries;
        state.IsInGrace = false;
        state.Touch();
        Deadlines.SetWithBackOff(Job.Settings.WaitingTime);
        if (!RoundRules.MayOfferEpoch(state, Job))
        {
            openings.RequestKeys();
        }
    }

    /// <summary>Opens the attempt, unless the host's strategy or sampler fails, which changes nothing.</summary>
    private bool TryBeginAttempt()
    {
        OpenAttempt open;
        try
        {
            open = Open(Select(state.Invitable));
        }
#pragma warning disable CA1031 // A host's strategy may fail in any way; the server waits, and says so.
        catch (Exception exception) when (exception is not SumFileException)
#pragma warning restore CA1031
        {
            _failure = exception;
            Log.SelectionFailed(logger, state.Round, state.Attempt, exception.GetType().Name);
            return false;
        }

        state.Open = open;
        state.Unheard.Clear();
        state.Owed.Clear();
        state.IsInGrace = false;
        Deadlines.SetWithBackOff(Job.Settings.RoundDeadline);
        foreach (ClientId client in open.Selected)
        {
            Invite(client);
        }

        Log.RoundStarted(logger, state.Round, state.Attempt, open.Selected.Count);
        return true;
    }

    private IReadOnlyList<ClientId> Select(IReadOnlyList<ClientId> available)
    {
        IReadOnlyList<ClientId> selected = strategy.SelectClients(Job, state.Round, state.Attempt, available, setup.Sampler);
        return selected.Count < Job.Settings.Quorum || !selected.All(state.MayContribute)
            ? throw Throw.BadSelection(strategy.Name)
            : selected;
    }

    /// <summary>Waits longer for what has not come, or gives the job up after the last try.</summary>
    private void ExtendOrGiveUp()
    {
        if (state.Tries >= Job.Settings.MaxAttempts)
        {
            if (state.Renewal is { IsOverdue: false } renewal)
            {
                renewal.IsOverdue = true;
                Extend(state.Attempt);
            }
            else if (state.Opening is not null)
            {
                // Members that lost their keys of the round have others in the next one.
                GiveRoundUp(EndAttempt(isAggregated: false, aggregateLength: 0));
            }
            else
            {
                GiveUp(EndAttempt(isAggregated: false, aggregateLength: 0));
            }

            return;
        }

        Extend(state.Tries + 1);
    }

    /// <summary>Waits longer, and asks again for what has not come.</summary>
    private void Extend(int tries)
    {
        state.Tries = tries;
        instruments.RoundExtended(state.Round);
        Log.RoundExtended(logger, state.Round, state.Attempt, state.Tries);
        if (state.Open is null)
        {
            Deadlines.SetWithBackOff(Job.Settings.WaitingTime);
            if (state.Phase == ServerPhase.Renewing)
            {
                renewals.Remind();
            }
            else
            {
                openings.Remind();
            }

            return;
        }

        Deadlines.SetWithBackOff(Job.Settings.RoundDeadline);
        InviteOthers(state.Open);
        foreach (ClientId client in state.Open.Selected.Where(client => state.MayContribute(client) && RoundRules.IsAwaited(state, Job, client)))
        {
            Invite(client);
        }
    }

    /// <summary>Waits for votes, which have tries of their own: in the last attempt of a round a lost offer would end the job.</summary>
    private void WaitForVotes()
    {
        state.Tries = 1;
        Deadlines.SetWithBackOff(Job.Settings.WaitingTime);
    }

    private void BeginEpoch()
    {
        renewals.Begin();
        WaitForClients(state.Round, state.Attempt, state.Attempt);
    }

    /// <summary>Selects available clients in the place of selected ones that cannot be reached or contribute no more.</summary>
    private void InviteOthers(OpenAttempt open)
    {
        int places = Job.Settings.ClientsPerRound
            - open.Selected.Count(client => state.MayContribute(client) || !RoundRules.IsAwaited(state, Job, client));
        ClientId[] others = [.. state.Invitable.Except(open.Selected)];
        if (places <= 0 || others.Length == 0)
        {
            return;
        }

        try
        {
            IReadOnlyList<ClientId> drawn = setup.Sampler.Sample(state.Round, state.Attempt, others, Math.Min(places, others.Length));
            open.Selected.UnionWith(drawn.Intersect(others));
        }
#pragma warning disable CA1031 // A host's sampler may fail in any way; the round goes on with the clients that it has.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failure = exception;
            Log.SelectionFailed(logger, state.Round, state.Attempt, exception.GetType().Name);
        }
    }

    private OpenAttempt Open(IReadOnlyList<ClientId> selected)
    {
        DateTimeOffset now = setup.Time.GetUtcNow();
        long start = setup.Time.GetTimestamp();
        if (protocol is null)
        {
            return new OpenAttempt(now, start, selected, state.Sums.Begin(setup.Context, Job.UploadTermsOf(state.Round), referenceWeight: null));
        }

        long reference = Job.Terms.Weighting == Weighting.Hidden ? Job.Terms.MaxWeight : ReferenceWeight.Of(selected.Select(WeightOf));
        var attempt = Attempt.Of(Job, state.Round, state.Attempt, reference, BaseDigest);
        return new OpenAttempt(now, start, selected, new AttemptSum(protocol.In(state.Round), attempt, FederationServerSetup.CreateKeySums(Job, protocol, [.. state.MemberKeys.Values]), state.Sums));
    }

    /// <summary>Returns the weight of a client's upload in the current round.</summary>
    public long WeightOf(ClientId client)
        => Math.Min(state.Weights.GetValueOrDefault(client, 1), TaskOf(client).WeightLimit);

    /// <summary>Closes the round, or puts the file of the sum aside where any step of the closing reads a damaged part of it.</summary>
    private void CloseOrPutAside()
    {
        RoundSum sum = state.Open!.Sum;
        try
        {
            CloseRound();
        }
        catch (SumFileException damaged) when (damaged.Error == SumFileError.Damaged)
        {
            sum.PutAside();
            throw;
        }
    }

    private void CloseRound()
    {
        long reference = state.Open!.RoundKeySum?.Attempt.ReferenceWeight ?? long.MaxValue;
        foreach (Contribution contribution in state.Contributions.Where(contribution => contribution.Weight > reference))
        {
            Log.WeightCountedLess(logger, state.Round, contribution.Client, contribution.Weight!.Value, reference);
        }

        if (state.ChecksKeys && state.Open.RoundKeySum is AttemptSum sum)
        {
            HoldBack(sum);
            return;
        }

        if (state.Open.RoundKeySum is { Keys: SharedKeySums shared } opened)
        {
            BeginOpening(opened, shared);
            return;
        }

        LatestAggregate aggregate = CompleteAttempt();
        RoundReport report = EndAttempt(isAggregated: true, aggregate.Message.Length);
        Broadcast(aggregate, [.. report.Contributions.Select(contribution => contribution.Client)]);
        Publish(report);
    }

    /// <summary>Broadcasts the sum of the round keys alone, and keeps the aggregate until clients have checked it.</summary>
    private void HoldBack(AttemptSum sum)
    {
        using CompletedSum completed = sum.Complete();
        state.Held = new HeldSum(completed.KeysAlone(protocol!.In(state.Round)).ToArray(), completed.ToBytes(), sum.Parts);
        RoundReport report = EndAttempt(isAggregated: true, state.Held.Aggregate.Length);
        Deadlines.Set(Job.Settings.WaitingTime);
        outbox.Broadcast(state.Available, new KeySumMessage(Job.JobId, state.Round, state.Held.KeySum));
        Publish(report);
    }

    /// <summary>Completes the sum, and brings it to the committee.</summary>
    private void BeginOpening(AttemptSum sum, SharedKeySums keys)
    {
        using CompletedSum completed = sum.Complete();
        Opening opening = OpeningRunner.Create(completed, sum, keys);
        _opened = EndAttempt(isAggregated: false, aggregateLength: 0);
        Deadlines.SetWithBackOff(Job.Settings.WaitingTime);
        openings.Begin(opening);
    }

    /// <summary>Broadcasts the aggregate with the answers of the committee.</summary>
    private void PublishOpened()
    {
        Opening opening = state.Opening!;
        RoundReport report = Describe(isAggregated: true, aggregateLength: 0);
        state.Opening = null;
        state.History.Add(new ListedRound(state.Round, opening.ListBytes));
        LatestAggregate aggregate = LatestAggregate.Sign(setup, state.NextStamp, state.Round, opening.ToAggregate(), opening.Chain);
        Broadcast(aggregate, ClientsOf(opening.List));
        Publish(report with { AggregateLength = aggregate.Message.Length });
    }

    /// <summary>Repeats the attempt without the clients whose boxes did not open at members.</summary>
    private void LeaveOut()
    {
        ImmutableArray<ClientId> failed = OpeningRules.Failed(state.Opening!, Job.Committee!);
        state.LeftOut.UnionWith(failed);
        foreach (ClientId client in failed)
        {
            Log.LeftOut(logger, state.Round, state.Attempt, client);
        }

        RepeatOrGiveUp();
    }

    /// <summary>
    /// Gives a round up whose boxes the committee does not open, or whose list was offered, or opened in vain: no other list of the round can
    /// be opened. The next round begins from the same model.
    /// </summary>
    private void GiveRoundUp(RoundReport report)
    {
        if (state.Round == Job.Settings.Rounds)
        {
            GiveUp(report);
            return;
        }

        Log.RoundGivenUp(logger, report.Round, report.Attempt);
        WaitForClients(state.Round + 1, attempt: 1, tries: 1);
        Publish(report);
    }

    /// <summary>Broadcasts the aggregate that was held back.</summary>
    private void Release()
    {
        HeldSum held = state.Held!;
        state.Held = null;
        ContributorList list = VerifiableAggregate.ListOf(held.Aggregate)!;
        state.History.Add(new ListedRound(list.Round, list.ToArray()));
        SetParts(held.Parts);
        Broadcast(LatestAggregate.Sign(setup, state.NextStamp, state.Round, held.Aggregate, list.Chain), ClientsOf(list));
        LogEnd();
    }

    /// <summary>Repeats a round whose round keys clients object to, and inspects the keys.</summary>
    private void TakeBack()
    {
        HeldSum held = state.Held!;
        state.Held = null;
        state.WasPublished = true;
        RepeatOrGiveUp();
        Inspect(held.KeyList, MostNamed(held.Objections), SumBytes.Of(held.KeySum), held.Parts, held.Objections.Keys);
    }

    /// <summary>Broadcasts an aggregate, and goes on to the next round or ends the job.</summary>
    private void Broadcast(LatestAggregate aggregate, ImmutableArray<ClientId> contributors)
    {
        (int round, int attempt) = (state.Round, state.Attempt);
        state.Confirmations.Clear();
        state.Objections.Clear();
        state.Previous = protocol is null ? null : state.Aggregate;
        if (Job.Update.Kind == UpdateKind.Difference && state.Aggregate is LatestAggregate before)
        {
            state.Earlier.Add(before);
        }

        state.Aggregate = aggregate;

        outbox.Broadcast(state.Available, MessageKind.Aggregate, aggregate.Message);
        if (round < Job.Settings.Rounds)
        {
            state.WasPublished = false;
            WaitForClients(round + 1, attempt: 1, tries: 1);
        }
        else
        {
            EndJob(FederationOutcome.Completed);
        }

        Digest? list = protocol is null ? null : Digest.Compute(state.History[^1].List.Span);
        _sums.Add(new PublishedSum(round, attempt, aggregate.Digest, list, [.. contributors.Order()], aggregate.Message.Length));
        instruments.RoundCompleted(round, aggregate.Message.Length);
        Log.RoundAggregated(logger, round, attempt, contributors.Length, aggregate.Message.Length);
    }

    private static ImmutableArray<ClientId> ClientsOf(ContributorList list) => [.. list.Contributors.Select(contributor => contributor.Client)];

    private LatestAggregate CompleteAttempt()
    {
        if (state.Open!.RoundKeySum is AttemptSum sum)
        {
            using CompletedSum completed = sum.Complete();
            state.History.Add(new ListedRound(state.Round, completed.ListBytes));
            SetParts(sum.Parts);
            return LatestAggregate.Sign(setup, state.NextStamp, state.Round, completed.ToBytes(), completed.List.Chain);
        }

        EncryptedAggregate aggregate = state.Open.Sum.Complete(out StoredSum? stored);
        if (stored is not null)
        {
            return LatestAggregate.Sign(setup, state.NextStamp, state.Round, SumBytes.Of(stored));
        }

        using (aggregate)
        {
            return LatestAggregate.Sign(setup, state.NextStamp, state.Round, SumBytes.Of(aggregate.ToArray()));
        }
    }

    private void SetParts(IReadOnlyDictionary<ClientId, PartDigests> parts)
    {
        state.Parts.Clear();
        foreach ((ClientId client, PartDigests digests) in parts)
        {
            state.Parts.Add(client, digests);
        }
    }

    /// <summary>
    /// Takes back the latest aggregate, which clients cannot open, and repeats its round with the next attempt, after an inspection
    /// where tags of values were wrong.
    /// </summary>
    public void Reopen()
    {
        if (Job.Committee is not null)
        {
            TakeRoundBack();
            return;
        }

        ContributorList list = ContributorList.TryRead(state.History[^1].List)!;
        SumBytes sum = state.Aggregate!.Bytes;
        InspectedPart part = MostNamed(state.Objections);
        ClientId[] objectors = [.. state.Objections.Keys];
        Dictionary<ClientId, PartDigests> parts = new(state.Parts);
        state.History.RemoveAt(state.History.Count - 1);
        ReturnToPrevious();
        state.Confirmations.Clear();
        state.Objections.Clear();
        state.Parts.Clear();
        state.Outcome = null;
        state.Held = null;
        RoundReport report = EndAttempt(isAggregated: false, aggregateLength: 0);
        state.Round = list.Round;
        state.Attempt = list.AttemptNumber;
        state.Tries = list.AttemptNumber;
        state.WasPublished = true;
        RepeatOrGiveUp(report);
        state.Touch();
        if (part == InspectedPart.Keys)
        {
            // The values are out, and single round keys beside them would tell of single values: the next attempt holds them back.
            state.ChecksKeys = true;
        }
        else
        {
            Inspect(list, part, sum, parts, objectors);
        }
    }

    /// <summary>
    /// Takes back the latest aggregate of a job with a committee, whose round is over, because the committee answers for one list of it
    /// only. The current round begins again from the model before; nobody is named.
    /// </summary>
    private void TakeRoundBack()
    {
        bool wasLast = state.Outcome is not null;
        bool isSpent = state.Opening is { IsOffered: true };
        state.Tries = state.Phase == ServerPhase.Renewing ? state.Attempt : state.Tries;
        state.Renewal = null;
        state.History.RemoveAt(state.History.Count - 1);
        ReturnToPrevious();
        state.Confirmations.Clear();
        state.Objections.Clear();
        state.Outcome = null;
        RoundReport report = EndAttempt(isAggregated: false, aggregateLength: 0);
        if (wasLast)
        {
            GiveUp(report);
        }
        else if (isSpent)
        {
            GiveRoundUp(report);
        }
        else
        {
            RepeatOrGiveUp(report);
        }

        state.Touch();
    }

    /// <summary>Makes the aggregate before the latest one the latest.</summary>
    private void ReturnToPrevious()
    {
        (state.Aggregate, state.Previous) = (state.Previous, null);
        if (state.Earlier.Count > 0)
        {
            state.Earlier.RemoveAt(state.Earlier.Count - 1);
        }
    }

    /// <summary>Begins an inspection before the next attempt, if there is one and tags were wrong.</summary>
    private void Inspect(
        ContributorList list,
        InspectedPart part,
        SumBytes sum,
        IReadOnlyDictionary<ClientId, PartDigests> parts,
        IEnumerable<ClientId> objectors)
    {
        if (state.Outcome is null && part != InspectedPart.None)
        {
            Deadlines.Set(Job.Settings.WaitingTime);
            inspections.Begin(list, part, sum, parts, objectors);
        }
    }

    /// <summary>Returns the part that most objections name.</summary>
    private static InspectedPart MostNamed(SortedDictionary<ClientId, InspectedPart> objections)
        => objections.Values.CountBy(part => part).OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key).First().Key;

    private void RepeatOrGiveUp() => RepeatOrGiveUp(EndAttempt(isAggregated: false, aggregateLength: 0));

    private void RepeatOrGiveUp(RoundReport report)
    {
        if (state.Tries >= Job.Settings.MaxAttempts)
        {
            GiveUp(report);
            return;
        }

        WaitForClients(state.Round, state.Attempt + 1, state.Tries + 1);
        instruments.RoundRepeated(report.Round);
        Log.QuorumMissed(logger, report.Round, report.Attempt);
        Publish(report);
    }

    private void GiveUp(RoundReport report)
    {
        EndJob(FederationOutcome.QuorumNotReached);
        Log.QuorumMissed(logger, report.Round, report.Attempt);
        Publish(report);
    }

    /// <summary>Describes the attempt, and discards its sum and the uploads of earlier attempts.</summary>
    private RoundReport EndAttempt(bool isAggregated, long aggregateLength)
    {
        RoundReport report = Describe(isAggregated, aggregateLength);
        state.Refusals.Clear();
        state.Ledger.KeepOnly(state.Round, state.Attempt);
        state.Open?.Dispose();
        state.Open = null;
        state.Opening = null;
        state.Unheard.Clear();
        state.Owed.Clear();
        return report;
    }

    /// <summary>Adds a report to the result of the step.</summary>
    private void Publish(RoundReport report)
    {
        _reports.Add(report);
        LogEnd();
    }

    private void LogEnd()
    {
        if (state.Outcome is FederationOutcome outcome)
        {
            Log.JobEnded(logger, outcome);
        }
    }

    private RoundReport Describe(bool isAggregated, long aggregateLength)
    {
        if (state.Opening is Opening opening)
        {
            RoundReport opened = _opened is RoundReport kept && (kept.Round, kept.Attempt) == (state.Round, state.Attempt) ? kept : DescribeRestored(opening);
            return opened with { IsAggregated = isAggregated, AggregateLength = aggregateLength, Tries = state.Tries };
        }

        return DescribeOpen(isAggregated, aggregateLength);
    }

    /// <summary>Describes an attempt that was closed before the server was restored, without its times.</summary>
    private RoundReport DescribeRestored(Opening opening)
    {
        ImmutableArray<Contribution> contributions = [.. state.Ledger.Of(state.Round, state.Attempt)];
        return DescribeOpen(isAggregated: false, aggregateLength: 0) with
        {
            Selected = [.. contributions.Select(contribution => contribution.Client).Order()],
            Contributions = contributions,
            TotalWeight = Job.Terms.Weighting == Weighting.Hidden ? null : contributions.Sum(contribution => contribution.Weight ?? 0),
            ReferenceWeight = opening.List.ReferenceWeight,
            BytesReceived = contributions.Sum(contribution => contribution.UploadLength),
        };
    }

    private RoundReport DescribeOpen(bool isAggregated, long aggregateLength)
    {
        DateTimeOffset started = state.Open?.StartedAt ?? setup.Time.GetUtcNow();
        ImmutableArray<Contribution> contributions = [.. state.Contributions];
        return new RoundReport
        {
            Round = state.Round,
            Attempt = state.Attempt,
            IsAggregated = isAggregated,
            Selected = [.. state.Open?.Selected ?? []],
            Contributions = contributions,
            TotalWeight = contributions.IsEmpty || state.Open is null || Job.Terms.Weighting == Weighting.Hidden ? null : contributions.Sum(contribution => contribution.Weight ?? 0),
            Capped = [.. contributions.Where(IsCapped).Select(contribution => contribution.Client)],
            ReferenceWeight = state.Open?.RoundKeySum?.Attempt.ReferenceWeight,
            Excluded = state.Excluded.ToImmutableSortedDictionary(),
            Withdrawn = [.. state.Withdrawn],
            Refusals = state.Refusals.ToImmutableSortedDictionary(),
            Tries = state.Tries,
            StartedAt = started,
            ClosedAt = state.Open is null ? started : started + Deadlines.Since(state.Open.Start),
            FoldTime = state.Open?.FoldTime ?? TimeSpan.Zero,
            BytesReceived = contributions.Sum(contribution => contribution.UploadLength),
            AggregateLength = aggregateLength,
        };
    }

    private bool IsCapped(Contribution contribution)
        => state.Capped.Contains(contribution.Client)
            || contribution.Weight > (state.Open?.RoundKeySum?.Attempt.ReferenceWeight ?? long.MaxValue);

    private static TimeSpan Longer(TimeSpan first, TimeSpan second) => first > second ? first : second;

    private void EndJob(FederationOutcome outcome)
    {
        state.Outcome = outcome;
        state.Renewal = null;
        Deadlines.Clear();
        outbox.Broadcast(state.Available, new Conclusion(Job.JobId, outcome, state.LastAggregatedRound));
    }
}
