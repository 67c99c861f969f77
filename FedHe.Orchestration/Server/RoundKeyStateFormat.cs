using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server.Inspections;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Sums;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Server;

/// <summary>
/// The round-key state format encodes what a server remembers under round keys only: announced weights, the lists of all
/// rounds, nonces and confirmations.
/// </summary>
internal static class RoundKeyStateFormat
{
    public static void Write(WireWriter writer, ServerState state)
    {
        writer.WriteInt32(state.Weights.Count);
        foreach ((ClientId client, long weight) in state.Weights)
        {
            writer.WriteClientId(client);
            writer.WriteInt64(weight);
        }

        writer.WriteInt32(state.History.Count);
        foreach (ListedRound listed in state.History)
        {
            writer.WriteBytesWithLength(listed.List.Span);
        }

        KeyValuePair<Digest, int>[] nonces = [.. state.Nonces.Nonces];
        writer.WriteInt32(nonces.Length);
        foreach ((Digest nonce, int round) in nonces)
        {
            writer.WriteDigest(nonce);
            writer.WriteInt32(round);
        }

        writer.WriteInt32(state.Confirmations.Count);
        foreach ((ClientId client, ReadOnlyMemory<byte> signature) in state.Confirmations)
        {
            writer.WriteClientId(client);
            writer.WriteBytes(signature.Span);
        }

        WriteObjections(writer, state.Objections);
        WriteParts(writer, state.Parts);
        writer.WriteByte((byte)(state.ChecksKeys ? 1 : 0));
        writer.WriteInt32(state.Excluded.Count);
        foreach ((ClientId client, ExclusionReason reason) in state.Excluded)
        {
            writer.WriteClientId(client);
            writer.WriteByte((byte)reason);
        }

        WriteHeld(writer, state.Held);
        InspectionStateFormat.Write(writer, state.Inspection);
        WriteCommittee(writer, state);

        SavedSum.Write(writer, state.Previous?.Bytes);
    }

    /// <summary>Reads the state, and returns what it has of the aggregate before the latest one.</summary>
    public static SavedSum Read(ref WireReader reader, ReadOnlyMemory<byte> source, FederationJob job, ServerState state, SumOpener sums)
    {
        int clients = job.Roster.Clients.Count;
        for (int count = reader.ReadInt32(0, clients); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            long weight = reader.ReadInt64(1, job.Terms.MaxWeight);
            reader.Require(job.Roster.TryGetKey(client, out _) && state.Weights.TryAdd(client, weight), FormatError.Inconsistent);
        }

        Digest chain = job.StartDigest;
        for (int count = reader.ReadInt32(0, job.Settings.Rounds); count > 0 && !reader.Failed; count--)
        {
            ReadOnlyMemory<byte> bytes = reader.ReadBytesWithLength(source);
            ContributorList? list = ContributorList.TryRead(bytes);
            int least = state.History.Count == 0 ? 1 : state.History[^1].Round + 1;
            reader.Require(
                list is not null && list.Base == chain && (job.Committee is null ? list.Round == least : list.Round >= least), FormatError.Inconsistent);
            chain = list?.Chain ?? default;
            state.History.Add(new ListedRound(list?.Round ?? 0, bytes));
        }

        for (int count = reader.ReadInt32(0, int.MaxValue); count > 0 && !reader.Failed; count--)
        {
            Digest nonce = reader.ReadDigest();
            reader.Require(state.Nonces.TryAdd(nonce, reader.ReadInt32(1, job.Settings.Rounds)), FormatError.Inconsistent);
        }

        for (int count = reader.ReadInt32(0, clients); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            byte[] signature = reader.ReadBytes(VerificationKey.SignatureSizeInBytes).ToArray();
            reader.Require(
                job.Roster.TryGetKey(client, out _) && state.Confirmations.TryAdd(client, signature), FormatError.Inconsistent);
        }

        ReadObjections(ref reader, job, state.Objections);
        reader.Require(!state.Objections.Keys.Any(state.Confirmations.ContainsKey), FormatError.Inconsistent);
        ReadParts(ref reader, job, state.Parts);
        reader.Require(
            reader.Failed || state.Parts.Count == 0
                || (state.History.Count > 0 && state.Parts.Keys.SequenceEqual(ContributorsOf(ContributorList.TryRead(state.History[^1].List)))),
            FormatError.Inconsistent);
        state.ChecksKeys = reader.ReadFlag();
        for (int count = reader.ReadInt32(0, clients); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            var reason = (ExclusionReason)reader.ReadByte();
            reader.Require(Enum.IsDefined(reason), FormatError.FieldOutOfRange);
            reader.Require(job.Roster.TryGetKey(client, out _) && state.Excluded.TryAdd(client, reason), FormatError.Inconsistent);
        }

        state.Held = ReadHeld(ref reader, source, job, sums);
        state.Inspection = InspectionStateFormat.Read(ref reader, source, job, sums.OpenListed);
        reader.Require(state.Held is null || state.Inspection is null, FormatError.Inconsistent);
        ReadCommittee(ref reader, source, job, state, sums);
        return SavedSum.Read(ref reader, source);
    }

