using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.Wire;

/// <summary>Extension methods for the fields that only objects of this layer have.</summary>
internal static class WireExtensions
{
    /// <summary>Reads a byte that is 0 or 1.</summary>
    public static bool ReadFlag(this ref WireReader reader)
    {
        byte flag = reader.ReadByte();
        reader.Require(flag <= 1, FormatError.FieldOutOfRange);
        return flag == 1;
    }

    /// <summary>Writes the length of bytes that may be long, in eight bytes, and the bytes.</summary>
    public static void WriteLongBytes(this WireWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.WriteInt64(bytes.Length);
        writer.WriteBytes(bytes);
    }

    /// <summary>Reads what <see cref="WriteLongBytes"/> wrote, where it lies in the source of the reader.</summary>
    public static ReadOnlyMemory<byte> ReadLongBytes(this ref WireReader reader, ReadOnlyMemory<byte> source)
    {
        long length = reader.ReadInt64(0, long.MaxValue);
        reader.Require(length <= reader.Remaining, FormatError.Truncated);
        if (reader.Failed)
        {
            return default;
        }

        int start = source.Length - reader.Remaining;
        reader.ReadBytes((int)length);
        return source.Slice(start, (int)length);
    }

    public static int ReadRound(this ref WireReader reader) => reader.ReadInt32(1, int.MaxValue);
}
