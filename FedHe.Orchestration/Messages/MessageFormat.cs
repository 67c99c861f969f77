using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Persistence;

namespace FedHe.Orchestration.Messages;

/// <summary>
/// The message format encodes a message as header, kind, job, body and the signature of the party that sends it. Only key
/// refusals have no signature.
/// </summary>
internal static class MessageFormat
{
    private const int PayloadLengthOffset = WireHeader.SizeInBytes - sizeof(long);
    private const int KindOffset = WireHeader.SizeInBytes;
    private const int GuidSize = 16;

    // What stands before the update in an upload, and before the aggregate in its message, is shorter.
    public const int LongestBeginning = 1024;

    /// <summary>Encodes a key refusal, which nobody signs.</summary>
    public static byte[] Write(KeyRefusal message, Digest parametersId) => Write(message, parametersId, signatureLength: 0);

    /// <summary>Encodes a client's message and signs it.</summary>
    public static byte[] WriteSigned(ClientMessage message, Digest parametersId, ClientIdentity identity)
        => WriteSigned(message, parametersId, identity.Key);

    /// <summary>Encodes a server's message and signs it.</summary>
    public static byte[] WriteSigned(ServerMessage message, Digest parametersId, ServerIdentity identity)
        => WriteSigned(message, parametersId, identity.Key);

    /// <summary>Encodes a key grant and signs it.</summary>
    public static byte[] WriteSigned(KeyGrantMessage message, Digest parametersId, SigningKey key)
        => WriteSigned((FederationMessage)message, parametersId, key);

    public static bool TryRead(
        ReadOnlyMemory<byte> source,
        Digest parametersId,
        long maxBytes,
        [NotNullWhen(true)] out FederationMessage? message,
        out FormatError reason)
    {
        var reader = new WireReader(source.Span);
        reader.ReadHeader(WireKind.FederationMessage, parametersId, maxBytes, source.Length);
        var kind = (MessageKind)reader.ReadByte();
        Guid jobId = reader.ReadGuid();
        FederationMessage? read = ReadBody(ref reader, kind, source, jobId);
        reader.Require(read is not null, FormatError.WrongKind);
        if (read is not null && read.Signer != MessageSigner.Nobody)
        {
            reader.ReadBytes(MessageSignature.SizeInBytes);
        }

        reader.ExpectEnd();
        reason = reader.Error;
        message = reader.Failed ? null : read;
        return message is not null;
    }

