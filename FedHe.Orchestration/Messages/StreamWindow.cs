using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>A stream window shows a part of a stream as a stream of its own, to read. Windows of one stream do not disturb each other as long as one is read at a time.</summary>
/// <param name="inner">The stream, which can seek and stays its owner's.</param>
/// <param name="start">Where the part begins in the stream.</param>
/// <param name="length">The length of the part, in bytes.</param>
internal sealed class StreamWindow(Stream inner, long start, long length) : ReadStream
{
    public override long Length => length;

    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Clamp(length - Position, 0, buffer.Length);
        if (count > 0)
        {
            inner.Position = start + Position;
            count = inner.Read(buffer[..count]);
            Position += count;
        }

        return count;
    }
}
