using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge.SumFiles;

/// <summary>The head of a sum file says which sum it has, and where its parts are.</summary>
/// <param name="ParametersId">The parameters of the encrypted sums; none when nothing is encrypted.</param>
/// <param name="TermsDigest">The digest of the terms.</param>
/// <param name="ReferenceWeight">The weight that counts fully where clients multiply.</param>
/// <param name="PartCount">The number of parts of the sum: segments, and blocks of sums in clear.</param>
/// <param name="PartLength">The largest number of bytes of a part.</param>
/// <param name="BatchLength">The number of parts that change together.</param>
internal sealed record SumHead(Digest ParametersId, Digest TermsDigest, long ReferenceWeight, int PartCount, int PartLength, int BatchLength)
{
    /// <summary>The number of bytes that the beginning of the file, and of each of its journals, takes.</summary>
    public const int PageLength = 1 << 12;

    public const int MagicLength = 8;

    // What a change takes in memory and time grows with its parts, and what a flush costs is divided among them.
    private const int BatchBytes = 1 << 25;

    /// <summary>The number of bytes of all fields, without their digest.</summary>
    public const int FieldsLength = MagicLength + (2 * Digest.SizeInBytes) + sizeof(long) + (3 * sizeof(int));

    /// <summary>The digest, the length and the age before the bytes of every part.</summary>
    public const int FrameLength = Digest.SizeInBytes + (2 * sizeof(int));

    /// <summary>The room of a part in bytes, in whole pages.</summary>
    public int SlotLength => SlotLengthOf(PartLength);

    /// <summary>The room of a journal in bytes.</summary>
    public long JournalLength => PageLength + ((long)BatchLength * SlotLength);

    private static ReadOnlySpan<byte> Magic => "FdHeSum1"u8;

    /// <summary>Computes the number of parts that change together, as many as fit 32 MiB.</summary>
    public static int BatchLengthOf(int partCount, int partLength) => Math.Min(partCount, Math.Max(1, BatchBytes / SlotLengthOf(partLength)));

    public static bool IsSum(ReadOnlySpan<byte> beginning) => beginning.StartsWith(Magic);

    /// <summary>Computes the offset of one of the two journals.</summary>
    public long JournalAt(long sequence) => PageLength + (sequence % 2 * JournalLength);

    /// <summary>Computes the offset of a part.</summary>
    public long PartAt(int part) => PageLength + (2 * JournalLength) + ((long)part * SlotLength);

    /// <summary>Computes the offset of what is remembered of an update in the sum.</summary>
    public long UpdateAt(int index) => PartAt(PartCount) + ((long)index * SumUpdates.Length);

    public byte[] ToPage()
    {
        var fields = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(fields);
        writer.WriteBytes(Magic);
        writer.WriteDigest(ParametersId);
        writer.WriteDigest(TermsDigest);
        writer.WriteInt64(ReferenceWeight);
        writer.WriteInt32(PartCount);
        writer.WriteInt32(PartLength);
        writer.WriteInt32(BatchLength);
        writer.WriteDigest(Digest.Compute(fields.WrittenSpan));
        var page = new byte[PageLength];
        fields.WrittenSpan.CopyTo(page);
        return page;
    }

    private static int SlotLengthOf(int partLength) => (FrameLength + partLength + PageLength - 1) / PageLength * PageLength;
}
