using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Renewals;
using FedHe.Orchestration.Sums;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Server;

/// <summary>The server state format encodes a server's state; docs/wire-format.md describes it as kind 67.</summary>
internal static class ServerStateFormat
{
    private const long NoDeadline = -1;
    private static readonly TimeSpan LongestRemaining = TimeSpan.FromDays(16 * 365);
    private static readonly TimeSpan LongestElapsed = TimeSpan.FromDays(1000 * 365);

    public static void Write(ServerState state, FederationServerSetup setup, Deadlines deadlines, IBufferWriter<byte> destination)
    {
        FederationJob job = setup.Job;
        using var content = new SegmentedBuffer();
        var writer = new WireWriter(content);
        if (job.Committee is not null)
        {
            state.Epochs.Write(writer);
        }

        writer.WriteByte((byte)state.Phase);
        writer.WriteByte((byte)(state.Outcome ?? 0));
        writer.WriteInt32(state.Round);
        writer.WriteInt32(state.Attempt);
        writer.WriteInt32(state.Tries);
        writer.WriteByte((byte)(state.IsInGrace ? 1 : 0));
        writer.WriteByte((byte)(state.WasPublished ? 1 : 0));
        writer.WriteInt64(deadlines.Remaining?.Ticks ?? NoDeadline);
        WriteLineage(writer, state.Lineage);
        WriteClients(writer, state.Available);
        WriteClients(writer, state.Unheard);
        WriteClients(writer, state.Owed);
        WriteClients(writer, state.Capped);
        WriteRefusals(writer, state.Refusals);
        WriteLedger(writer, state.Ledger);
        if (job.Protection == JobProtection.RoundKeys)
        {
            RoundKeyStateFormat.Write(writer, state);
        }

        writer.WriteInt32(state.LastAggregatedRound);
        SavedSum.Write(writer, state.Aggregate?.Bytes);
        if (job.Update.Kind == UpdateKind.Difference)
        {
            WriteEarlier(writer, state.Earlier);
        }

        if (state.Open is not null)
        {
            WriteOpenAttempt(content, state.Open, deadlines);
        }

        if (job.Committee is not null)
        {
            RenewalStateFormat.Write(writer, state.Plan, state.Renewal);
        }

        if (job.Update.Controls is not null)
        {
            WriteClients(writer, state.Withdrawn);
        }

        OutboxStateFormat.Write(writer, state);
        StateEnvelope.Write(
            WireKind.ServerState, job.Authority.ParametersId, job.Digest, state.Stamp, content, setup.Identity.Key, destination);
    }

