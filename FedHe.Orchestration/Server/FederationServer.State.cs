using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Server;

/// <content>Saving and resuming.</content>
public sealed partial class FederationServer
{
    /// <summary>
    /// Saves everything a resumed server needs; a resumed round gives the same aggregate. The state holds ciphertexts,
    /// names and digests, no key. Messages already returned are not part of it: deliver them, or let clients announce
    /// themselves again.
    /// </summary>
    public void SaveState(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var payload = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(payload);
        writer.WriteDigest(_job.Digest);
        writer.WriteByte((byte)Phase);
        writer.WriteByte((byte)(Outcome ?? 0));
        writer.WriteInt32(Round);
        writer.WriteInt32(Attempt);
        writer.WriteInt64(NextDeadline?.UtcTicks ?? 0);
        WriteClients(writer, _available);
        WriteRefusals(writer);
        WriteLedger(writer);
        writer.WriteInt32(LastAggregatedRound);
        writer.WriteBytesWithLength(_aggregate.Span);
        if (_collecting is not null)
        {
            WriteCollecting(writer, _collecting);
        }

        writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.ServerState, _job.Authority.ParametersId, payload.WrittenCount);
        writer.WriteBytes(payload.WrittenSpan);
    }

    /// <summary>Resumes a saved server.</summary>
    /// <param name="setup">The same job, context and roster as before.</param>
    /// <param name="state">Bytes written by <see cref="SaveState"/>.</param>
    /// <exception cref="HeFormatException">The bytes are not a saved state of this job.</exception>
    /// <remarks>The constructor's exceptions apply as well.</remarks>
    public static FederationServer Restore(FederationServerSetup setup, ReadOnlyMemory<byte> state)
    {
        var server = new FederationServer(setup);
        var reader = new WireReader(state.Span);
        server.ReadState(ref reader, state);
        if (reader.Failed)
        {
            server.Dispose();
            throw new HeFormatException(reader.Error, "server state");
        }

        Log.Resumed(server._logger, server.Round, server.Attempt);
        return server;
    }

    private void WriteRefusals(WireWriter writer)
    {
        writer.WriteInt32(_refusals.Count);
        foreach ((RefusalReason reason, int count) in _refusals)
        {
            writer.WriteByte((byte)reason);
            writer.WriteInt32(count);
        }
    }

    private void WriteLedger(WireWriter writer)
    {
        writer.WriteInt32(_ledger.Count);
        foreach ((UploadLedger.Entry entry, Digest digest) in _ledger.Accepted)
        {
            writer.WriteInt32(entry.Round);
            writer.WriteInt32(entry.Attempt);
            writer.WriteClientId(entry.Client);
            writer.WriteDigest(digest);
        }
    }

    private static void WriteCollecting(WireWriter writer, CollectingRound collecting)
    {
        writer.WriteInt64(collecting.StartedAt.UtcTicks);
        writer.WriteInt64(collecting.FoldTime.Ticks);
        WriteClients(writer, collecting.Selected);
        writer.WriteInt32(collecting.Contributions.Count);
        foreach (Contribution contribution in collecting.Contributions)
        {
            writer.WriteClientId(contribution.Client);
            writer.WriteInt64(contribution.Weight ?? 0);
            writer.WriteInt32(contribution.UploadLength);
            ReceiptFormat.Write(writer, contribution.Receipt);
        }

        var aggregator = new ArrayBufferWriter<byte>();
        collecting.Aggregator.SaveState(aggregator);
        writer.WriteBytesWithLength(aggregator.WrittenSpan);
    }

    private static void WriteClients(WireWriter writer, SortedSet<ClientId> clients)
    {
        writer.WriteInt32(clients.Count);
        foreach (ClientId client in clients)
        {
            writer.WriteClientId(client);
        }
    }

    private void ReadState(ref WireReader reader, ReadOnlyMemory<byte> state)
    {
        reader.ReadHeader(WireKind.ServerState, _job.Authority.ParametersId, int.MaxValue);
        reader.Require(reader.ReadDigest() == _job.Digest, FormatError.Inconsistent);
        Phase = (ServerPhase)reader.ReadByte();
        byte outcome = reader.ReadByte();
        Outcome = outcome == 0 ? null : (FederationOutcome)outcome;
        Round = reader.ReadInt32(0, _job.Settings.Rounds);
        Attempt = reader.ReadInt32(0, _job.Settings.MaxAttempts);
        long deadline = reader.ReadInt64(0, DateTime.MaxValue.Ticks);
        NextDeadline = deadline == 0 ? null : new DateTimeOffset(deadline, TimeSpan.Zero);
        ReadClients(ref reader, _available);
        ReadRefusals(ref reader);
        ReadLedger(ref reader);
        LastAggregatedRound = reader.ReadInt32(0, _job.Settings.Rounds);
        _aggregate = reader.ReadBytesWithLength().ToArray();
        _aggregateDigest = Digest.Compute(_aggregate.Span);
        RequireConsistentPhase(ref reader);
        if (!reader.Failed && Phase == ServerPhase.Collecting)
        {
            ReadCollecting(ref reader, state);
        }

        reader.ExpectEnd();
    }

    private void RequireConsistentPhase(ref WireReader reader)
    {
        bool runs = Phase is ServerPhase.WaitingForClients or ServerPhase.Collecting;
        reader.Require(Enum.IsDefined(Phase) && (Outcome is null || Enum.IsDefined(Outcome.Value)), FormatError.FieldOutOfRange);
        reader.Require(runs == NextDeadline is not null, FormatError.Inconsistent);
        reader.Require((Phase == ServerPhase.Ended) == (Outcome is not null), FormatError.Inconsistent);
        reader.Require((Phase == ServerPhase.NotStarted) == (Round == 0) && (Round == 0) == (Attempt == 0), FormatError.Inconsistent);
        reader.Require(LastAggregatedRound == (Outcome == FederationOutcome.Completed ? Round : Math.Max(0, Round - 1)), FormatError.Inconsistent);
        reader.Require((LastAggregatedRound == 0) == _aggregate.IsEmpty, FormatError.Inconsistent);
    }

    private void ReadClients(ref WireReader reader, SortedSet<ClientId> clients)
    {
        int count = reader.ReadInt32(0, _roster.Clients.Count);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            ClientId client = reader.ReadClientId();
            reader.Require(_roster.TryGetKey(client, out _) && clients.Add(client), FormatError.Inconsistent);
        }
    }

    private void ReadRefusals(ref WireReader reader)
    {
        int count = reader.ReadInt32(0, byte.MaxValue);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            var reason = (RefusalReason)reader.ReadByte();
            int refused = reader.ReadInt32(1, int.MaxValue);
            reader.Require(Enum.IsDefined(reason) && _refusals.TryAdd(reason, refused), FormatError.Inconsistent);
        }
    }

    private void ReadLedger(ref WireReader reader)
    {
        int count = reader.ReadInt32(0, int.MaxValue);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            var entry = new UploadLedger.Entry(reader.ReadRound(), reader.ReadAttempt(), reader.ReadClientId());
            Digest digest = reader.ReadDigest();
            reader.Require(_ledger.TryAdd(entry, digest), FormatError.Inconsistent);
        }
    }

    private void ReadCollecting(ref WireReader reader, ReadOnlyMemory<byte> state)
    {
        var startedAt = new DateTimeOffset(reader.ReadInt64(0, DateTime.MaxValue.Ticks), TimeSpan.Zero);
        var foldTime = new TimeSpan(reader.ReadInt64(0, long.MaxValue));
        var selected = new SortedSet<ClientId>();
        ReadClients(ref reader, selected);
        List<Contribution> contributions = ReadContributions(ref reader, selected);
        ReadOnlyMemory<byte> aggregatorState = reader.ReadBytesWithLength(state);
        if (reader.Failed)
        {
            return;
        }

        try
        {
            var aggregator = UpdateAggregator.Restore(aggregatorState, _context, _job.Terms);
            _collecting = new CollectingRound(startedAt, selected, aggregator) { FoldTime = foldTime };
            contributions.ForEach(_collecting.Record);
            reader.Require(aggregator.Contributions == contributions.Count, FormatError.Inconsistent);
        }
        catch (HeException exception)
        {
            // A sum that the scheme refuses is as wrong as one that cannot be read.
            reader.Fail((exception as HeFormatException)?.Error ?? FormatError.Inconsistent);
        }
    }

    private List<Contribution> ReadContributions(ref WireReader reader, SortedSet<ClientId> selected)
    {
        int count = reader.ReadInt32(0, selected.Count);
        var contributions = new List<Contribution>();
        var clients = new HashSet<ClientId>();
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            ClientId client = reader.ReadClientId();
            long weight = reader.ReadInt64(0, _job.Terms.MaxWeight);
            int uploadLength = reader.ReadInt32(1, int.MaxValue);
            EncryptionReceipt receipt = ReceiptFormat.Read(ref reader, _job, _context.Parameters);
            reader.Require(selected.Contains(client) && clients.Add(client), FormatError.Inconsistent);
            contributions.Add(new Contribution(client, receipt, weight == 0 ? null : weight, uploadLength));
        }

        return contributions;
    }
}
