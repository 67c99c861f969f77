using System.Buffers;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Wire;

/// <summary>This class takes the bytes of messages out of streams.</summary>
internal static class StreamParts
{
    private const int PartLength = 256 * 1024;

    /// <summary>Reads a whole message into memory, from the position of its stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="length">The length of the message in bytes.</param>
    /// <exception cref="InvalidOperationException">The message is longer than an array.</exception>
    /// <exception cref="IOException">The stream cannot be read, or is shorter.</exception>
    public static byte[] ReadMessage(this Stream stream, long length)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length <= Array.MaxLength ? (int)length : throw Throw.MessageTooLongForMemory(length));
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Writes the rest of a stream, of which a part is in memory at a time.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="destination">Receives the bytes.</param>
    public static void WriteTo(this Stream stream, IBufferWriter<byte> destination)
    {
        for (int read = -1; read != 0;)
        {
            read = stream.Read(destination.GetSpan(PartLength));
            destination.Advance(read);
        }
    }
}