    /// <summary>Checks and parses a saved state of the setup's job.</summary>
    /// <param name="source">The bytes; untrusted.</param>
    /// <param name="setup">The setup of the server.</param>
    /// <param name="protocol">The protocol of round keys, or null without them.</param>
    /// <param name="lifeId">
    /// The name of the life that resumes the state: aggregates are signed in it, because clients that have heard it hear no earlier
    /// one.
    /// </param>
    /// <param name="isLookedAt">Whether nobody goes on with the state: no sum in a file is opened, and nothing is signed.</param>
    /// <exception cref="StateRefusedException">The bytes are not a saved state of the job's server, or a file of a sum is missing.</exception>
    /// <exception cref="SumFileException">The folder or a file of a sum is in use, or cannot be read.</exception>
    public static ServerState Read(ReadOnlyMemory<byte> source, FederationServerSetup setup, RoundKeyProtocol? protocol, Guid lifeId, bool isLookedAt = false)
    {
        ReadOnlyMemory<byte> content = StateEnvelope.Open(
            source, WireKind.ServerState, setup.Job.Authority.ParametersId, setup.Job.Digest, setup.Identity.VerificationKey, newest: null, out StateStamp stamp);
        var reader = new WireReader(content.Span);
        EpochLine epochs = setup.Job.Committee is null ? new EpochLine(setup.Job) : EpochLine.Read(ref reader, content, setup.Job, JobEpoch.First);
        SumFolder sums = isLookedAt ? new SumFolder(path: null) { IsLookedAt = true } : new SumFolder(setup.SumFolder, setup.Job.JobId) { IsRestoring = true };
        var state = new ServerState(epochs, sums) { Life = stamp.Life, LifeId = stamp.LifeId, Version = stamp.Version };
        try
        {
            StateStamp next = stamp with { Life = stamp.Life + 1, LifeId = lifeId, Version = stamp.Version + 1 };
            Read(ref reader, content, setup, protocol, next, state);
            reader.Require(state.Stamp == stamp, FormatError.Inconsistent);
            return reader.Failed
                ? throw new StateRefusedException(StateError.Inconsistent, new HeFormatException(reader.Error, "server state"))
                : state;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    private static void Read(
        ref WireReader reader,
        ReadOnlyMemory<byte> source,
        FederationServerSetup setup,
        RoundKeyProtocol? protocol,
        StateStamp next,
        ServerState state)
    {
        FederationJob job = state.Epochs.Job;
        var sums = new SumOpener(setup, protocol, state.Sums);
        var deadlines = new Deadlines(setup.Time, state);
        var phase = (ServerPhase)reader.ReadByte();
        byte outcome = reader.ReadByte();
        state.Outcome = outcome == 0 ? null : (FederationOutcome)outcome;
        state.Round = reader.ReadInt32(0, job.Settings.Rounds);
        state.Attempt = reader.ReadInt32(0, job.Settings.MaxAttempts);
        state.Tries = reader.ReadInt32(phase == ServerPhase.Renewing ? 1 : state.Attempt, job.Settings.MaxAttempts);
        state.IsInGrace = reader.ReadFlag();
        state.WasPublished = reader.ReadFlag();
        long remaining = reader.ReadInt64(NoDeadline, LongestRemaining.Ticks);
        if (remaining >= 0 && !reader.Failed)
        {
            deadlines.Set(new TimeSpan(remaining));
        }

        ReadLineage(ref reader, state.Lineage);
        ReadClients(ref reader, job.Roster, state.Available);
        ReadClients(ref reader, job.Roster, state.Unheard);
        ReadClients(ref reader, job.Roster, state.Owed);
        ReadClients(ref reader, job.Roster, state.Capped);
        ReadRefusals(ref reader, state.Refusals);
        ReadLedger(ref reader, setup, state.Ledger);
        SavedSum previous = default;
        if (job.Protection == JobProtection.RoundKeys)
        {
            previous = RoundKeyStateFormat.Read(ref reader, source, job, state, sums);
        }

        int lastRound = reader.ReadInt32(0, job.Settings.Rounds);
        var aggregate = SavedSum.Read(ref reader, source);
        reader.Require((lastRound == 0) == aggregate.IsEmpty, FormatError.Inconsistent);
        reader.Require(job.Protection == JobProtection.Direct || (state.History.Count == 0 ? 0 : state.History[^1].Round) == lastRound, FormatError.Inconsistent);
        state.Aggregate = aggregate.IsEmpty || reader.Failed ? null : ReadAggregate(ref reader, setup, sums, next, state, lastRound, aggregate);
        reader.Require(previous.IsEmpty || state.History.Count > 1, FormatError.Inconsistent);
        state.Previous = previous.IsEmpty || reader.Failed ? null : ReadAggregate(ref reader, setup, sums, next, state, state.History[^2].Round, previous);
        if (job.Update.Kind == UpdateKind.Difference)
        {
            ReadEarlier(ref reader, source, setup, sums, next, state);
        }

        if (!reader.Failed && phase == ServerPhase.Collecting)
        {
            ReadOpenAttempt(ref reader, source, setup, protocol, deadlines, state);
        }

        reader.Require(
            state.Unheard.Concat(state.Owed).All(client => state.Open is not null && RoundRules.IsAwaited(state, job, client)), FormatError.Inconsistent);
        if (job.Committee is not null)
        {
            (state.Plan, state.Renewal) = RenewalStateFormat.Read(ref reader, job, state.LastAggregatedRound + 1, state.Aggregate?.Digest ?? default);
        }

        if (job.Update.Controls is not null)
        {
            ReadClients(ref reader, job.Roster, state.Withdrawn);
        }

        OutboxStateFormat.Read(ref reader, source, state);
        reader.ExpectEnd();
        RequireConsistency(ref reader, job, state, phase);
    }

    /// <summary>Signs an aggregate again, whose list must be the one of its round in the history.</summary>
    private static LatestAggregate? ReadAggregate(
        ref WireReader reader, FederationServerSetup setup, SumOpener sums, StateStamp next, ServerState state, int round, SavedSum saved)
    {
        if (setup.Job.Protection == JobProtection.Direct)
        {
            return Sign(sums.Open(saved, round, referenceWeight: null));
        }

        SumBytes? aggregate = reader.Failed ? null : sums.OpenListed(saved);
        ContributorList? list = aggregate is null ? null : VerifiableAggregate.ListOf(aggregate);
        reader.Require(
            list is not null && state.History.Any(listed => listed.Round == round && listed.List.Span.SequenceEqual(list.ToArray())),
            FormatError.Inconsistent);
        return reader.Failed ? null : Sign(aggregate!, list!.Chain);

        LatestAggregate Sign(SumBytes bytes, Digest? chain = null)
            => sums.Folder.IsLookedAt ? new LatestAggregate(round, bytes, bytes, chain ?? bytes.Digest) : LatestAggregate.Sign(setup, next, round, bytes, chain);
    }

    private static void WriteEarlier(WireWriter writer, List<LatestAggregate> earlier)
    {
        writer.WriteInt32(earlier.Count);
        foreach (LatestAggregate aggregate in earlier)
        {
            writer.WriteInt32(aggregate.Round);
            SavedSum.Write(writer, aggregate.Bytes);
        }
    }

    /// <summary>Reads the aggregates before the latest one, of all rounds that have one, and signs them again.</summary>
    private static void ReadEarlier(ref WireReader reader, ReadOnlyMemory<byte> source, FederationServerSetup setup, SumOpener sums, StateStamp next, ServerState state)
    {
        int last = 0;
        for (int count = reader.ReadInt32(0, Math.Max(0, state.LastAggregatedRound - 1)); count > 0 && !reader.Failed; count--)
        {
            int round = reader.ReadInt32(last + 1, Math.Max(last + 1, state.LastAggregatedRound - 1));
            var saved = SavedSum.Read(ref reader, source);
            reader.Require(!saved.IsEmpty, FormatError.Inconsistent);
            if (!reader.Failed && ReadAggregate(ref reader, setup, sums, next, state, round, saved) is LatestAggregate aggregate)
            {
                state.Earlier.Add(aggregate);
            }

            last = round;
        }

        int expected = setup.Job.Protection == JobProtection.Direct ? state.LastAggregatedRound : state.History.Count;
        reader.Require(state.Earlier.Count == Math.Max(0, expected - 1), FormatError.Inconsistent);
    }

    private static void RequireConsistency(ref WireReader reader, FederationJob job, ServerState state, ServerPhase phase)
    {
        bool runs = phase is ServerPhase.WaitingForClients or ServerPhase.Collecting or ServerPhase.Inspecting or ServerPhase.Opening or ServerPhase.Renewing;
        reader.Require(state.Held is null || (state.Held.KeyList.Round, state.Held.KeyList.AttemptNumber) == (state.Round, state.Attempt), FormatError.Inconsistent);
        reader.Require(state.Held is null || state.Held.KeyList.Base == (state.Aggregate?.Digest ?? job.StartDigest), FormatError.Inconsistent);
        reader.Require(!state.Excluded.Keys.Any(state.Available.Contains), FormatError.Inconsistent);
        int closedRounds = state.Outcome == FederationOutcome.Completed ? state.Round : Math.Max(0, state.Round - 1);
        reader.Require(state.Outcome is null || Enum.IsDefined(state.Outcome.Value), FormatError.FieldOutOfRange);
        reader.Require(phase == state.Phase, FormatError.Inconsistent);
        reader.Require(runs == state.Deadline is not null, FormatError.Inconsistent);
        reader.Require((phase == ServerPhase.NotStarted) == (state.Round == 0), FormatError.Inconsistent);
        reader.Require((state.Round == 0) == (state.Attempt == 0), FormatError.Inconsistent);
        reader.Require((state.Round == 0) == (state.Tries == 0), FormatError.Inconsistent);
        reader.Require(
            job.Committee is null ? state.LastAggregatedRound == closedRounds : state.LastAggregatedRound <= closedRounds, FormatError.Inconsistent);
        reader.Require(
            state.Opening is null
                || ((state.Opening.List.Round, state.Opening.List.AttemptNumber) == (state.Round, state.Attempt)
                    && state.Opening.List.Base == (state.Aggregate?.Digest ?? job.StartDigest)),
            FormatError.Inconsistent);
        reader.Require(
            state.Renewal is null || (phase == ServerPhase.Renewing && state.LastAggregatedRound == state.Round - 1), FormatError.Inconsistent);
        reader.Require(state.Round == 0 || state.Round >= job.Epoch.FirstRound, FormatError.Inconsistent);
        reader.Require(state.Round > 0 || state.Epochs.Certificates.Count == 0, FormatError.Inconsistent);
        reader.Require(
            phase != ServerPhase.WaitingForClients || !state.Ledger.Of(state.Round, state.Attempt).Any(), FormatError.Inconsistent);
    }

    private static void WriteLineage(WireWriter writer, Dictionary<Guid, long> lineage)
    {
        writer.WriteInt32(lineage.Count);
        foreach ((Guid life, long version) in lineage.OrderBy(entry => entry.Value).ThenBy(entry => entry.Key))
        {
            writer.WriteGuid(life);
            writer.WriteInt64(version);
        }
    }

    private static void ReadLineage(ref WireReader reader, Dictionary<Guid, long> lineage)
    {
        for (int count = reader.ReadInt32(0, int.MaxValue); count > 0 && !reader.Failed; count--)
        {
            Guid life = reader.ReadGuid();
            reader.Require(lineage.TryAdd(life, reader.ReadInt64(0, long.MaxValue)), FormatError.Inconsistent);
        }
    }

    private static void WriteClients(WireWriter writer, SortedSet<ClientId> clients)
    {
        writer.WriteInt32(clients.Count);
        foreach (ClientId client in clients)
        {
            writer.WriteClientId(client);
        }
    }

    private static void ReadClients(ref WireReader reader, ClientRoster roster, SortedSet<ClientId> clients)
    {
        int count = reader.ReadInt32(0, roster.Clients.Count);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            ClientId client = reader.ReadClientId();
            reader.Require(roster.TryGetKey(client, out _) && clients.Add(client), FormatError.Inconsistent);
        }
    }

    public static void WriteRefusals(WireWriter writer, SortedDictionary<RefusalReason, int> refusals)
    {
        writer.WriteInt32(refusals.Count);
        foreach ((RefusalReason reason, int count) in refusals)
        {
            writer.WriteByte((byte)reason);
            writer.WriteInt32(count);
        }
    }

    public static void ReadRefusals(ref WireReader reader, SortedDictionary<RefusalReason, int> refusals)
    {
        int count = reader.ReadInt32(0, byte.MaxValue);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            var reason = (RefusalReason)reader.ReadByte();
            int refused = reader.ReadInt32(1, int.MaxValue);
            reader.Require(Enum.IsDefined(reason) && refusals.TryAdd(reason, refused), FormatError.Inconsistent);
        }
    }

