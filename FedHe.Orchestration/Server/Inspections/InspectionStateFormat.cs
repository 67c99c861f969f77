using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Sums;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Server.Inspections;

/// <summary>The inspection state format encodes an inspection in a server's saved state.</summary>
internal static class InspectionStateFormat
{
    private const byte NoVerdict = 2;

    public static void Write(WireWriter writer, Inspection? inspection)
    {
        writer.WriteByte((byte)(inspection?.Part ?? InspectedPart.None));
        if (inspection is null)
        {
            return;
        }

        writer.WriteInt32(inspection.Round);
        writer.WriteInt32(inspection.Attempt);
        writer.WriteInt64(inspection.ReferenceWeight);
        writer.WriteDigest(inspection.List);
        SavedSum.Write(writer, inspection.Sum);
        writer.WriteByte((byte)(inspection.IsReminded ? 1 : 0));
        writer.WriteInt32(inspection.Objectors.Count);
        foreach (ClientId client in inspection.Objectors)
        {
            writer.WriteClientId(client);
        }

        writer.WriteInt32(inspection.Uploads.Count);
        foreach (InspectedUpload upload in inspection.Uploads.Values)
        {
            upload.Contributor.Write(writer);
            writer.WriteDigest(upload.Expected);
            writer.WriteByte((byte)upload.Outcome);
            writer.WriteDigest(upload.ShownDigest);
            writer.WriteInt32(upload.Verdicts.Count);
            foreach ((ClientId checker, bool? verdict) in upload.Verdicts)
            {
                writer.WriteClientId(checker);
                writer.WriteByte(verdict is bool isRight ? (byte)(isRight ? 1 : 0) : NoVerdict);
            }
        }
    }

    public static Inspection? Read(ref WireReader reader, ReadOnlyMemory<byte> source, FederationJob job, Func<SavedSum, SumBytes?> openSum)
    {
        var part = (InspectedPart)reader.ReadByte();
        reader.Require(Enum.IsDefined(part), FormatError.FieldOutOfRange);
        if (part == InspectedPart.None || reader.Failed)
        {
            return null;
        }

        int round = reader.ReadInt32(1, job.Settings.Rounds);
        int attempt = reader.ReadInt32(1, job.Settings.MaxAttempts);
        long referenceWeight = reader.ReadInt64(1, job.Terms.MaxWeight);
        Digest list = reader.ReadDigest();
        var saved = SavedSum.Read(ref reader, source);
        SumBytes? sum = reader.Failed ? null : openSum(saved);
        reader.Require(sum is not null, FormatError.Inconsistent);
        if (reader.Failed)
        {
            return null;
        }

        var inspection = new Inspection(round, attempt, referenceWeight, list, part, sum!);
        inspection.IsReminded = reader.ReadFlag();
        int clients = job.Roster.Clients.Count;
        for (int count = reader.ReadInt32(0, clients); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            reader.Require(job.Roster.TryGetKey(client, out _) && inspection.Objectors.Add(client), FormatError.Inconsistent);
        }

        for (int count = reader.ReadInt32(1, clients); count > 0 && !reader.Failed; count--)
        {
            ReadUpload(ref reader, job, inspection);
        }

        return inspection;
    }

    private static void ReadUpload(ref WireReader reader, FederationJob job, Inspection inspection)
    {
        Contributor contributor = Contributor.Read(ref reader);
        var upload = new InspectedUpload(contributor, reader.ReadDigest())
        {
            Outcome = (ShownOutcome)reader.ReadByte(),
            ShownDigest = reader.ReadDigest(),
        };
        for (int count = reader.ReadInt32(0, job.Roster.Clients.Count); count > 0 && !reader.Failed; count--)
        {
            ClientId checker = reader.ReadClientId();
            byte verdict = reader.ReadByte();
            reader.Require(verdict <= NoVerdict, FormatError.FieldOutOfRange);
            reader.Require(
                checker != contributor.Client && job.Roster.TryGetKey(checker, out _)
                    && upload.Verdicts.TryAdd(checker, verdict == NoVerdict ? null : verdict == 1),
                FormatError.Inconsistent);
        }

        reader.Require(Enum.IsDefined(upload.Outcome), FormatError.FieldOutOfRange);
        reader.Require(
            job.Roster.TryGetKey(contributor.Client, out _) && inspection.Uploads.TryAdd(contributor.Client, upload), FormatError.Inconsistent);
    }
}
