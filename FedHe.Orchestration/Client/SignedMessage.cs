using System.Buffers;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Client;

/// <summary>A signed message is one of a client that the host has to deliver to the server.</summary>
/// <remarks>
/// The upload of a client with its models in files stays in its file (<see cref="FederationClientSetup.Files"/>): read it as a stream, in ranges if you like. It cannot be opened any more when the client has
/// another upload, or when the server acknowledged it and the client does not keep such uploads.
/// </remarks>
public readonly record struct SignedMessage
{
    private readonly ReadOnlyMemory<byte> _bytes;

    internal SignedMessage(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    internal SignedMessage(UploadFile file) => File = file;

    /// <summary>The kind that the message states.</summary>
    public MessageKind Kind => File is not null ? MessageKind.Upload : MessageFormat.PeekKind(_bytes.Span) ?? default;

    /// <summary>The length of the message in bytes.</summary>
    public long Length => File?.Length ?? _bytes.Length;

    /// <summary>The bytes of the message, which are read into memory where they are in a file.</summary>
    /// <exception cref="InvalidOperationException">The message is longer than an array.</exception>
    /// <exception cref="IOException">The file cannot be read, or is not kept any more.</exception>
    public ReadOnlyMemory<byte> Bytes => File?.ToMemory() ?? _bytes;

    /// <summary>Whether the message is in a file, and is better read by <see cref="OpenRead"/> than as a whole.</summary>
    public bool IsInFile => File is not null;

    /// <summary>The file, or null for a message in memory.</summary>
    internal UploadFile? File { get; }

    /// <summary>Opens the message as a stream that can seek, of which a part is in memory at a time. The caller disposes it. Each stream may be read by one thread at a time, and several at once.</summary>
    /// <exception cref="IOException">The file cannot be read, or is not kept any more.</exception>
    public Stream OpenRead() => File?.OpenRead() ?? new MemoryStream(_bytes.ToArray(), writable: false);

    /// <summary>Writes the message, of which a part is in memory at a time.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <exception cref="IOException">The file cannot be read, or is not kept any more.</exception>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (File is null)
        {
            destination.Write(_bytes.Span);
            return;
        }

        File.WriteTo(destination);
    }

    /// <summary>Returns what the message says about itself.</summary>
    public MessageInfo? ReadInfo() => MessageInfo.TryRead(File is null ? _bytes.Span : File.Signed.Span, out MessageInfo? info) ? info : null;

    /// <summary>Describes the message without reading it.</summary>
    public override string ToString() => $"{Kind}, {Length} bytes";

    internal static SignedMessage[] All(IReadOnlyList<ReadOnlyMemory<byte>> messages) => [.. messages.Select(message => new SignedMessage(message))];
}
