using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Sums;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Server.Openings;

/// <summary>The opening state format encodes an opening, or that there is none.</summary>
internal static class OpeningStateFormat
{
    public static void Write(WireWriter writer, Opening? opening)
    {
        writer.WriteBytesWithLength(opening is null ? default : opening.ListBytes.Span);
        if (opening is null)
        {
            return;
        }

        SavedSum.Write(writer, opening.Aggregate);
        writer.WriteInt32(opening.Deliveries.Count);
        foreach ((ClientId member, ReadOnlyMemory<byte> boxes) in opening.Deliveries.OrderBy(entry => entry.Key))
        {
            writer.WriteClientId(member);
            writer.WriteBytesWithLength(boxes.Span);
        }

        writer.WriteInt32(opening.Reports.Count);
        foreach ((ClientId member, ImmutableArray<ClientId> failed) in opening.Reports)
        {
            writer.WriteClientId(member);
            writer.WriteInt32(failed.Length);
            foreach (ClientId client in failed)
            {
                writer.WriteClientId(client);
            }
        }

        writer.WriteByte((byte)(opening.IsOffered ? 1 : 0));
        writer.WriteByte((byte)(opening.IsInGrace ? 1 : 0));
        writer.WriteInt32(opening.Answers.Count);
        foreach (RelayedAnswer answer in opening.Answers.Values)
        {
            answer.Write(writer);
        }
    }

    /// <summary>Reads an opening, or returns null where there is none, or after a failure.</summary>
    public static Opening? Read(ref WireReader reader, ReadOnlyMemory<byte> source, FederationJob job, Func<SavedSum, ContributorList, SumBytes> openSum)
    {
        ReadOnlyMemory<byte> listBytes = reader.ReadBytesWithLength(source);
        if (listBytes.IsEmpty || reader.Failed)
        {
            return null;
        }

        ContributorList? list = ContributorList.TryRead(listBytes);
        var aggregate = SavedSum.Read(ref reader, source);
        reader.Require(list is not null && job.Committee is not null, FormatError.Inconsistent);
        var deliveries = new Dictionary<ClientId, ReadOnlyMemory<byte>>();
        for (int count = reader.ReadInt32(1, CommitteeTerms.MaxMembers); count > 0 && !reader.Failed; count--)
        {
            ClientId member = reader.ReadClientId();
            ReadOnlyMemory<byte> boxes = reader.ReadBytesWithLength(source);
            reader.Require(
                job.Committee!.Has(member) && DeliveredBoxes.TryRead(boxes) is not null && deliveries.TryAdd(member, boxes), FormatError.Inconsistent);
        }

        if (reader.Failed)
        {
            return null;
        }

        var opening = new Opening(list!, openSum(aggregate, list!), deliveries);
        for (int count = reader.ReadInt32(0, deliveries.Count); count > 0 && !reader.Failed; count--)
        {
            ClientId member = reader.ReadClientId();
            var failed = ImmutableArray.CreateBuilder<ClientId>();
            for (int clients = reader.ReadInt32(0, list!.Contributors.Length); clients > 0 && !reader.Failed; clients--)
            {
                ClientId client = reader.ReadClientId();
                reader.Require(list.Contributors.Any(contributor => contributor.Client == client), FormatError.Inconsistent);
                failed.Add(client);
            }

            reader.Require(deliveries.ContainsKey(member) && opening.Reports.TryAdd(member, failed.ToImmutable()), FormatError.Inconsistent);
        }

        opening.IsOffered = reader.ReadFlag();
        opening.IsInGrace = reader.ReadFlag();
        for (int count = reader.ReadInt32(0, deliveries.Count); count > 0 && !reader.Failed; count--)
        {
            RelayedAnswer answer = RelayedAnswer.Read(ref reader, source);
            reader.Require(
                opening.IsOffered && deliveries.ContainsKey(answer.Member) && opening.Answers.TryAdd(answer.Member, answer), FormatError.Inconsistent);
        }

        return reader.Failed ? null : opening;
    }
}
