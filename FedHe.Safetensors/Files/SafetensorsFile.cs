using System.Buffers;
using System.Buffers.Binary;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Headers;

namespace FedHe.Safetensors.Files;

/// <summary>A safetensors file is opened by its header alone; its tensors are read where they lie, when they are asked for.</summary>
/// <remarks>
/// Everything that the header says is held to the length of the file before anything is allocated for it. A file may be read from
/// several threads at a time, a stream from one.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private const int ChunkElements = 8192;

    private readonly IByteSource _source;
    private readonly long _dataStart;

    private SafetensorsFile(IByteSource source, SafetensorsLimits limits)
    {
        _source = source;
        Header = ReadHeader(source, limits);
        _dataStart = SafetensorsHeader.PrefixBytes + Header.Text.Length;
    }

    /// <summary>The header of the file.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="access">The way to read the file.</param>
    /// <param name="limits">The limits; null for the default ones.</param>
    /// <exception cref="SafetensorsException">The header is refused.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Open(string path, SafetensorsAccess access = SafetensorsAccess.Streamed, SafetensorsLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Open(access == SafetensorsAccess.Mapped ? new MappedSource(path) : new StreamedSource(path), limits);
    }

    /// <summary>Opens a readable and seekable stream, from its position to its end. The stream stays the caller's.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="limits">The limits; null for the default ones.</param>
    /// <exception cref="SafetensorsException">The header is refused.</exception>
    public static SafetensorsFile Open(Stream stream, SafetensorsLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream is { CanRead: true, CanSeek: true } ? Open(new StreamSource(stream), limits) : throw Throw.NotSeekable(nameof(stream));
    }

    /// <summary>Reads bytes of a tensor, little-endian and in row-major order.</summary>
    /// <param name="name">The name of the tensor.</param>
    /// <param name="start">The position of the first byte in the tensor's data.</param>
    /// <param name="destination">Receives the bytes and sets their number.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, or the file has become shorter.</exception>
    /// <exception cref="ArgumentException">The range does not lie within the tensor.</exception>
    public void Read(string name, long start, Span<byte> destination)
    {
        SafetensorsEntry entry = Find(name);
        if (start < 0 || start > entry.Length - destination.Length)
        {
            throw Throw.WrongRange(nameof(start));
        }

        if (!_source.TryRead(_dataStart + entry.Begin + start, destination))
        {
            throw Throw.Truncated();
        }
    }

    /// <summary>Reads elements of a floating tensor, widened exactly.</summary>
    /// <param name="name">The name of a tensor of type F64, F32, F16 or BF16.</param>
    /// <param name="start">The row-major index of the first element.</param>
    /// <param name="destination">Receives the values and sets their number.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, it has another type, or the file has become shorter.</exception>
    /// <exception cref="ArgumentException">The range does not lie within the tensor.</exception>
    public void ReadValues(string name, long start, Span<double> destination)
    {
        SafetensorsEntry entry = Find(name);
        if (!entry.Dtype.IsAveraged())
        {
            throw Throw.DtypeNotSupported(name, entry.Dtype.FormatName(), "whose elements are no floating numbers of at least 16 bits. Read its bytes.");
        }

        if (start < 0 || start > entry.ElementCount - destination.Length)
        {
            throw Throw.WrongRange(nameof(start));
        }

        int size = entry.Dtype.BitsPerElement() / 8;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(ChunkElements, destination.Length) * size);
        try
        {
            while (!destination.IsEmpty)
            {
                int count = Math.Min(ChunkElements, destination.Length);
                Span<byte> bytes = buffer.AsSpan(0, count * size);
                Read(name, start * size, bytes);
                ElementCodec.Widen(entry.Dtype, bytes, destination[..count]);
                destination = destination[count..];
                start += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private static SafetensorsFile Open(IByteSource source, SafetensorsLimits? limits)
    {
        try
        {
            return new SafetensorsFile(source, limits ?? SafetensorsLimits.Default);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static SafetensorsHeader ReadHeader(IByteSource source, SafetensorsLimits limits)
    {
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixBytes];
        if (!source.TryRead(0, prefix))
        {
            throw Throw.Truncated();
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)limits.MaxHeaderBytes)
        {
            throw Throw.HeaderTooLong(limits.MaxHeaderBytes);
        }

        long dataLength = source.Length - SafetensorsHeader.PrefixBytes - (long)length;
        if (dataLength < 0)
        {
            throw Throw.Truncated();
        }

        byte[] text = new byte[(int)length];
        return source.TryRead(SafetensorsHeader.PrefixBytes, text) ? SafetensorsHeader.Read(text, dataLength, limits) : throw Throw.Truncated();
    }

    private SafetensorsEntry Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Header.TryGet(name, out SafetensorsEntry? entry) ? entry : throw Throw.UnknownTensor(name);
    }
}
