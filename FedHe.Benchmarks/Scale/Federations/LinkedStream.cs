using FedHe.Orchestration.Wire;

namespace FedHe.Benchmarks.Scale.Federations;

/// <summary>A linked stream is a message that stays at the server, of which a client reads ranges.</summary>
/// <param name="link">The connection.</param>
/// <param name="length">The length of the message in bytes.</param>
/// <param name="progress">Receives the number of bytes that were read so far.</param>
internal sealed class LinkedStream(FederationLink link, long length, Action<long> progress) : ReadStream
{
    private long _read;

    public override long Length => length;

    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Min(buffer.Length, length - Position);
        if (count > 0)
        {
            link.Read(Position, buffer[..count]);
            Position += count;
            _read += count;
            progress(_read);
        }

        return count;
    }
}
