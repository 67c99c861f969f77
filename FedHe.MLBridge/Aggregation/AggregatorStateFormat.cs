using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>
/// The format of a saved aggregation: a header, the digest of the terms, the clients' slots and the content of an
/// aggregate. It holds ciphertexts and client names, but no key; docs/wire-format.md gives it byte by byte.
/// </summary>
internal static class AggregatorStateFormat
{
    public static void Write(RunningSum sum, IBufferWriter<byte> destination)
    {
        AggregateContent? content = sum.Contributions > 0 ? sum.ContentWith(sum.Store.Snapshot()) : null;
        int clientsLength = sum.Slots.Keys.Sum(client => sizeof(ushort) + client.Value.Length + sizeof(int));
        var writer = new WireWriter(destination);
        writer.WriteHeader(
            WireKind.AggregatorState,
            sum.ParametersId,
            Digest.SizeInBytes + sizeof(int) + clientsLength + (content?.EncodedLength ?? 0));
        writer.WriteDigest(sum.Terms.Digest);
        writer.WriteInt32(sum.Contributions);
        foreach ((ClientId client, UploadSlot slot) in sum.Slots)
        {
            writer.WriteClientId(client);
            writer.WriteInt32(slot.Attempt);
        }

        content?.WriteHead(destination);
        for (int i = 0; i < content?.Segments.Count; i++)
        {
            content.Segments.Write(i, destination);
        }
    }

    /// <summary>
    /// Parses a saved aggregation into an empty sum and returns the reason when the bytes are refused. After a refusal
    /// the sum must not be used.
    /// </summary>
    public static FormatError Read(ByteSource source, RunningSum sum)
    {
        var attempts = new Dictionary<ClientId, int>();
        FormatError reason = ReadClients(source, sum, attempts, out long position);
        if (reason != FormatError.None)
        {
            return reason;
        }

        if (attempts.Count == 0)
        {
            if (position != source.Length)
            {
                return FormatError.TrailingBytes;
            }

            sum.Store.LoadNothing();
            return FormatError.None;
        }

        AggregateContent? content = AggregateContent.TryRead(source, position, sum.Terms, sum.Rule, ReaderOf, out reason);
        if (content is null || content.Contributions != attempts.Count)
        {
            return content is null ? reason : FormatError.Inconsistent;
        }

        if (sum.Rule == WeightRule.ClientMultiplies && content.Weights.ReferenceWeight != sum.ReferenceWeight)
        {
            return FormatError.Inconsistent;
        }

        UploadSlot[] slots = [.. attempts.Select(attempt => new UploadSlot(content.JobId, content.Round, attempt.Value, attempt.Key))];
        sum.Store.Load(content, slots);
        sum.TotalWeight = content.Weights.TotalWeight;
        sum.TotalFactor = content.Weights.TotalFactor;
        Array.ForEach(slots, sum.Add);

        return FormatError.None;

        SegmentReader ReaderOf(int contributions, long factor) => new(
            sum.Context.Reader,
            sum.Plan,
            WireLimits.Default.MaxBytes,
            oneBound: true,
            vector => vector.Bound.MaxAbs.Equals((double)factor) ? FormatError.None : FormatError.Inconsistent);
    }

    private static FormatError ReadClients(
        ByteSource source, RunningSum sum, Dictionary<ClientId, int> attempts, out long position)
    {
        const int HeadLength = WireHeader.SizeInBytes + Digest.SizeInBytes + sizeof(int);
        position = HeadLength;
        using ByteLease head = source.Read(0, (int)Math.Min(source.Length, HeadLength));
        var reader = new WireReader(head.Span);
        reader.ReadHeader(WireKind.AggregatorState, sum.ParametersId, maxBytes: long.MaxValue, source.Length);
        reader.Require(reader.ReadDigest() == sum.Terms.Digest, FormatError.WrongTerms);
        int count = reader.ReadInt32(0, int.MaxValue);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            int available = (int)Math.Min(source.Length - position, sizeof(ushort) + ClientId.MaxLength + sizeof(int));
            using ByteLease next = source.Read(position, available);
            var fields = new WireReader(next.Span);
            ClientId client = fields.ReadClientId();
            int attempt = fields.ReadInt32(1, int.MaxValue);
            reader.Require(!fields.Failed, fields.Error);
            reader.Require(fields.Failed || attempts.TryAdd(client, attempt), FormatError.Inconsistent);
            position += available - fields.Remaining;
        }

        return reader.Error;
    }
}
