namespace FedHe.Benchmarks.Scale;

/// <summary>A counted file is a file that tells how many bytes were read from it, again and again.</summary>
/// <param name="path">The path of the file.</param>
/// <param name="progress">Receives the number of bytes that were read so far, at every step of 4 MiB.</param>
internal sealed class CountedFile(string path, Action<long> progress) : Stream
{
    private const long Step = 1 << 22;

    private readonly FileStream _file = new(path, new FileStreamOptions { BufferSize = 0 });
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _file.Length;

    public override long Position
    {
        get => _file.Position;
        set => _file.Position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        int read = _file.Read(buffer);
        long before = _read;
        _read += read;
        if (_read / Step > before / Step)
        {
            progress(_read);
        }

        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => _file.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _file.Dispose();
        base.Dispose(disposing);
    }
}
