using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Metrics;

/// <summary>A metric report has the metrics of a client's training for one attempt at a round, signed by the client.</summary>
/// <remarks>
/// The report travels beside the messages of the protocol, which are the same with it and without it, and everybody who has it can read it. The server can neither
/// check the numbers nor change them. docs/wire-format.md describes the report as kind 80.
/// </remarks>
public sealed class MetricReport
{
    /// <summary>The length of the longest report, in bytes.</summary>
    public const int MaxLength = WireHeader.SizeInBytes + 16 + 2 + ClientId.MaxLength + 4 + 4 + 1 + (RoundMetrics.MaxCount * (2 + RoundMetrics.MaxNameLength + 8)) + MessageSignature.SizeInBytes;

    private readonly byte[] _bytes;

    private MetricReport(byte[] bytes, UploadSlot slot, RoundMetrics metrics) => (_bytes, Slot, Metrics) = (bytes, slot, metrics);

    /// <summary>The job, the round, the attempt and the client, as the client's upload has them.</summary>
    public UploadSlot Slot { get; }

    /// <summary>The metrics.</summary>
    public RoundMetrics Metrics { get; }

    /// <summary>The signed report as bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Makes a report and signs it.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="round">The round, from 1.</param>
    /// <param name="attempt">The attempt at the round, from 1.</param>
    /// <param name="metrics">The metrics.</param>
    /// <param name="identity">The client that trained.</param>
    /// <exception cref="ArgumentException">Round or attempt is below 1.</exception>
    public static MetricReport Sign(Guid jobId, int round, int attempt, RoundMetrics metrics, ClientIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(identity);
        if (round < 1 || attempt < 1)
        {
            throw Throw.NotARoundOfMetrics(round < 1 ? nameof(round) : nameof(attempt));
        }

        var fields = new ArrayBufferWriter<byte>(MaxLength);
        var writer = new WireWriter(fields);
        writer.WriteHeader(WireKind.MetricReport, Digest.None, payloadLength: 0);
        writer.WriteGuid(jobId);
        writer.WriteClientId(identity.Client);
        writer.WriteInt32(round);
        writer.WriteInt32(attempt);
        writer.WriteByte((byte)metrics.Values.Count);
        foreach ((string name, double value) in metrics.Values)
        {
            writer.WriteString(name);
            writer.WriteDouble(value);
        }

        // The length is known only now; it is written before anything is signed.
        byte[] bytes = [.. fields.WrittenSpan, .. new byte[MessageSignature.SizeInBytes]];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(WireHeader.SizeInBytes - sizeof(long)), bytes.Length - WireHeader.SizeInBytes);
        MessageSignature.Write(bytes, MessageSigner.Reporter, contentLength: 0, identity.Key);
        return new MetricReport(bytes, new UploadSlot(jobId, round, attempt, identity.Client), metrics);
    }

    /// <summary>Tries to parse exactly one report from untrusted bytes. Who signed it is checked by <see cref="IsSignedBy"/>.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="report">The report.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, [NotNullWhen(true)] out MetricReport? report, out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.MetricReport, Digest.None, MaxLength);
        Guid jobId = reader.ReadGuid();
        ClientId client = reader.ReadClientId();
        int round = reader.ReadRound();
        int attempt = reader.ReadRound();
        int count = reader.ReadByte();
        reader.Require(count is > 0 and <= RoundMetrics.MaxCount, FormatError.FieldOutOfRange);
        var values = new List<KeyValuePair<string, double>>(RoundMetrics.MaxCount);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            string name = reader.ReadString(RoundMetrics.MaxNameLength);

            // One order, so that equal metrics have equal bytes.
            reader.Require(i == 0 || string.CompareOrdinal(values[^1].Key, name) < 0, FormatError.Inconsistent);
            values.Add(KeyValuePair.Create(name, reader.ReadDouble(double.MinValue, double.MaxValue)));
        }

        reader.ReadBytes(MessageSignature.SizeInBytes);
        reader.ExpectEnd();
        RoundMetrics? metrics = null;
        reader.Require(reader.Failed || RoundMetrics.TryCreate(values, out metrics), FormatError.FieldOutOfRange);
        reason = reader.Error;
        report = reader.Failed ? null : new MetricReport(source.ToArray(), new UploadSlot(jobId, round, attempt, client), metrics!);
        return report is not null;
    }

    /// <summary>Reads reports that lie one behind the other, up to the end or to the first that is damaged or cut off.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="length">The length of what was read, in bytes.</param>
    /// <returns>The reports, in their order.</returns>
    public static IReadOnlyList<MetricReport> ReadAll(ReadOnlySpan<byte> source, out int length)
    {
        var reports = new List<MetricReport>();
        length = 0;
        while (source.Length - length >= WireHeader.SizeInBytes)
        {
            long payload = BinaryPrimitives.ReadInt64LittleEndian(source[(length + WireHeader.SizeInBytes - sizeof(long))..]);
            if (payload is < 0 or > MaxLength || source.Length - length < WireHeader.SizeInBytes + payload
                || !TryRead(source.Slice(length, WireHeader.SizeInBytes + (int)payload), out MetricReport? report, out _))
            {
                break;
            }

            reports.Add(report);
            length += report._bytes.Length;
        }

        return reports;
    }

    /// <summary>Tells whether the report has the signature of a client.</summary>
    /// <param name="key">The key of the client, from the roster.</param>
    public bool IsSignedBy(VerificationKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return MessageSignature.Verifies(_bytes, MessageSigner.Reporter, contentLength: 0, key);
    }
}
