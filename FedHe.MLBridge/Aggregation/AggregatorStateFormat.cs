using System.Buffers;
using System.Text;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>
/// The format of a saved aggregation: header, digest of the terms, names of the clients, and what an aggregate has. It holds
/// ciphertexts and client names, no key. docs/wire-format.md gives it byte by byte.
/// </summary>
internal static class AggregatorStateFormat
{
    public static void Write(RunningSum sum, IBufferWriter<byte> destination)
    {
        using var segments = new SnapshotSegments(sum.Contributions > 0 ? sum.Sums : []);
        AggregateContent? content = sum.Contributions > 0 ? sum.ContentWith(segments) : null;
        int clientsLength = sum.Clients.Sum(client => sizeof(ushort) + Encoding.UTF8.GetByteCount(client));
        var writer = new WireWriter(destination);
        writer.WriteHeader(
            WireKind.AggregatorState,
            sum.ParametersId,
            Digest.SizeInBytes + sizeof(int) + clientsLength + (content?.EncodedLength ?? 0));
        writer.WriteDigest(sum.Terms.Digest);
        writer.WriteInt32(sum.Contributions);
        foreach (string client in sum.Clients)
        {
            writer.WriteString(client);
        }

        content?.WriteHead(destination);
        for (int i = 0; i < segments.Count; i++)
        {
            segments.Write(i, destination);
        }
    }

    /// <summary>Reads a saved aggregation into an empty sum, or says why not; the sum is of no use then.</summary>
    public static FormatError Read(ByteSource source, RunningSum sum)
    {
        FormatError reason = ReadClients(source, sum, out long position);
        if (reason != FormatError.None)
        {
            return reason;
        }

        if (sum.Contributions == 0)
        {
            return position == source.Length ? FormatError.None : FormatError.TrailingBytes;
        }

        AggregateContent? content = AggregateContent.TryRead(source, position, sum.Terms, ReaderOf, out reason);
        if (content is null || content.Contributions != sum.Contributions)
        {
            return content is null ? reason : FormatError.Inconsistent;
        }

        for (int i = 0; i < sum.Sums.Length; i++)
        {
            using SegmentLease lease = content.Segments.Open(i);
            sum.Sums[i].Add(lease.Vector);
        }

        content.ClearSums.ForEachBlock(sum.ClearSums, static (first, integers, sums) => integers.CopyTo(sums.Integers[first..]));
        (sum.JobId, sum.Round, sum.TotalWeight) = (content.JobId, content.Round, content.TotalWeight);
        return FormatError.None;

        SegmentReader ReaderOf(int contributions, long factor) => new(
            sum.Context.Reader,
            sum.Plan,
            WireLimits.Default.MaxBytes,
            oneBound: true,
            vector => vector.Bound.MaxAbs.Equals((double)factor) ? FormatError.None : FormatError.Inconsistent);
    }

    private static FormatError ReadClients(ByteSource source, RunningSum sum, out long position)
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
            int available = (int)Math.Min(source.Length - position, sizeof(ushort) + UpdateBinding.MaxClientIdBytes);
            using ByteLease next = source.Read(position, available);
            var client = new WireReader(next.Span);
            reader.Require(sum.Clients.Add(UpdateBinding.ReadClientId(ref client)) || client.Failed, FormatError.Inconsistent);
            reader.Require(!client.Failed, client.Error);
            position += available - client.Remaining;
        }

        return reader.Error;
    }
}