    private static void WriteCommittee(WireWriter writer, ServerState state)
    {
        writer.WriteInt32(state.MemberKeys.Count);
        foreach (RelayedMemberKey key in state.MemberKeys.Values)
        {
            key.Write(writer);
        }

        writer.WriteInt32(state.LeftOut.Count);
        foreach (ClientId client in state.LeftOut)
        {
            writer.WriteClientId(client);
        }

        OpeningStateFormat.Write(writer, state.Opening);
    }

    private static void ReadCommittee(ref WireReader reader, ReadOnlyMemory<byte> source, FederationJob job, ServerState state, SumOpener sums)
    {
        for (int count = reader.ReadInt32(0, job.Committee?.Members.Length ?? 0); count > 0 && !reader.Failed; count--)
        {
            RelayedMemberKey key = RelayedMemberKey.Read(ref reader);
            reader.Require(job.Committee!.Has(key.Member) && state.MemberKeys.TryAdd(key.Member, key), FormatError.Inconsistent);
        }

        for (int count = reader.ReadInt32(0, job.Committee is null ? 0 : job.Roster.Clients.Count); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            reader.Require(job.Roster.TryGetKey(client, out _) && state.LeftOut.Add(client), FormatError.Inconsistent);
        }

        state.Opening = OpeningStateFormat.Read(ref reader, source, job, (saved, list) => sums.Open(saved, list.Round, list.ReferenceWeight));
        reader.Require(state.Opening is null || (state.Held is null && state.Inspection is null), FormatError.Inconsistent);
    }

    private static void WriteObjections(WireWriter writer, SortedDictionary<ClientId, InspectedPart> objections)
    {
        writer.WriteInt32(objections.Count);
        foreach ((ClientId client, InspectedPart part) in objections)
        {
            writer.WriteClientId(client);
            writer.WriteByte((byte)part);
        }
    }

    private static void ReadObjections(ref WireReader reader, FederationJob job, SortedDictionary<ClientId, InspectedPart> objections)
    {
        for (int count = reader.ReadInt32(0, job.Roster.Clients.Count); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            var part = (InspectedPart)reader.ReadByte();
            reader.Require(Enum.IsDefined(part), FormatError.FieldOutOfRange);
            reader.Require(job.Roster.TryGetKey(client, out _) && objections.TryAdd(client, part), FormatError.Inconsistent);
        }
    }

    private static void WriteParts(WireWriter writer, IReadOnlyDictionary<ClientId, PartDigests> parts)
    {
        writer.WriteInt32(parts.Count);
        foreach ((ClientId client, PartDigests digests) in parts)
        {
            writer.WriteClientId(client);
            digests.Write(writer);
        }
    }

    private static void ReadParts(ref WireReader reader, FederationJob job, SortedDictionary<ClientId, PartDigests> parts)
    {
        for (int count = reader.ReadInt32(0, job.Roster.Clients.Count); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            reader.Require(job.Roster.TryGetKey(client, out _) && parts.TryAdd(client, PartDigests.Read(ref reader)), FormatError.Inconsistent);
        }
    }

    private static void WriteHeld(WireWriter writer, HeldSum? held)
    {
        writer.WriteBytesWithLength(held is null ? default : held.KeySum.Span);
        if (held is null)
        {
            return;
        }

        SavedSum.Write(writer, held.Aggregate);
        WriteParts(writer, held.Parts);
        writer.WriteInt32(held.Approvals.Count);
        foreach (ClientId client in held.Approvals)
        {
            writer.WriteClientId(client);
        }

        WriteObjections(writer, held.Objections);
    }

    private static HeldSum? ReadHeld(ref WireReader reader, ReadOnlyMemory<byte> source, FederationJob job, SumOpener sums)
    {
        ReadOnlyMemory<byte> keySum = reader.ReadBytesWithLength(source);
        if (keySum.IsEmpty || reader.Failed)
        {
            return null;
        }

        var saved = SavedSum.Read(ref reader, source);
        SumBytes? aggregate = reader.Failed ? null : sums.OpenListed(saved);
        var parts = new SortedDictionary<ClientId, PartDigests>();
        ReadParts(ref reader, job, parts);
        ContributorList? keyList = VerifiableAggregate.TryRead(keySum)?.List;
        ContributorList? list = aggregate is null ? null : VerifiableAggregate.ListOf(aggregate);
        reader.Require(
            keyList is not null && list is not null && (keyList.Round, keyList.AttemptNumber, keyList.Base) == (list.Round, list.AttemptNumber, list.Base)
                && parts.Keys.SequenceEqual(ContributorsOf(list)) && parts.Keys.SequenceEqual(ContributorsOf(keyList)),
            FormatError.Inconsistent);
        if (reader.Failed)
        {
            return null;
        }

        var held = new HeldSum(keySum, aggregate!, parts);
        for (int count = reader.ReadInt32(0, job.Roster.Clients.Count); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            reader.Require(job.Roster.TryGetKey(client, out _) && held.Approvals.Add(client), FormatError.Inconsistent);
        }

        ReadObjections(ref reader, job, held.Objections);
        return held;
    }

    private static IEnumerable<ClientId> ContributorsOf(ContributorList? list)
        => list?.Contributors.Select(contributor => contributor.Client) ?? [];
}
