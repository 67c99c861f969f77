using System.Net;
using FedHe.Hosting.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.Connections;

/// <summary>Sent bytes are a message that a party brings to the server: in memory, or in a file, of which a part is in memory at a time.</summary>
internal sealed class SentBytes
{
    private const int PartLength = 256 * 1024;

    private readonly ReadOnlyMemory<byte> _memory;
    private readonly Func<Stream>? _open;

    private SentBytes(long length, ReadOnlyMemory<byte> memory, Func<Stream>? open) => (Length, _memory, _open) = (length, memory, open);

    /// <summary>The length of the message, in bytes.</summary>
    public long Length { get; }

    /// <summary>Returns a message in memory.</summary>
    public static SentBytes Of(ReadOnlyMemory<byte> message) => new(message.Length, message, open: null);

    /// <summary>Returns a message in a file.</summary>
    /// <param name="length">The length of the message, in bytes.</param>
    /// <param name="open">Opens the message as a stream that can seek.</param>
    public static SentBytes Of(long length, Func<Stream> open) => new(length, memory: default, open);

    /// <summary>Makes the signed head of the message, which reads all of it once.</summary>
    /// <exception cref="HostingException">The file cannot be read.</exception>
    public TransferHead Sign(int chunkLength, ClientIdentity identity)
    {
        if (_open is null)
        {
            return TransferHead.Sign(_memory.Span, chunkLength, identity);
        }

        return Guarded(() =>
        {
            using Stream stream = _open();
            return TransferHead.Sign(stream, chunkLength, identity);
        });
    }

    /// <summary>Returns a part of the message as the body of a request.</summary>
    /// <param name="start">Where the part begins in the message.</param>
    /// <param name="length">The length of the part, in bytes.</param>
    public HttpContent ContentOf(long start, int length)
        => _open is null ? new ReadOnlyMemoryContent(_memory.Slice((int)start, length)) : new PartOfFile(_open, start, length);

    /// <summary>Reads the file. A failure must not look like one of the connection, which is tried again and again.</summary>
    private static T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Throw.UploadUnreadable(fault);
        }
    }

    /// <summary>A part of a file, which is read while it is sent, and again where it is sent again.</summary>
    private sealed class PartOfFile(Func<Stream> open, long start, int length) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            Stream file = Guarded(open);
            await using (file.ConfigureAwait(false))
            {
                byte[] part = new byte[Math.Min(PartLength, length)];
                for (int at = 0; at < length;)
                {
                    int count = Math.Min(part.Length, length - at);
                    Guarded(() =>
                    {
                        file.Position = start + at;
                        file.ReadExactly(part, 0, count);
                        return count;
                    });
                    await stream.WriteAsync(part.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                    at += count;
                }
            }
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}
