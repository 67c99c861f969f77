using FedHe.MLBridge.Errors;
using FedHe.MLBridge.SumFiles;

namespace FedHe.MLBridge.Tests.Support;

/// <summary>
/// The file of a sum in memory, whose process ends, or whose disk is full, at a chosen write or flush. What was written since the last flush is lost, kept, or in part.
/// </summary>
internal sealed class FaultyDisk(int operations = int.MaxValue, SumFileError? fault = null) : SumDisk
{
    private const int PageLength = 1 << 12;

    private List<(long Offset, byte[] Bytes)> _unflushed = [];
    private Dictionary<long, byte[]> _durable = [];
    private Dictionary<long, byte[]> _content = [];
    private int _left = operations;

    /// <summary>The number of writes and flushes so far.</summary>
    public int Operations { get; private set; }

    /// <summary>The number of writes that no flush made durable yet.</summary>
    public int Unflushed => _unflushed.Count;

    /// <summary>The number of bytes of the file, with its holes.</summary>
    public long Length { get; private set; }

    /// <summary>The offsets of all pages that were ever written.</summary>
    public IEnumerable<long> Pages => _content.Keys.Order().Select(page => page * PageLength);

    /// <summary>Returns the disk as the next process finds it.</summary>
    /// <param name="kept">Tells of each write since the last flush whether it reached the disk; the last one may have reached it in part.</param>
    /// <param name="operations">The number of operations that the next process does at most.</param>
    public FaultyDisk AfterPowerFailure(Func<int, bool> kept, int operations = int.MaxValue)
    {
        var next = new FaultyDisk(operations) { _content = new(_durable), Length = Length };
        for (int i = 0; i < _unflushed.Count; i++)
        {
            if (kept(i))
            {
                next.Put(_unflushed[i].Offset, _unflushed[i].Bytes);
            }
        }

        next._durable = new(next._content);
        return next;
    }

    /// <summary>Returns the disk as it is after the process was killed: everything that was written is there, and no more of it is durable than before.</summary>
    public FaultyDisk AfterKill(int operations = int.MaxValue)
        => new(operations) { _content = new(_content), _durable = new(_durable), _unflushed = [.. _unflushed], Length = Length };

    public void Damage(long offset)
    {
        byte[] page = [.. _content[offset / PageLength]];
        page[offset % PageLength] ^= 1;
        _content[offset / PageLength] = page;
    }

    public override void Read(long offset, Span<byte> destination)
    {
        if (offset + destination.Length > Length)
        {
            throw new SumFileException(SumFileError.Damaged);
        }

        for (int done = 0; done < destination.Length;)
        {
            int start = (int)((offset + done) % PageLength);
            Span<byte> part = destination.Slice(done, Math.Min(PageLength - start, destination.Length - done));
            if (_content.TryGetValue((offset + done) / PageLength, out byte[]? page))
            {
                page.AsSpan(start, part.Length).CopyTo(part);
            }
            else
            {
                part.Clear();
            }

            done += part.Length;
        }
    }

    public override void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (_left == 1)
        {
            // The last write of the process is torn.
            bytes = bytes[..(bytes.Length / 2)];
        }

        byte[] copy = bytes.ToArray();
        Put(offset, copy);
        _unflushed.Add((offset, copy));
        Count();
    }

    public override void Flush()
    {
        Count();
        _durable = new(_content);
        _unflushed.Clear();
    }

    public override void Dispose()
    {
    }

    private void Put(long offset, ReadOnlySpan<byte> bytes)
    {
        Length = Math.Max(Length, offset + bytes.Length);
        for (int done = 0; done < bytes.Length;)
        {
            int start = (int)((offset + done) % PageLength);
            ReadOnlySpan<byte> part = bytes.Slice(done, Math.Min(PageLength - start, bytes.Length - done));

            // Other disks share the pages.
            byte[] page = _content.TryGetValue((offset + done) / PageLength, out byte[]? old) ? [.. old] : new byte[PageLength];
            part.CopyTo(page.AsSpan(start));
            _content[(offset + done) / PageLength] = page;
            done += part.Length;
        }
    }

    private void Count()
    {
        Operations++;
        if (--_left <= 0)
        {
            throw fault is SumFileError error ? new SumFileException(error, new IOException("The disk is full.")) : new KilledException();
        }
    }
}