    private static void WriteLedger(WireWriter writer, UploadLedger ledger)
    {
        writer.WriteInt32(ledger.Accepted.Count);
        foreach (Contribution contribution in ledger.Accepted)
        {
            writer.WriteClientId(contribution.Client);
            writer.WriteInt32(contribution.Slot.Round);
            writer.WriteInt32(contribution.Slot.Attempt);
            writer.WriteDigest(contribution.ContentDigest);
            writer.WriteInt64(contribution.Weight ?? 0);
            writer.WriteInt64(contribution.UploadLength);
            writer.WriteInt64(contribution.Receipt.CiphertextCount);
            writer.WriteInt64(contribution.Receipt.EncryptedLength);
        }
    }

    private static void ReadLedger(ref WireReader reader, FederationServerSetup setup, UploadLedger ledger)
    {
        int count = reader.ReadInt32(0, int.MaxValue);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            UploadSlot? slot = reader.ReadSlot(setup.Job.JobId, reader.ReadClientId());
            Digest digest = reader.ReadDigest();
            bool isHidden = setup.Job.Terms.Weighting == Weighting.Hidden;
            long weight = reader.ReadInt64(isHidden ? 0 : 1, isHidden ? 0 : setup.Job.Terms.MaxWeight);
            long length = reader.ReadInt64(1, long.MaxValue);
            EncryptionReceipt receipt = ReadReceipt(ref reader, setup, slot);
            reader.Require(
                slot is not null && ledger.TryAdd(new Contribution(slot, digest, receipt, isHidden ? null : weight, length)),
                FormatError.Inconsistent);
        }
    }

    /// <summary>Reads the two fields of a receipt that do not follow from the job and its parameters.</summary>
    private static EncryptionReceipt ReadReceipt(ref WireReader reader, FederationServerSetup setup, UploadSlot? slot)
    {
        FederationJob job = setup.Job;
        HeParameters parameters = job.RoundKeyParameters ?? setup.Context.Parameters;
        long ciphertextCount = reader.ReadInt64(0, long.MaxValue);
        long encryptedLength = reader.ReadInt64(0, long.MaxValue);
        AggregationTerms terms = job.UploadTermsOf(slot?.Round ?? 1);
        bool encrypts = terms.VectorLength > 0;
        return new EncryptionReceipt(
            encrypts ? parameters.SchemeName : "none",
            encrypts ? parameters.SecurityLevel : SecurityLevel.None,
            encrypts ? parameters.Id : Digest.None,
            encrypts && slot is not null ? KeyIdOf(setup, slot) : default,
            terms.Layout.Digest,
            terms.Mask.Digest,
            terms.Weighting,
            terms.Mask.EncryptedCount,
            terms.Mask.ClearCount,
            ciphertextCount,
            encryptedLength);
    }

    /// <summary>Returns the key that uploads of a slot are encrypted under: of the attempt, or of the job without round keys.</summary>
    private static KeyId KeyIdOf(FederationServerSetup setup, UploadSlot slot)
    {
        if (setup.Job.RoundKeyParameters is not { } parameters)
        {
            return setup.Job.Authority.KeyId;
        }

        var attempt = new Attempt(setup.Job.Digest, slot.Round, slot.Attempt, ReferenceWeight: 1, Base: default);
        return parameters.KeyIdOf(attempt.PublicSeed);
    }

    private static void WriteOpenAttempt(SegmentedBuffer content, OpenAttempt open, Deadlines deadlines)
    {
        var writer = new WireWriter(content);
        writer.WriteInt64(open.StartedAt.UtcTicks);
        writer.WriteInt64(Math.Max(0, deadlines.Since(open.Start).Ticks));
        writer.WriteInt64(open.FoldTime.Ticks);
        WriteClients(writer, open.Selected);
        writer.WriteInt32(open.MemberKeys.Length);
        foreach (RelayedMemberKey key in open.MemberKeys)
        {
            key.Write(writer);
        }

        if (open.RoundKeySum is not AttemptSum roundKeySum)
        {
            open.Sum.Write(content);
            return;
        }

        using (content.WithLength())
        {
            roundKeySum.SaveState(content);
        }
    }

    /// <summary>Reads the keys that round keys of the open attempt are sealed to, which their members signed.</summary>
    private static ImmutableArray<RelayedMemberKey> ReadMemberKeys(ref WireReader reader, FederationJob job, int round)
    {
        var keys = ImmutableArray.CreateBuilder<RelayedMemberKey>();
        for (int count = reader.ReadInt32(0, job.Committee?.Members.Length ?? 0); count > 0 && !reader.Failed; count--)
        {
            keys.Add(RelayedMemberKey.Read(ref reader));
        }

        reader.Require(
            reader.Failed || job.Committee is null || MemberKeyRules.TryRead(keys.ToImmutable(), job, round) is not null, FormatError.Inconsistent);
        return keys.ToImmutable();
    }

    private static void ReadOpenAttempt(
        ref WireReader reader,
        ReadOnlyMemory<byte> source,
        FederationServerSetup setup,
        RoundKeyProtocol? protocol,
        Deadlines deadlines,
        ServerState state)
    {
        var startedAt = new DateTimeOffset(reader.ReadInt64(0, DateTime.MaxValue.Ticks), TimeSpan.Zero);
        long start = deadlines.Before(new TimeSpan(reader.ReadInt64(0, LongestElapsed.Ticks)));
        var foldTime = new TimeSpan(reader.ReadInt64(0, long.MaxValue));
        FederationJob job = state.Epochs.Job;
        var selected = new SortedSet<ClientId>();
        ReadClients(ref reader, job.Roster, selected);
        ImmutableArray<RelayedMemberKey> memberKeys = ReadMemberKeys(ref reader, job, state.Round);

        // Before the first round nothing is open, and there are no terms of a round.
        reader.Require(state.Round > 0, FormatError.Inconsistent);
        if (reader.Failed)
        {
            return;
        }

        UploadSlot[] accepted = [.. state.Ledger.Of(state.Round, state.Attempt).Select(contribution => contribution.Slot)];
        try
        {
            state.Open = protocol is not null
                ? new OpenAttempt(startedAt, start, selected, ReadAttemptSum(ref reader, source, protocol.In(state.Round), AttemptOf, FederationServerSetup.CreateKeySums(job, protocol, memberKeys), state.Sums, accepted)) { FoldTime = foldTime }
                : new OpenAttempt(startedAt, start, selected, RoundSum.Read(ref reader, source, state.Sums, setup.Context, setup.Job.UploadTermsOf(state.Round), referenceWeight: null, accepted)) { FoldTime = foldTime };
        }
        catch (HeException exception) when (exception is not (SumFileException or StateRefusedException))
        {
            // A sum that the scheme refuses is as invalid as one that cannot be parsed.
            reader.Fail((exception as HeFormatException)?.Error ?? FormatError.Inconsistent);
            return;
        }

        Attempt AttemptOf(long reference) => Attempt.Of(
            job, state.Round, state.Attempt, reference, state.Aggregate?.Digest ?? job.StartDigest);

        // The sum must contain exactly what the ledger accepted for this attempt, and only from invited clients.
        reader.Require(
            state.Open.Sum.Slots.ToHashSet().SetEquals(accepted),
            FormatError.Inconsistent);
        reader.Require(state.Contributions.All(contribution => selected.Contains(contribution.Client)), FormatError.Inconsistent);
        reader.Require(
            state.Open.RoundKeySum is not AttemptSum listed || state.Contributions
                .Select(contribution => (contribution.Client, contribution.Weight ?? 0)).ToHashSet()
                .SetEquals(listed.Contributors.Select(contributor => (contributor.Client, contributor.Weight))),
            FormatError.Inconsistent);

        // A sum of weights that are each possible may exceed 64 bits. A file may have more updates, and says of each what it is.
        Int128 weight = state.Contributions.Aggregate((Int128)0, (sum, contribution) => sum + (contribution.Weight ?? 0));
        reader.Require(state.Open.Sum.HasTotalWeight(weight), FormatError.Inconsistent);
    }

    private static AttemptSum ReadAttemptSum(
        ref WireReader reader, ReadOnlyMemory<byte> source, RoundKeyProtocol protocol, Func<long, Attempt> attemptOf, IKeySums keys, SumFolder folder, UploadSlot[] accepted)
    {
        ReadOnlyMemory<byte> sum = reader.ReadBytesWithLength(source);
        return reader.Failed ? throw new HeFormatException(reader.Error, "sum of round keys") : AttemptSum.Restore(sum, protocol, attemptOf, keys, folder, accepted);
    }
}
