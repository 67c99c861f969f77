namespace FedHe.Benchmarks.Scale;

/// <summary>A counted file is a file that tells how many bytes were read from it, again and again.</summary>
/// <param name="path">The path of the file.</param>
/// <param name="progress">Receives the number of bytes that were read so far, at every step of 4 MiB.</param>
internal sealed class CountedFile(string path, Action<long> progress) : FileStream(path, new FileStreamOptions { BufferSize = 0 })
{
    private const long Step = 1 << 22;

    private long _read;

    public override int Read(Span<byte> buffer) => Counted(base.Read(buffer));

    public override int Read(byte[] buffer, int offset, int count) => Counted(base.Read(buffer, offset, count));

    private int Counted(int read)
    {
        long before = _read;
        _read += read;
        if (_read / Step > before / Step)
        {
            progress(_read);
        }

        return read;
    }
}
