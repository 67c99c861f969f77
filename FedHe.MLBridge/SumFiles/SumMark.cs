using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;

namespace FedHe.MLBridge.SumFiles;

/// <summary>A sum mark says how far a sum is. It becomes durable together with the parts that it tells of.</summary>
internal sealed record SumMark
{
    /// <summary>The mark of an empty sum.</summary>
    public static SumMark Empty { get; } = new();

    public SumPhase Phase { get; init; } = SumPhase.Open;

    /// <summary>The number of updates that are in every part of the sum.</summary>
    public int Updates { get; init; }

    /// <summary>The sum of the weights of these updates; 0 when they are hidden.</summary>
    public long TotalWeight { get; init; }

    /// <summary>The sum of the factors of these updates in units of 2^-30 where clients multiply, and otherwise 0.</summary>
    public long TotalFactor { get; init; }

    /// <summary>The update that is in the first parts alone, or null.</summary>
    public UploadSlot? Pending { get; init; }

    /// <summary>The weight of that update; 0 when it is hidden or there is none.</summary>
    public long PendingWeight { get; init; }

    /// <summary>The number of parts that the pending update is in, or that were compressed.</summary>
    public int Done { get; init; }

    /// <summary>The digest of what was folded in of the pending update: SHA-256 of the one before and of the digest of the next part, from zeros on.</summary>
    public Digest Chain { get; init; }

    public byte[] ToBytes()
    {
        var fields = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(fields);
        writer.WriteByte((byte)Phase);
        writer.WriteInt32(Updates);
        writer.WriteInt64(TotalWeight);
        writer.WriteInt64(TotalFactor);
        writer.WriteInt32(Done);
        writer.WriteDigest(Chain);
        writer.WriteInt64(PendingWeight);
        writer.WriteByte(Pending is null ? (byte)0 : (byte)1);
        if (Pending is not null)
        {
            writer.WriteSlot(Pending);
        }

        return fields.WrittenSpan.ToArray();
    }

    /// <summary>Reads a mark, or returns null where the fields are no mark's.</summary>
    public static SumMark? Read(ref WireReader reader, SumHead head)
    {
        var phase = (SumPhase)reader.ReadByte();
        reader.Require(Enum.IsDefined(phase), Crypto.Errors.FormatError.FieldOutOfRange);
        var mark = new SumMark
        {
            Phase = phase,
            Updates = reader.ReadInt32(0, int.MaxValue),
            TotalWeight = reader.ReadInt64(0, long.MaxValue),
            TotalFactor = reader.ReadInt64(0, long.MaxValue),
            Done = reader.ReadInt32(0, head.PartCount),
            Chain = reader.ReadDigest(),
            PendingWeight = reader.ReadInt64(0, long.MaxValue),
        };
        UploadSlot? pending = reader.ReadByte() == 0 ? null : reader.ReadSlot();
        return reader.Failed ? null : mark with { Pending = pending };
    }
}
