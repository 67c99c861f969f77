using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>
/// An upload buffer holds the bytes of one upload at a time, in one array that every upload reuses, so that a round does not leave one array
/// per upload to the garbage collector.
/// </summary>
/// <remarks>A server adds an upload up and keeps none of its bytes. Of other messages it keeps parts, so that each has an array of its own.</remarks>
internal sealed class UploadBuffer
{
    // Longer ones are few, and their array need not stay.
    private const int LongestKept = 4 * 1024 * 1024;

    private byte[] _bytes = [];

    /// <summary>Reads a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="kind">What the message says it is; one that lies is refused unread.</param>
    /// <returns>The bytes, which may change when the method is called again.</returns>
    public ReadOnlyMemory<byte> Read(IStoredMessage message, MessageKind kind)
    {
        if (kind != MessageKind.Upload || message.Bytes is not null || message.Length > LongestKept)
        {
            return message.ToMemory();
        }

        int length = (int)message.Length;
        if (_bytes.Length < length)
        {
            _bytes = GC.AllocateUninitializedArray<byte>(length);
        }

        message.CopyTo(_bytes.AsSpan(0, length));
        return _bytes.AsMemory(0, length);
    }
}
