using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Buffers;

/// <summary>
/// A wire object reader parses exactly one object from untrusted bytes and checks all of it, every coefficient
/// included, without any key. It is thread-safe and keeps at most one decoded segment in memory.
/// </summary>
/// <typeparam name="T">The type of the objects.</typeparam>
public abstract class WireObjectReader<T>
    where T : class, IDisposable
{
    private readonly string _what;

    /// <param name="what">The noun that messages use for the objects.</param>
    private protected WireObjectReader(string what) => _what = what;

    /// <summary>Tries to parse exactly one object.</summary>
    /// <param name="source">The bytes, which the object refers to; they must not change while it is used.</param>
    /// <param name="value">The object; the caller disposes it.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    public bool TryRead(ReadOnlyMemory<byte> source, [NotNullWhen(true)] out T? value, out FormatError reason)
        => TryRead(ByteSource.Of(source), out value, out reason);

    /// <inheritdoc cref="TryRead(ReadOnlyMemory{byte}, out T, out FormatError)"/>
    /// <param name="source">
    /// A readable and seekable stream, read from its position to its end; it must stay open and unchanged while the
    /// object is used.
    /// </param>
    /// <param name="value">The object; the caller disposes it.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    /// <exception cref="ArgumentException">The stream cannot seek or read.</exception>
    /// <exception cref="IOException">Reading the stream failed.</exception>
    public bool TryRead(Stream source, [NotNullWhen(true)] out T? value, out FormatError reason)
        => TryRead(ByteSource.Of(source), out value, out reason);

    /// <summary>Parses exactly one object, or throws.</summary>
    /// <param name="source">The bytes, which the object refers to; they must not change while it is used.</param>
    /// <exception cref="HeFormatException">The bytes are not a valid object.</exception>
    public T Read(ReadOnlyMemory<byte> source) => Read(ByteSource.Of(source));

    /// <inheritdoc cref="Read(ReadOnlyMemory{byte})"/>
    /// <param name="source">
    /// A readable and seekable stream, read from its position to its end; it must stay open and unchanged while the
    /// object is used.
    /// </param>
    /// <exception cref="ArgumentException">The stream cannot seek or read.</exception>
    /// <exception cref="IOException">Reading the stream failed.</exception>
    public T Read(Stream source) => Read(ByteSource.Of(source));

    private protected abstract bool TryRead(ByteSource source, [NotNullWhen(true)] out T? value, out FormatError reason);

    private T Read(ByteSource source)
        => TryRead(source, out T? value, out FormatError reason) ? value : throw new HeFormatException(reason, _what);
}
