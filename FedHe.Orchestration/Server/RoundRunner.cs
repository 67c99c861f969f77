using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Server;

/// <summary>
/// A round runner carries out the steps of <see cref="RoundRules"/>: it changes the state and sends the messages.
/// </summary>
internal sealed class RoundRunner(
    FederationServerSetup setup, IAggregationStrategy strategy, RoundKeyProtocol? protocol, ServerState state, Outbox outbox, ILogger logger)
{
    private readonly FederationJob _job = setup.Job;

    /// <summary>
    /// Starts the job by waiting for the clients of the first round, and takes every step that is due.
    /// </summary>
    public void Start()
    {
        WaitForClients(round: 1, attempt: 1);
        MoveOn();
    }

    /// <summary>Closes, repeats or begins a round whose deadline has passed.</summary>
    public void PassDeadline() => MoveOn(state.Deadline is DateTimeOffset deadline && setup.Time.GetUtcNow() >= deadline);

    /// <summary>Takes every step that the state requires.</summary>
    /// <param name="isDeadlinePassed">
    /// Whether the deadline has passed; each step sets the next deadline in the future.
    /// </param>
    public void MoveOn(bool isDeadlinePassed = false)
    {
        while (RoundRules.Next(state, _job, isDeadlinePassed) is var step && step != RoundStep.None)
        {
            isDeadlinePassed = false;
            switch (step)
            {
                case RoundStep.Open:
                    BeginAttempt();
                    break;
                case RoundStep.Close:
                    CloseRound();
                    break;
                case RoundStep.Repeat:
                    RepeatOrGiveUp();
                    break;
            }
        }
    }

    /// <summary>Invites a client to the open attempt.</summary>
    public void Invite(ClientId client) => outbox.Send(
        client,
        new Invitation(
            RoundRules.SlotOf(state, _job, client),
            BaseDigest,
            state.Open?.RoundKeySum?.Attempt.ReferenceWeight ?? _job.Terms.MaxWeight));

    /// <summary>The digest of the model that clients train from.</summary>
    private Digest BaseDigest => state.Aggregate?.Digest ?? _job.StartDigest;

    /// <summary>Returns the training task of a client in the current round.</summary>
    public TrainingTask TaskOf(ClientId client) => strategy.TaskOf(_job, state.Round, client);

    private void WaitForClients(int round, int attempt)
    {
        state.Round = round;
        state.Attempt = attempt;
        state.Deadline = setup.Time.GetUtcNow() + _job.Settings.RoundDeadline;
    }

    private void BeginAttempt()
    {
        ClientId[] available = [.. state.Available];
        IReadOnlyList<ClientId> selected = strategy.SelectClients(_job, state.Round, state.Attempt, available, setup.Sampler);
        if (selected.Count < _job.Settings.Quorum || !state.Available.IsSupersetOf(selected))
        {
            throw Throw.BadSelection(strategy.Name);
        }

        DateTimeOffset now = setup.Time.GetUtcNow();
        state.Deadline = now + _job.Settings.RoundDeadline;
        state.Open = Open(now, selected);
        foreach (ClientId client in state.Open.Selected)
        {
            Invite(client);
        }

        Log.RoundStarted(logger, state.Round, state.Attempt, state.Open.Selected.Count);
    }

    private OpenAttempt Open(DateTimeOffset now, IReadOnlyList<ClientId> selected)
    {
        if (protocol is null)
        {
            return new OpenAttempt(now, selected, new UpdateAggregator(setup.Context, _job.Terms));
        }

        long reference = _job.Terms.Weighting == Weighting.Hidden ? _job.Terms.MaxWeight : ReferenceWeight.Of(selected.Select(WeightOf));
        var attempt = new Attempt(_job.Digest, state.Round, state.Attempt, reference, BaseDigest);
        return new OpenAttempt(now, selected, new AttemptSum(protocol, attempt, _job.Authority.KeyId));
    }

    /// <summary>Returns the weight of a client's upload in the current round.</summary>
    public long WeightOf(ClientId client)
        => Math.Min(state.Weights.GetValueOrDefault(client, 1), TaskOf(client).WeightLimit);

    private void CloseRound()
    {
        state.Confirmations.Clear();
        state.Objections.Clear();
        LatestAggregate? previous = state.Aggregate;
        state.Aggregate = CompleteAttempt();
        state.Previous = protocol is null ? null : previous;
        outbox.Broadcast(state.Available, MessageKind.Aggregate, state.Aggregate.Message);
        RoundReport report = EndAttempt(isAggregated: true, state.Aggregate.Message.Length);
        if (state.Round < _job.Settings.Rounds)
        {
            WaitForClients(state.Round + 1, attempt: 1);
        }
        else
        {
            EndJob(FederationOutcome.Completed);
        }

        Instruments.RoundCompleted(report.AggregateLength);
        Log.RoundAggregated(logger, report.Round, report.Attempt, report.Contributions.Length, report.AggregateLength);
        Publish(report);
    }

    private LatestAggregate CompleteAttempt()
    {
        if (state.Open!.RoundKeySum is AttemptSum sum)
        {
            VerifiableAggregate verifiable = sum.Complete();
            state.History.Add(verifiable.List.ToArray());
            return LatestAggregate.Sign(setup, state.Round, verifiable.ToArray(), verifiable.List.Chain);
        }

        using EncryptedAggregate aggregate = state.Open.Aggregator.Complete();
        var bytes = new ArrayBufferWriter<byte>((int)Math.Min(aggregate.EncodedLength, Array.MaxLength));
        aggregate.WriteTo(bytes);
        return LatestAggregate.Sign(setup, state.Round, bytes.WrittenMemory);
    }

    /// <summary>
    /// Takes back the latest aggregate, which clients cannot open, and repeats its round with the next attempt.
    /// </summary>
    public void Reopen()
    {
        int attempt = ContributorList.TryRead(state.History[^1])!.AttemptNumber;
        int round = state.LastAggregatedRound;
        state.History.RemoveAt(state.History.Count - 1);
        (state.Aggregate, state.Previous) = (state.Previous, null);
        state.Confirmations.Clear();
        state.Objections.Clear();
        state.Outcome = null;
        RoundReport report = EndAttempt(isAggregated: false, aggregateLength: 0);
        state.Round = round;
        state.Attempt = attempt;
        RepeatOrGiveUp(report);
    }

    private void RepeatOrGiveUp() => RepeatOrGiveUp(EndAttempt(isAggregated: false, aggregateLength: 0));

    private void RepeatOrGiveUp(RoundReport report)
    {
        if (state.Attempt < _job.Settings.MaxAttempts)
        {
            WaitForClients(state.Round, state.Attempt + 1);
        }
        else
        {
            EndJob(FederationOutcome.QuorumNotReached);
        }

        Instruments.RoundRepeated();
        Log.QuorumMissed(logger, report.Round, report.Attempt);
        Publish(report);
    }

    /// <summary>Describes the attempt, and discards its sum and the uploads of earlier attempts.</summary>
    private RoundReport EndAttempt(bool isAggregated, int aggregateLength)
    {
        RoundReport report = Describe(isAggregated, aggregateLength);
        state.Refusals.Clear();
        state.Ledger.KeepOnly(state.Round, state.Attempt);
        state.Open?.Dispose();
        state.Open = null;
        return report;
    }

    /// <summary>
    /// Tells the host about an attempt that ended, after the whole transition: a host whose logger or report sink throws
    /// must not stop it halfway.
    /// </summary>
    private void Publish(RoundReport report)
    {
        if (state.Outcome is FederationOutcome outcome)
        {
            Log.JobEnded(logger, outcome);
        }

        setup.Reports?.Report(report);
    }

    private RoundReport Describe(bool isAggregated, int aggregateLength)
    {
        DateTimeOffset now = setup.Time.GetUtcNow();
        ImmutableArray<Contribution> contributions = [.. state.Contributions];
        return new RoundReport
        {
            Round = state.Round,
            Attempt = state.Attempt,
            IsAggregated = isAggregated,
            Selected = [.. state.Open?.Selected ?? []],
            Contributions = contributions,
            TotalWeight = contributions.IsEmpty ? null : state.Open?.Aggregator.TotalWeight,
            ReferenceWeight = state.Open?.RoundKeySum?.Attempt.ReferenceWeight,
            Refusals = state.Refusals.ToImmutableSortedDictionary(),
            StartedAt = state.Open?.StartedAt ?? now,
            ClosedAt = now,
            FoldTime = state.Open?.FoldTime ?? TimeSpan.Zero,
            BytesReceived = contributions.Sum(contribution => (long)contribution.UploadLength),
            AggregateLength = aggregateLength,
        };
    }

    private void EndJob(FederationOutcome outcome)
    {
        state.Outcome = outcome;
        state.Deadline = null;
        outbox.Broadcast(state.Available, new Conclusion(_job.JobId, outcome, state.LastAggregatedRound));
    }
}
