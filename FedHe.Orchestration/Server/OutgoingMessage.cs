using System.Buffers;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.Server;

/// <summary>An outgoing message is one that the host has to deliver.</summary>
/// <remarks>
/// A message with an aggregate whose sum is in a file stays in the file (<see cref="FederationServerSetup.SumFolder"/>): read it as a stream, in ranges if you like, before the server's next step. It
/// cannot be read any more when the server keeps its sum no longer, or is disposed.
/// </remarks>
public readonly record struct OutgoingMessage
{
    private const int InfoLength = 1024;

    private readonly SumBytes? _content;

    /// <summary>Creates a message in memory.</summary>
    /// <param name="recipient">The client, or null for the unknown sender of the message that this message answers.</param>
    /// <param name="kind">The purpose of the message.</param>
    /// <param name="bytes">The bytes of the message.</param>
    public OutgoingMessage(ClientId? recipient, MessageKind kind, ReadOnlyMemory<byte> bytes)
        : this(recipient, kind, SumBytes.Of(bytes))
    {
    }

    internal OutgoingMessage(ClientId? recipient, MessageKind kind, SumBytes content) => (Recipient, Kind, _content) = (recipient, kind, content);

    /// <summary>The client, or null for the unknown sender of the message that this message answers.</summary>
    public ClientId? Recipient { get; }

    /// <summary>The purpose of the message.</summary>
    public MessageKind Kind { get; }

    /// <summary>The length of the message in bytes.</summary>
    public long Length => Content.Length;

    /// <summary>The bytes of the message, which are read into memory where they are in a file.</summary>
    /// <exception cref="InvalidOperationException">The message is longer than an array.</exception>
    /// <exception cref="MLBridge.Errors.SumFileException">The file cannot be read, or is damaged.</exception>
    /// <exception cref="ObjectDisposedException">The server keeps the sum in the message no longer.</exception>
    public ReadOnlyMemory<byte> Bytes => Content.ToMemory();

    /// <summary>Whether the message is in a file, and is better read by <see cref="OpenRead"/> than as a whole.</summary>
    public bool IsInFile => Content.Stored is not null;

    internal SumBytes Content => _content ?? SumBytes.Of(ReadOnlyMemory<byte>.Empty);

    /// <summary>Opens the message as a stream that can seek, of which a part is in memory at a time. Each stream may be read by one thread at a time, and several at once.</summary>
    /// <returns>The stream, whose reads throw what <see cref="Bytes"/> throws.</returns>
    public Stream OpenRead() => Content.OpenRead();

    /// <summary>Writes the message, of which a part is in memory at a time.</summary>
    /// <param name="destination">Receives the bytes.</param>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        Content.WriteTo(destination);
    }

    /// <summary>Returns what the message says about itself, for which its beginning is read.</summary>
    public MessageInfo? ReadInfo()
    {
        if (!IsInFile)
        {
            return MessageInfo.TryRead(Bytes.Span, out MessageInfo? known) ? known : null;
        }

        byte[] beginning = new byte[InfoLength];
        using Stream stream = OpenRead();
        int length = stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
        return MessageInfo.TryRead(beginning.AsSpan(0, length), out MessageInfo? info) ? info : null;
    }

    /// <summary>Describes the message without reading it.</summary>
    public override string ToString() => $"{Kind} for {Recipient}, {Length} bytes";

    /// <summary>Tells whether another message, for another client perhaps, is the same one, which a host need keep only once.</summary>
    /// <param name="other">The other message.</param>
    public bool IsSameMessageAs(OutgoingMessage other) => ReferenceEquals(_content, other._content) || (!IsInFile && !other.IsInFile && Bytes.Equals(other.Bytes));
}
