using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Aggregation;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <content>How rounds begin and end, and what is sent when they do.</content>
public sealed partial class FederationServer
{
    private void WaitForClients(int round, int attempt)
    {
        Phase = ServerPhase.WaitingForClients;
        Round = round;
        Attempt = attempt;
        NextDeadline = _time.GetUtcNow() + _job.Settings.RoundDeadline;
        BeginRoundIfPossible(_job.Settings.ClientsPerRound);
    }

    private void BeginRoundIfPossible(int clientsNeeded)
    {
        if (_available.Count < clientsNeeded)
        {
            return;
        }

        ClientId[] available = [.. _available];
        IReadOnlyList<ClientId> selected = _strategy.SelectClients(_job, Round, Attempt, available, _sampler);
        if (selected.Count < _job.Settings.Quorum || !_available.IsSupersetOf(selected))
        {
            throw new InvalidOperationException(
                $"The strategy '{_strategy.Name}' selected clients that are not available, or fewer than the quorum.");
        }

        DateTimeOffset now = _time.GetUtcNow();
        Phase = ServerPhase.Collecting;
        NextDeadline = now + _job.Settings.RoundDeadline;
        _collecting = new CollectingRound(now, selected, new UpdateAggregator(_context, _job.Terms));
        Log.RoundStarted(_logger, Round, Attempt, _collecting.Selected.Count);
        foreach (ClientId client in _collecting.Selected)
        {
            Invite(client);
        }
    }

    private void PassDeadline()
    {
        if (NextDeadline is not DateTimeOffset deadline || _time.GetUtcNow() < deadline)
        {
            return;
        }

        if (Phase == ServerPhase.Collecting && _collecting!.Contributions.Count >= _job.Settings.Quorum)
        {
            CloseRound();
            return;
        }

        if (Phase == ServerPhase.WaitingForClients && _available.Count >= _job.Settings.Quorum)
        {
            BeginRoundIfPossible(_job.Settings.Quorum);
            return;
        }

        RepeatRoundOrFail();
    }

    private void CloseIfComplete()
    {
        if (_collecting is null || _collecting.Contributions.Count < _job.Settings.Quorum)
        {
            return;
        }

        if (_collecting.Selected.All(client => _collecting.HasContributed(client) || !_available.Contains(client)))
        {
            CloseRound();
        }
    }

    private void CloseRound()
    {
        ArrayBufferWriter<byte> bytes;
        using (EncryptedAggregate aggregate = _collecting!.Aggregator.Complete())
        {
            bytes = new ArrayBufferWriter<byte>((int)Math.Min(aggregate.EncodedLength, Array.MaxLength));
            aggregate.WriteTo(bytes);
        }

        LastAggregatedRound = Round;
        _aggregate = bytes.WrittenMemory;
        _aggregateDigest = Digest.Compute(_aggregate.Span);
        byte[] message = MessageFormat.Write(new AggregateMessage(_job.JobId, Round, _aggregate), _job.Authority.ParametersId);
        Instruments.RoundCompleted(message.Length);
        Log.RoundAggregated(_logger, Round, Attempt, _collecting.Contributions.Count, message.Length);
        EndCollecting(isAggregated: true, message.Length);
        foreach (ClientId client in _available)
        {
            _outgoing.Add(new OutgoingMessage(client, MessageKind.Aggregate, message));
        }

        if (Round < _job.Settings.Rounds)
        {
            WaitForClients(Round + 1, attempt: 1);
        }
        else
        {
            End(FederationOutcome.Completed);
        }
    }

    private void RepeatRoundOrFail()
    {
        Instruments.RoundRepeated();
        Log.QuorumMissed(_logger, Round, Attempt);
        EndCollecting(isAggregated: false, aggregateLength: 0);
        if (Attempt < _job.Settings.MaxAttempts)
        {
            WaitForClients(Round, Attempt + 1);
        }
        else
        {
            End(FederationOutcome.QuorumNotReached);
        }
    }

    /// <summary>Reports on the attempt and forgets its updates, and what the attempts before it accepted.</summary>
    private void EndCollecting(bool isAggregated, int aggregateLength)
    {
        DateTimeOffset now = _time.GetUtcNow();
        var report = new RoundReport
        {
            Round = Round,
            Attempt = Attempt,
            IsAggregated = isAggregated,
            Selected = [.. _collecting?.Selected ?? []],
            Contributions = Contributions,
            TotalWeight = _collecting?.Contributions.Count > 0 ? _collecting.Aggregator.TotalWeight : null,
            Refusals = _refusals.ToImmutableSortedDictionary(),
            StartedAt = _collecting?.StartedAt ?? now,
            ClosedAt = now,
            FoldTime = _collecting?.FoldTime ?? TimeSpan.Zero,
            BytesReceived = _collecting?.BytesReceived ?? 0,
            AggregateLength = aggregateLength,
        };
        _refusals.Clear();
        _ledger.KeepOnly(Round, Attempt);
        _collecting?.Dispose();
        _collecting = null;
        _reports?.Report(report);
    }

    private void End(FederationOutcome outcome)
    {
        Phase = ServerPhase.Ended;
        Outcome = outcome;
        NextDeadline = null;
        Log.JobEnded(_logger, outcome);
        foreach (ClientId client in _available)
        {
            SendConclusion(client);
        }
    }

    private TrainingTask CreateTask(ClientId client)
    {
        TrainingTask task = _strategy.CreateTask(_job, Round, client);
        return task with { WeightLimit = Math.Clamp(task.WeightLimit, 1, _job.Terms.MaxWeight) };
    }

    private void Invite(ClientId client)
    {
        Digest baseDigest = LastAggregatedRound == 0 ? _job.InitialModelDigest : _aggregateDigest;
        Send(client, new Invitation(_job.JobId, client, Round, Attempt, LastAggregatedRound, baseDigest, CreateTask(client)));
    }

    private void SendAggregate(ClientId client) => Send(client, new AggregateMessage(_job.JobId, LastAggregatedRound, _aggregate));

    private void SendConclusion(ClientId client) => Send(client, new Conclusion(_job.JobId, Outcome!.Value));

    private void Acknowledge(ReadOnlyMemory<byte> message, ClientId? recipient, RefusalReason reason)
        => Send(recipient, new Acknowledgement(_job.JobId, Digest.Compute(message.Span), reason));

    private void Refuse(ReadOnlyMemory<byte> message, ClientId claimed, ClientId? recipient, RefusalReason reason)
    {
        Instruments.MessageRefused(reason);
        Log.MessageRefused(_logger, claimed, reason);
        _refusals[reason] = _refusals.GetValueOrDefault(reason) + 1;
        Acknowledge(message, recipient, reason);
    }

    private void Send(ClientId? recipient, FederationMessage message)
        => _outgoing.Add(new OutgoingMessage(recipient, message.Kind, MessageFormat.Write(message, _job.Authority.ParametersId)));

    private OutgoingMessage[] TakeOutgoing()
    {
        OutgoingMessage[] messages = [.. _outgoing];
        _outgoing.Clear();
        return messages;
    }
}
