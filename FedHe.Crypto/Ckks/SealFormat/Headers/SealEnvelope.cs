using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.SealFormat.Headers;

/// <summary>A SEAL envelope is one whole SEAL file: a checked header, and content that is no longer compressed.</summary>
internal readonly ref struct SealEnvelope : IDisposable
{
    private const uint AdlerModulus = 65521;
    private const int AdlerLength = sizeof(uint);

    private readonly byte[]? _inflated;

    private SealEnvelope(SealVersion version, ReadOnlySpan<byte> content, byte[]? inflated, FormatError error)
    {
        Version = version;
        Content = content;
        _inflated = inflated;
        Error = error;
    }

    public FormatError Error { get; }

    public SealVersion Version { get; }

    public ReadOnlySpan<byte> Content { get; }

    /// <summary>Opens a file whose content has at most the given length without compression.</summary>
    public static SealEnvelope Open(ReadOnlySpan<byte> source, int maxContentLength)
    {
        var reader = new WireReader(source);
        SealHeader header = SealHeader.Read(ref reader);
        reader.Require(header.Size <= (ulong)source.Length, FormatError.Truncated);
        reader.Require(header.Size == (ulong)source.Length, FormatError.TrailingBytes);
        reader.Require(header.Compression <= (byte)SealCompression.Zlib, FormatError.UnsupportedCompression);
        if (reader.Failed)
        {
            return new SealEnvelope(default, default, null, reader.Error);
        }

        ReadOnlySpan<byte> content = source[SealHeader.SizeInBytes..];
        if (header.Compression == (byte)SealCompression.None)
        {
            FormatError error = content.Length <= maxContentLength ? FormatError.None : FormatError.LimitExceeded;
            return new SealEnvelope(header.Version, content, null, error);
        }

        return Inflate(header.Version, content, maxContentLength);
    }

    /// <summary>
    /// Writes content of a known length behind a header. Content that is not compressed goes straight to its destination.
    /// </summary>
    public static void Write(
        long length, SealWriteOptions? options, IBufferWriter<byte> destination, SealContentWriter content)
    {
        ArgumentNullException.ThrowIfNull(destination);
        options ??= SealWriteOptions.Default;
        if (options.Compression == SealCompression.None)
        {
            WriteHeader(length, options, destination);
            content(new WireWriter(destination), options.Version);
            return;
        }

        using var plain = new PinnedBufferWriter();
        content(new WireWriter(plain), options.Version);

        // A stream over memory of its own would leave a copy of a secret behind wherever it grows.
        byte[] compressed = SecretMemory.Allocate<byte>(checked((int)LongestCompressed(plain.WrittenCount)));
        try
        {
            using var stream = new MemoryStream(compressed);
            using (var zlib = new ZLibStream(stream, CompressionLevel.Optimal, leaveOpen: true))
            {
                zlib.Write(plain.WrittenSpan);
            }

            ReadOnlySpan<byte> written = compressed.AsSpan(0, (int)stream.Position);
            WriteHeader(written.Length, options, destination);
            destination.Write(written);
        }
        finally
        {
            SecretMemory.Zero<byte>(compressed);
        }
    }

    public void Dispose() => SecretMemory.Zero<byte>(_inflated);

    private static void WriteHeader(long length, SealWriteOptions options, IBufferWriter<byte> destination)
    {
        var header = new SealHeader(options.Version, (byte)options.Compression, (ulong)length + SealHeader.SizeInBytes);
        header.Write(new WireWriter(destination));
    }

    private static SealEnvelope Inflate(SealVersion version, ReadOnlySpan<byte> compressed, int maxContentLength)
    {
        if (compressed.Length < AdlerLength)
        {
            return new SealEnvelope(version, default, null, FormatError.Truncated);
        }

        if (compressed.Length > LongestCompressed(maxContentLength))
        {
            return new SealEnvelope(version, default, null, FormatError.LimitExceeded);
        }

        // One byte more than the limit is enough to see that there is too much; a bomb is never inflated any further.
        byte[] content = SecretMemory.Allocate<byte>(maxContentLength + 1);
        byte[] source = SecretMemory.Allocate<byte>(compressed.Length);
        compressed.CopyTo(source);
        int length = 0;
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(source), CompressionMode.Decompress);
            length = zlib.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            // Data that is not a zlib stream, or one that wants a dictionary.
            return new SealEnvelope(version, default, content, FormatError.Inconsistent);
        }
        finally
        {
            SecretMemory.Zero<byte>(source);
        }

        if (length > maxContentLength)
        {
            return new SealEnvelope(version, default, content, FormatError.LimitExceeded);
        }

        // The framework notices neither a stream that ends early nor bytes after its end: both move the checksum away
        // from the last four bytes.
        uint checksum = BinaryPrimitives.ReadUInt32BigEndian(compressed[^AdlerLength..]);
        bool isWhole = checksum == Adler32(content.AsSpan(0, length));
        return new SealEnvelope(
            version, content.AsSpan(0, length), content, isWhole ? FormatError.None : FormatError.Inconsistent);
    }

    /// <summary>Computes a length in bytes that no compressed content exceeds.</summary>
    /// <remarks>
    /// Content that cannot be compressed is stored in blocks: zlib adds 5 bytes to each block, and 6 bytes once. The
    /// length allows 5 bytes for every 320 of content, and blocks are far longer. Source: RFC 1950 and RFC 1951.
    /// </remarks>
    private static long LongestCompressed(int contentLength)
    {
        const int Slack = 1 << 10;
        return (long)contentLength + (contentLength / 64) + Slack;
    }

    /// <summary>Computes the checksum that ends a zlib stream.</summary>
    /// <remarks>Source: RFC 1950, section 8.2.</remarks>
    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        const int MostWithoutOverflow = 5552;
        uint a = 1;
        uint b = 0;
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> run = bytes[..Math.Min(bytes.Length, MostWithoutOverflow)];
            foreach (byte value in run)
            {
                a += value;
                b += a;
            }

            a %= AdlerModulus;
            b %= AdlerModulus;
            bytes = bytes[run.Length..];
        }

        return (b << 16) | a;
    }
}
