using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;

namespace FedHe.MLBridge.SumFiles;

/// <summary>This class writes and reads what a sum file remembers of updates: of each 256 bytes, the last of which are the digest of the others.</summary>
internal static class SumUpdates
{
    public const int Length = 256;

    public static byte[] ToBytes(SumUpdate update)
    {
        var fields = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(fields);
        writer.WriteDigest(update.Content);
        writer.WriteSlot(update.Slot);
        var bytes = new byte[Length];
        fields.WrittenSpan.CopyTo(bytes);
        Digest.Compute(bytes.AsSpan(0, Length - Digest.SizeInBytes)).CopyTo(bytes.AsSpan(Length - Digest.SizeInBytes));
        return bytes;
    }

    /// <exception cref="SumFileException">The bytes are no update's.</exception>
    public static SumUpdate Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        Digest content = reader.ReadDigest();
        UploadSlot? slot = reader.ReadSlot();
        return slot is not null && Digest.Compute(bytes[..^Digest.SizeInBytes]) == new Digest(bytes[^Digest.SizeInBytes..])
            ? new SumUpdate(slot, content)
            : throw new SumFileException(SumFileError.Damaged);
    }
}
