using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;

namespace FedHe.MLBridge.SumFiles;

/// <summary>This class writes and reads the slots of updates in a sum file: each in 256 bytes, the last of which are the digest of the others.</summary>
internal static class SumUpdates
{
    public const int Length = 256;

    public static byte[] ToBytes(UploadSlot slot)
    {
        var fields = new ArrayBufferWriter<byte>();
        new WireWriter(fields).WriteSlot(slot);
        var bytes = new byte[Length];
        fields.WrittenSpan.CopyTo(bytes);
        Digest.Compute(bytes.AsSpan(0, Length - Digest.SizeInBytes)).CopyTo(bytes.AsSpan(Length - Digest.SizeInBytes));
        return bytes;
    }

    /// <exception cref="SumFileException">The bytes are no slot's.</exception>
    public static UploadSlot Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        UploadSlot? slot = reader.ReadSlot();
        return slot is not null && Digest.Compute(bytes[..^Digest.SizeInBytes]) == new Digest(bytes[^Digest.SizeInBytes..])
            ? slot
            : throw new SumFileException(SumFileError.Damaged);
    }
}
