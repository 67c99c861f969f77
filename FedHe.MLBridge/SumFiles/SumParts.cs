using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;

namespace FedHe.MLBridge.SumFiles;

/// <summary>
/// Sum parts are the parts of a sum in a file: encrypted segments, and behind them blocks of sums in clear. A batch of new parts takes the place of the
/// old ones together with the mark that tells of it, or not at all, wherever the process ends.
/// </summary>
/// <remarks>
/// A batch goes to one of two journals in turn, with what is remembered of the update that it completes, becomes durable there, and is copied to its places. Opening the file makes
/// both journals durable, as a process may have been killed before it did, and copies both once more, the older one first. A journal that was not written to its end
/// has the wrong digest and counts as never begun; before the other one is written over, the copies of its parts are durable. Every part has its age, the number of updates in it, so that a damaged journal, whose mark is lost, does not let an update in twice.
/// Reading is thread-safe, and changes are not.
/// </remarks>
internal sealed class SumParts : IDisposable
{
    /// <summary>The age of a part of a completed sum that was compressed.</summary>
    public const int Compressed = -1;

    private const int LengthOffset = Digest.SizeInBytes;
    private const int AgeOffset = LengthOffset + sizeof(int);

    private readonly SumDisk _disk;
    private readonly SumHead _head;
    private readonly List<SumUpdate> _updates = [];
    private readonly List<byte[]> _frames = [];
    private long _sequence;
    private int _first;

    private SumParts(SumDisk disk, SumHead head)
    {
        _disk = disk;
        _head = head;
    }

    public SumMark Mark { get; private set; } = SumMark.Empty;

    /// <summary>The updates in the sum.</summary>
    public IReadOnlyList<SumUpdate> Updates => _updates;

    /// <summary>The number of parts that change together.</summary>
    public int BatchLength => _head.BatchLength;

    /// <summary>Begins the file of an empty sum.</summary>
    /// <param name="disk">The file, which the parts own.</param>
    /// <param name="head">The head.</param>
    /// <param name="isFilled">Whether the file is no sum yet, but is filled with one first: until a mark says otherwise it cannot be opened.</param>
    public static SumParts Create(SumDisk disk, SumHead head, bool isFilled = false)
    {
        var parts = new SumParts(disk, head);
        disk.Write(0, head.ToPage());
        disk.Write(head.JournalAt(1), new byte[SumHead.PageLength]);
        parts.Mark = isFilled ? SumMark.Empty with { Phase = SumPhase.Filling } : SumMark.Empty;
        parts.WritePage(sequence: 0, parts.Mark, added: []);
        disk.Flush();
        if (!isFilled)
        {
            disk.Begin();
        }

        return parts;
    }

    /// <summary>Opens the file of a sum, and makes it what it was after the last batch that became durable.</summary>
    /// <param name="disk">The file, which the parts own.</param>
    /// <param name="head">The head that the file must have.</param>
    /// <exception cref="SumFileException">The file is damaged or has another sum.</exception>
    public static SumParts Open(SumDisk disk, SumHead head)
    {
        CheckHead(disk, head);
        var parts = new SumParts(disk, head);
        Journal[] journals = [.. new[] { 0L, 1 }.Select(parts.TryReadJournal).OfType<Journal>().OrderBy(journal => journal.Sequence)];
        if (journals.Length == 0 || journals[^1].Mark.Phase == SumPhase.Filling)
        {
            throw disk.Fault(SumFileError.Damaged);
        }

        // What a killed process wrote last may be in the memory of the system alone, and old parts must not go before the new ones are durable.
        disk.Flush();
        foreach (Journal journal in journals)
        {
            parts.CopyToPlaces(journal);
        }

        disk.Flush();
        parts._sequence = journals[^1].Sequence;
        parts.Mark = journals[^1].Mark;
        parts.ReadUpdates();
        disk.Begin();
        return parts;
    }

    /// <summary>Reads a part, which is what was written.</summary>
    /// <param name="part">The index of the part.</param>
    /// <param name="age">The age that the part must have.</param>
    /// <exception cref="SumFileException">The part was damaged or has another age, or the file cannot be read.</exception>
    public ByteLease Read(int part, int age)
    {
        ByteLease bytes = ReadFrom(_head.PartAt(part), out byte[] frame);
        if (AgeOf(frame) == age)
        {
            return bytes;
        }

        bytes.Dispose();
        throw Damaged();
    }

