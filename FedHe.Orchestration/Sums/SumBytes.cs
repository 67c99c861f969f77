using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Sums;

/// <summary>
/// Sum bytes are the bytes of an aggregate, or of a message with one: in memory, or as what stands before and behind an aggregate that is read from the file of its sum. They are
/// immutable, and may be read by several threads.
/// </summary>
internal sealed class SumBytes
{
    private readonly ReadOnlyMemory<byte> _end;

    // In a box, which is written at once: several threads may compute the same one.
    private object? _digest;

    private SumBytes(ReadOnlyMemory<byte> beginning, StoredSum? stored, ReadOnlyMemory<byte> end)
        => (Beginning, Stored, _end) = (beginning, stored, end);

    /// <summary>What stands before the aggregate; all bytes where they are in memory.</summary>
    public ReadOnlyMemory<byte> Beginning { get; }

    /// <summary>The sum whose aggregate is among the bytes, or null where they are in memory.</summary>
    public StoredSum? Stored { get; }

    /// <summary>The length in bytes.</summary>
    public long Length => Beginning.Length + (Stored?.Length ?? 0) + _end.Length;

    /// <summary>The SHA-256 of the bytes, which reads all of them once.</summary>
    public Digest Digest => (Digest)(_digest ??= ComputeDigest());

    /// <summary>Returns the bytes of an aggregate, or of anything else, that is in memory.</summary>
    public static SumBytes Of(ReadOnlyMemory<byte> bytes) => new(bytes, stored: null, end: default);

    /// <summary>Returns the bytes of an aggregate in the file of its sum.</summary>
    public static SumBytes Of(StoredSum sum) => new(beginning: default, sum, end: default);

    /// <summary>Returns bytes of which a state has the beginning and the digest, and whose file is not opened. Nothing else of them can be read.</summary>
    public static SumBytes Unopened(SavedSum saved) => new(saved.Bytes, new StoredSum(saved.File!.Value, aggregate: null), end: default) { _digest = saved.Digest };

    /// <summary>Returns bytes of a sum in a file between other bytes.</summary>
    public static SumBytes Around(ReadOnlyMemory<byte> beginning, SumBytes stored, ReadOnlyMemory<byte> end = default)
        => new((byte[])[.. beginning.Span, .. stored.Beginning.Span], stored.Stored, (byte[])[.. stored._end.Span, .. end.Span]);

    /// <summary>Returns the bytes in memory, where the bytes of a sum in a file are copied.</summary>
    /// <exception cref="InvalidOperationException">They are longer than an array.</exception>
    /// <exception cref="MLBridge.Errors.SumFileException">The file of the sum cannot be read, or is damaged.</exception>
    /// <exception cref="ObjectDisposedException">The server keeps the sum no longer.</exception>
    public ReadOnlyMemory<byte> ToMemory()
    {
        if (Stored is null)
        {
            return Beginning;
        }

        using Stream stream = OpenRead();
        return stream.ReadMessage(Length);
    }

    /// <summary>Opens the bytes as a stream that can seek.</summary>
    public Stream OpenRead() => new SumStream(Beginning, Stored?.OpenRead(), _end);

    /// <summary>Writes the bytes, of which a part is in memory at a time.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        if (Stored is null)
        {
            destination.Write(Beginning.Span);
            return;
        }

        using Stream stream = OpenRead();
        stream.WriteTo(destination);
    }

    private Digest ComputeDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Beginning.Span);
        if (Stored is not null)
        {
            byte[] part = ArrayPool<byte>.Shared.Rent(SumStream.PartLength);
            using Stream stream = Stored.OpenRead();
            for (int read = stream.Read(part); read != 0; read = stream.Read(part))
            {
                hash.AppendData(part, 0, read);
            }

            ArrayPool<byte>.Shared.Return(part);
        }

        hash.AppendData(_end.Span);
        return new Digest(hash.GetHashAndReset());
    }
}