    /// <summary>Parses an upload whose update stays in its stream.</summary>
    /// <param name="source">The message; untrusted.</param>
    /// <param name="parametersId">The parameters of the job.</param>
    /// <param name="maxBytes">The length of the longest message.</param>
    /// <param name="upload">The upload.</param>
    /// <param name="signed">The message without the update: what the signature covers, and the signature.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    public static bool TryReadUpload(
        MessageContent source, Digest parametersId, long maxBytes, [NotNullWhen(true)] out Upload? upload, out ReadOnlyMemory<byte> signed, out FormatError reason)
    {
        ReadOnlyMemory<byte> beginning = source.Read(0, (int)Math.Min(source.Length, LongestBeginning));
        var reader = new WireReader(beginning.Span);
        reader.ReadHeader(WireKind.FederationMessage, parametersId, maxBytes, source.Length);
        reader.Require(reader.ReadByte() == (byte)MessageKind.Upload, FormatError.WrongKind);
        Guid jobId = reader.ReadGuid();
        UploadSlot? slot = reader.ReadSlot(jobId, reader.ReadClientId());
        Digest digest = reader.ReadDigest();
        long length = reader.ReadInt64(0, FederationSafety.LargestMessageBytes);
        int start = beginning.Length - reader.Remaining;
        long end = start + length + MessageSignature.SizeInBytes;
        reader.Require(end <= source.Length, FormatError.Truncated);
        reader.Require(end >= source.Length, FormatError.TrailingBytes);
        reader.Require(slot is not null, FormatError.WrongKind);
        reason = reader.Error;
        signed = reader.Failed ? default : (byte[])[.. beginning.Span[..start], .. source.Read(source.Length - MessageSignature.SizeInBytes, MessageSignature.SizeInBytes).Span];
        upload = reader.Failed ? null : new Upload(slot!, Update: default, digest) { Streamed = source.Slice(start, length) };
        return upload is not null;
    }

    /// <summary>Parses the message of an aggregate that stays in its stream.</summary>
    /// <param name="source">The message; untrusted.</param>
    /// <param name="parametersId">The parameters of the job.</param>
    /// <param name="maxBytes">The length of the longest message.</param>
    /// <param name="aggregate">The message.</param>
    /// <param name="signed">The message without the aggregate: what the signature covers, and the signature.</param>
    public static bool TryReadAggregate(
        MessageContent source, Digest parametersId, long maxBytes, [NotNullWhen(true)] out AggregateMessage? aggregate, out ReadOnlyMemory<byte> signed)
    {
        ReadOnlyMemory<byte> beginning = source.Read(0, (int)Math.Min(source.Length, LongestBeginning));
        var reader = new WireReader(beginning.Span);
        reader.ReadHeader(WireKind.FederationMessage, parametersId, maxBytes, source.Length);
        reader.Require(reader.ReadByte() == (byte)MessageKind.Aggregate, FormatError.WrongKind);
        Guid jobId = reader.ReadGuid();
        StateStamp stamp = StateStamp.Read(ref reader);
        AggregateMessage read = AggregateMessage.ReadBeginning(ref reader, beginning, jobId) with { Stamp = stamp };
        long length = reader.ReadInt64(0, FederationSafety.LargestMessageBytes);
        int start = beginning.Length - reader.Remaining;
        reader.Require(start + length + MessageSignature.SizeInBytes == source.Length, FormatError.Truncated);
        signed = reader.Failed ? default : (byte[])[.. beginning.Span[..start], .. source.Read(source.Length - MessageSignature.SizeInBytes, MessageSignature.SizeInBytes).Span];
        aggregate = reader.Failed ? null : read with { Streamed = source.Slice(start, length) };
        return aggregate is not null;
    }

    /// <summary>Finds the update in the beginning of an upload. The method checks nothing: its caller compares the result with what was parsed.</summary>
    /// <param name="beginning">The bytes that the message begins with; untrusted.</param>
    /// <param name="start">Where the update begins.</param>
    /// <param name="length">The length of the update in bytes, as it is stated.</param>
    public static bool TryFindUpdate(ReadOnlySpan<byte> beginning, out int start, out long length)
    {
        var reader = new WireReader(beginning);
        reader.ReadBytes(WireHeader.SizeInBytes);
        reader.Require(reader.ReadByte() == (byte)MessageKind.Upload, FormatError.WrongKind);
        reader.ReadSlot(reader.ReadGuid(), reader.ReadClientId());
        reader.ReadDigest();
        length = reader.ReadInt64(0, FederationSafety.LargestMessageBytes);
        start = beginning.Length - reader.Remaining;
        return !reader.Failed;
    }

    /// <summary>Returns where the update of a client begins in an upload, in bytes.</summary>
    public static int UpdateStartOf(ClientId client)
        => KindOffset + sizeof(byte) + GuidSize + sizeof(ushort) + client.Value.Length + (2 * sizeof(int)) + Digest.SizeInBytes + sizeof(long);

    /// <summary>Encodes a client's message with a signature that another party relayed.</summary>
    public static byte[] WriteWithSignature(ClientMessage message, Digest parametersId, ReadOnlySpan<byte> signature)
    {
        byte[] bytes = Write(message, parametersId, MessageSignature.SizeInBytes);
        signature.CopyTo(bytes.AsSpan(^MessageSignature.SizeInBytes..));
        return bytes;
    }

    /// <summary>
    /// Returns the kind that a message states, unchecked, for a transport that only carries messages.
    /// </summary>
    public static MessageKind? PeekKind(ReadOnlySpan<byte> source)
        => source.Length > KindOffset && Enum.IsDefined((MessageKind)source[KindOffset]) ? (MessageKind)source[KindOffset] : null;

    private static byte[] WriteSigned(FederationMessage message, Digest parametersId, SigningKey key)
    {
        byte[] bytes = Write(message, parametersId, MessageSignature.SizeInBytes);
        MessageSignature.Write(bytes, message, key);
        return bytes;
    }

    private static byte[] Write(FederationMessage message, Digest parametersId, int signatureLength)
    {
        var buffer = new ArrayBufferWriter<byte>(message.SizeHint);
        var writer = new WireWriter(buffer);
        writer.WriteHeader(WireKind.FederationMessage, parametersId, payloadLength: 0);
        writer.WriteByte((byte)message.Kind);
        writer.WriteGuid(message.JobId);
        message.WriteBody(writer);

        // The length is known only now; it is written before anything is signed.
        byte[] bytes = new byte[buffer.WrittenCount + signatureLength];
        buffer.WrittenSpan.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(PayloadLengthOffset), bytes.Length + message.OmittedLength - WireHeader.SizeInBytes);
        return bytes;
    }

    private static FederationMessage? ReadBody(ref WireReader reader, MessageKind kind, ReadOnlyMemory<byte> source, Guid jobId)
    {
        switch (kind)
        {
            case MessageKind.KeyRefusal:
                return KeyRefusal.ReadBody(ref reader, jobId);
            case MessageKind.KeyGrant:
                return KeyGrantMessage.ReadBody(ref reader, source, jobId);
            case MessageKind.Invitation or MessageKind.Acknowledgement or MessageKind.Aggregate or MessageKind.Conclusion
                or MessageKind.History or MessageKind.Confirmations or MessageKind.Inquiry or MessageKind.CheckRequest or MessageKind.KeySum
                or MessageKind.MemberKeyRequest or MessageKind.BoxDelivery or MessageKind.ListOffer or MessageKind.EpochOffer or MessageKind.Epoch:
                return ReadServerMessage(ref reader, kind, source, jobId);
            default:
                return ReadClientMessage(ref reader, kind, source, jobId);
        }
    }

    private static ServerMessage? ReadServerMessage(ref WireReader reader, MessageKind kind, ReadOnlyMemory<byte> source, Guid jobId)
    {
        StateStamp stamp = StateStamp.Read(ref reader);
        ServerMessage? read = kind switch
        {
            MessageKind.Invitation => Invitation.ReadContent(ref reader, jobId),
            MessageKind.Acknowledgement => Acknowledgement.ReadContent(ref reader, jobId),
            MessageKind.Aggregate => AggregateMessage.ReadContent(ref reader, source, jobId),
            MessageKind.Conclusion => Conclusion.ReadContent(ref reader, jobId),
            MessageKind.History => HistoryMessage.ReadContent(ref reader, source, jobId),
            MessageKind.Inquiry => Inquiry.ReadContent(ref reader, jobId),
            MessageKind.CheckRequest => CheckRequest.ReadContent(ref reader, source, jobId),
            MessageKind.MemberKeyRequest => MemberKeyRequest.ReadContent(ref reader, jobId),
            MessageKind.BoxDelivery => BoxDelivery.ReadContent(ref reader, source, jobId),
            MessageKind.ListOffer => ListOffer.ReadContent(ref reader, source, jobId),
            MessageKind.EpochOffer => EpochOffer.ReadContent(ref reader, source, jobId),
            MessageKind.Epoch => EpochMessage.ReadContent(ref reader, source, jobId),
            MessageKind.KeySum => KeySumMessage.ReadContent(ref reader, source, jobId),
            _ => ConfirmationsMessage.ReadContent(ref reader, jobId),
        };
        return read is null ? null : read with { Stamp = stamp };
    }

    private static ClientMessage? ReadClientMessage(ref WireReader reader, MessageKind kind, ReadOnlyMemory<byte> source, Guid jobId)
    {
        ClientId client = reader.ReadClientId();
        return kind switch
        {
            MessageKind.KeyRequest => KeyRequestMessage.ReadContent(ref reader, source, jobId, client),
            MessageKind.Announcement => Announcement.ReadContent(ref reader, source, jobId, client),
            MessageKind.Upload => Upload.ReadContent(ref reader, source, jobId, client),
            MessageKind.AggregateRequest => AggregateRequest.ReadContent(ref reader, jobId, client),
            MessageKind.Confirmation => Confirmation.ReadContent(ref reader, jobId, client),
            MessageKind.Objection => Objection.ReadContent(ref reader, jobId, client),
            MessageKind.KeyApproval => KeyApproval.ReadContent(ref reader, jobId, client),
            MessageKind.Showing => Showing.ReadContent(ref reader, source, jobId, client),
            MessageKind.Verdict => Verdict.ReadContent(ref reader, jobId, client),
            MessageKind.MemberKey => MemberKeyMessage.ReadContent(ref reader, source, jobId, client),
            MessageKind.BoxReport => BoxReport.ReadContent(ref reader, jobId, client),
            MessageKind.ShareAnswer => ShareAnswer.ReadContent(ref reader, source, jobId, client),
            MessageKind.EpochVote => EpochVote.ReadContent(ref reader, jobId, client),
            _ => null,
        };
    }
}