    /// <summary>Remembers that the file is damaged, and returns the exception to throw.</summary>
    public SumFileException Damaged() => _disk.Fault(SumFileError.Damaged);

    /// <summary>Lets the file stay when the parts are disposed.</summary>
    public void Fail() => _disk.Fail();

    /// <summary>Reads the number of bytes of a part.</summary>
    public int LengthOf(int part) => LengthAt(_head.PartAt(part));

    /// <summary>Begins a batch of parts that follow one another, and forgets one that was not committed.</summary>
    public void Begin(int first)
    {
        _first = first;
        _frames.Clear();
    }

    /// <summary>Appends the next part to the batch.</summary>
    /// <param name="bytes">The bytes of the part.</param>
    /// <param name="age">The number of updates in the part, or <see cref="Compressed"/>.</param>
    public void Append(ReadOnlySpan<byte> bytes, int age)
    {
        if (bytes.Length > _head.PartLength)
        {
            // Behind the room of the part is the next one's, or the other journal.
            throw Throw.PartTooLong(bytes.Length, _head.PartLength);
        }

        var frame = new byte[SumHead.FrameLength];
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(LengthOffset), bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(AgeOffset), age);
        DigestOf(frame.AsSpan(LengthOffset), bytes).CopyTo(frame);
        long offset = PlaceInJournal(_sequence + 1, _frames.Count);
        _disk.Write(offset, frame);
        _disk.Write(offset + frame.Length, bytes);
        _frames.Add(frame);
    }

    /// <summary>Lets the parts of the batch take the place of the old ones, and a mark the place of the old mark.</summary>
    /// <param name="mark">The mark, which counts the update given here.</param>
    /// <param name="added">The update that the sum is complete with now, or null.</param>
    public void Commit(SumMark mark, SumUpdate? added = null)
    {
        byte[] update = added is null ? [] : SumUpdates.ToBytes(added);
        WritePage(_sequence + 1, mark, update);
        _disk.Flush();
        CopyToPlaces(new Journal(_sequence + 1, _first, _frames.Count, mark, update));
        _sequence++;
        _frames.Clear();
        Mark = mark;
        if (added is not null)
        {
            _updates.Add(added);
        }
    }

    /// <summary>Ends the filling of a file: from now on it has a sum.</summary>
    /// <param name="mark">The mark, which counts the updates given here.</param>
    /// <param name="added">The slots of all updates in the sum.</param>
    public void EndFilling(SumMark mark, IEnumerable<UploadSlot> added)
    {
        foreach (UploadSlot slot in added)
        {
            var update = new SumUpdate(slot, Digest.None);
            _disk.Write(_head.UpdateAt(_updates.Count), SumUpdates.ToBytes(update));
            _updates.Add(update);
        }

        // No journal has them.
        _disk.Flush();
        Begin(0);
        Commit(mark);
        _disk.Begin();
    }

    public void Dispose() => _disk.Dispose();

    private static void CheckHead(SumDisk disk, SumHead head)
    {
        byte[] expected = head.ToPage();
        var page = new byte[expected.Length];
        disk.Read(0, page);
        if (page.AsSpan().SequenceEqual(expected))
        {
            return;
        }

        // A whole head that is another one belongs to another sum.
        const int Length = SumHead.FieldsLength;
        bool isHead = SumHead.IsSum(page) && Digest.Compute(page.AsSpan(0, Length)) == new Digest(page.AsSpan(Length, Digest.SizeInBytes));
        throw disk.Fault(isHead ? SumFileError.OtherSum : SumFileError.Damaged);
    }

    private long PlaceInJournal(long sequence, int index) => _head.JournalAt(sequence) + SumHead.PageLength + ((long)index * _head.SlotLength);

    private void WritePage(long sequence, SumMark mark, byte[] added)
    {
        byte[] content = mark.ToBytes();
        var fields = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(fields);
        writer.WriteInt64(sequence);
        writer.WriteInt32(_first);
        writer.WriteInt32(_frames.Count);
        writer.WriteBytesWithLength(content);
        writer.WriteBytesWithLength(added);
        writer.WriteDigest(DigestOf(fields.WrittenSpan, _frames));
        var page = new byte[SumHead.PageLength];
        fields.WrittenSpan.CopyTo(page);
        _disk.Write(_head.JournalAt(sequence), page);
    }

    private static int AgeOf(byte[] frame) => BinaryPrimitives.ReadInt32LittleEndian(frame.AsSpan(AgeOffset));

    private static Digest DigestOf(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(fields);
        hash.AppendData(bytes);
        return new Digest(hash.GetHashAndReset());
    }

    private static Digest DigestOf(ReadOnlySpan<byte> fields, IEnumerable<byte[]> frames)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(fields);
        foreach (byte[] frame in frames)
        {
            hash.AppendData(frame);
        }

        return new Digest(hash.GetHashAndReset());
    }

    /// <summary>Reads a journal and all of its parts, or returns null where it was not written to its end.</summary>
    private Journal? TryReadJournal(long index)
    {
        try
        {
            var page = new byte[SumHead.PageLength];
            _disk.Read(_head.JournalAt(index), page);
            var reader = new WireReader(page);
            long sequence = reader.ReadInt64(0, long.MaxValue);
            int first = reader.ReadInt32(0, _head.PartCount);
            int count = reader.ReadInt32(0, Math.Min(BatchLength, _head.PartCount - first));
            ReadOnlySpan<byte> content = reader.ReadBytesWithLength();
            byte[] added = reader.ReadBytesWithLength().ToArray();
            reader.Require(added.Length is 0 or SumUpdates.Length, FormatError.FieldOutOfRange);
            int length = page.Length - reader.Remaining;
            Digest digest = reader.ReadDigest();
            var fields = new WireReader(content);
            if (reader.Failed || sequence % 2 != index || SumMark.Read(ref fields, _head) is not SumMark mark || (added.Length > 0 && mark.Updates == 0))
            {
                return null;
            }

            var frames = new List<byte[]>();
            for (int i = 0; i < count; i++)
            {
                using ByteLease part = ReadFrom(PlaceInJournal(sequence, i), out byte[] frame);
                frames.Add(frame);
            }

            return DigestOf(page.AsSpan(0, length), frames) == digest ? new Journal(sequence, first, count, mark, added) : null;
        }
        catch (SumFileException fault) when (fault.Error == SumFileError.Damaged)
        {
            return null;
        }
    }

    private void CopyToPlaces(Journal journal)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(_head.SlotLength);
        for (int i = 0; i < journal.Count; i++)
        {
            long source = PlaceInJournal(journal.Sequence, i);
            Span<byte> part = buffer.AsSpan(0, SumHead.FrameLength + LengthAt(source));
            _disk.Read(source, part);
            _disk.Write(_head.PartAt(journal.First + i), part);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        if (journal.Added.Length > 0)
        {
            _disk.Write(_head.UpdateAt(journal.Mark.Updates - 1), journal.Added);
        }
    }

    private int LengthAt(long offset)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        _disk.Read(offset + LengthOffset, bytes);
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return length > 0 && length <= _head.PartLength ? length : throw Damaged();
    }

    private ByteLease ReadFrom(long offset, out byte[] frame)
    {
        frame = new byte[SumHead.FrameLength];
        int length = LengthAt(offset);
        _disk.Read(offset, frame);
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        _disk.Read(offset + SumHead.FrameLength, rented.AsSpan(0, length));
        if (DigestOf(frame.AsSpan(LengthOffset), rented.AsSpan(0, length)) == new Digest(frame.AsSpan(0, Digest.SizeInBytes)))
        {
            return new ByteLease(rented.AsMemory(0, length), rented);
        }

        ArrayPool<byte>.Shared.Return(rented);
        throw Damaged();
    }

    private void ReadUpdates()
    {
        var bytes = new byte[SumUpdates.Length];
        for (int i = 0; i < Mark.Updates; i++)
        {
            _disk.Read(_head.UpdateAt(i), bytes);
            _updates.Add(SumUpdates.Read(bytes));
        }
    }

    private sealed record Journal(long Sequence, int First, int Count, SumMark Mark, byte[] Added);
}
