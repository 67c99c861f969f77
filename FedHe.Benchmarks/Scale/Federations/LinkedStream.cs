namespace FedHe.Benchmarks.Scale.Federations;

/// <summary>A linked stream is a message that stays at the server, of which a client reads ranges.</summary>
/// <param name="link">The connection.</param>
/// <param name="length">The length of the message in bytes.</param>
/// <param name="progress">Receives the number of bytes that were read so far.</param>
internal sealed class LinkedStream(FederationLink link, long length, Action<long> progress) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

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

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + (origin == SeekOrigin.Begin ? 0 : origin == SeekOrigin.Current ? Position : length);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
