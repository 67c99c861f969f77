using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Persistence;

namespace FedHe.Orchestration.Messages;

/// <summary>
/// The message info is what a message says about itself at its beginning, for a host that routes messages or waits for one.
/// Nothing of it is verified: anybody can write it.
/// </summary>
/// <param name="Kind">The kind of the message.</param>
/// <param name="JobId">The job.</param>
/// <param name="Client">
/// The client that sent the message, that it invites, that its boxes are for, or whose upload an inspection is about; null for the server's other messages.
/// </param>
/// <param name="Round">The round that the message is about; 0 where it is about none.</param>
/// <param name="Attempt">The attempt at the round; 0 where the message names none.</param>
public sealed record MessageInfo(MessageKind Kind, Guid JobId, ClientId? Client, int Round, int Attempt)
{
    /// <summary>Reads what a message says about itself, without verifying anything and without reading the rest.</summary>
    /// <param name="message">The bytes of a message, or of its first kilobyte; untrusted.</param>
    /// <param name="info">What the message says about itself.</param>
    public static bool TryRead(ReadOnlySpan<byte> message, [NotNullWhen(true)] out MessageInfo? info)
    {
        var reader = new WireReader(message);
        reader.Require(reader.ReadBytes(sizeof(int)).SequenceEqual("FdHe"u8), FormatError.BadMagic);
        reader.Require(reader.ReadUInt16() == (ushort)WireKind.FederationMessage, FormatError.WrongKind);
        reader.Require(reader.ReadUInt16() == WireHeader.CurrentVersion, FormatError.UnsupportedVersion);
        reader.ReadBytes(Digest.SizeInBytes + sizeof(long));
        var kind = (MessageKind)reader.ReadByte();
        reader.Require(Enum.IsDefined(kind), FormatError.FieldOutOfRange);
        var read = new MessageInfo(kind, reader.ReadGuid(), Client: null, Round: 0, Attempt: 0);
        read = kind switch
        {
            MessageKind.KeyRefusal => read,
            MessageKind.KeyRequest or MessageKind.KeyGrant or MessageKind.Announcement => read with { Client = reader.ReadClientId() },
            MessageKind.Upload or MessageKind.Showing or MessageKind.BoxReport => read with { Client = reader.ReadClientId(), Round = ReadNumber(ref reader), Attempt = ReadNumber(ref reader) },
            MessageKind.Verdict => OfVerdict(ref reader, read),
            MessageKind.MemberKey => OfMemberKey(ref reader, read),
            MessageKind.AggregateRequest or MessageKind.Confirmation or MessageKind.Objection or MessageKind.KeyApproval
                or MessageKind.ShareAnswer or MessageKind.EpochVote => read with { Client = reader.ReadClientId(), Round = ReadNumber(ref reader) },
            _ => OfServer(ref reader, read),
        };
        info = reader.Failed ? null : read;
        return info is not null;
    }

    /// <summary>Reads the client that checked, and round and attempt of the upload of another client.</summary>
    private static MessageInfo OfVerdict(ref WireReader reader, MessageInfo read)
    {
        ClientId checker = reader.ReadClientId();
        reader.ReadClientId();
        return read with { Client = checker, Round = ReadNumber(ref reader), Attempt = ReadNumber(ref reader) };
    }

    /// <summary>Reads the member, and the round behind the epoch.</summary>
    private static MessageInfo OfMemberKey(ref WireReader reader, MessageInfo read)
    {
        ClientId member = reader.ReadClientId();
        ReadNumber(ref reader);
        return read with { Client = member, Round = ReadNumber(ref reader) };
    }

    private static MessageInfo OfServer(ref WireReader reader, MessageInfo read)
    {
        StateStamp.Read(ref reader);
        switch (read.Kind)
        {
            case MessageKind.Invitation or MessageKind.Inquiry or MessageKind.CheckRequest:
                return read with { Client = reader.ReadClientId(), Round = ReadNumber(ref reader), Attempt = ReadNumber(ref reader) };
            case MessageKind.Conclusion:
                reader.ReadByte();
                return read with { Round = ReadNumber(ref reader) };
            case MessageKind.BoxDelivery:
                return read with { Client = reader.ReadClientId(), Round = ReadNumber(ref reader) };
            case MessageKind.Aggregate or MessageKind.Confirmations or MessageKind.KeySum or MessageKind.MemberKeyRequest or MessageKind.ListOffer
                or MessageKind.EpochOffer or MessageKind.Epoch:
                return read with { Round = ReadNumber(ref reader) };
            default:
                return read;
        }
    }

    private static int ReadNumber(ref WireReader reader) => reader.ReadInt32(0, int.MaxValue);
}
