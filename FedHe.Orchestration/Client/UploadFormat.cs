using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Client;

/// <summary>The upload format encodes what a client's state has of its latest upload: the message, or where it is, what the server said, and what the client showed of it.</summary>
internal static class UploadFormat
{
    public static void Write(WireWriter writer, SentUpload upload)
    {
        writer.WriteByte((byte)(upload.IsAcknowledged ? 1 : 0));
        if (upload.Message.File is UploadFile file)
        {
            file.Write(writer);
        }
        else
        {
            writer.WriteBytesWithLength(upload.Message.Bytes.Span);
        }

        writer.WriteByte((byte)(upload.Showing?.Part ?? InspectedPart.None));
        if (upload.Showing is SentShowing showing)
        {
            writer.WriteDigest(showing.List);
            writer.WriteBytes(showing.Signature.Span);
        }
    }

    /// <summary>Reads the upload for an invitation, or returns null where the reader failed. A file is not opened.</summary>
    public static SentUpload? Read(ref WireReader reader, Invitation invitation, FederationClientSetup setup)
    {
        bool isAcknowledged = reader.ReadFlag();
        UploadFile? file = setup.Files is ModelFiles files ? UploadFile.Read(ref reader, files.Folder) : null;
        byte[] bytes = file is null ? reader.ReadBytesWithLength().ToArray() : [];
        SentShowing? showing = ReadShowing(ref reader);
        if (file is not null)
        {
            bool isNamed = MessageInfo.TryRead(file.Signed.Span, out MessageInfo? info) && info.Kind == MessageKind.Upload
                && (info.Client, info.Round, info.Attempt) == (invitation.Slot.Client, invitation.Slot.Round, invitation.Slot.Attempt);
            reader.Require(isNamed, FormatError.Inconsistent);
            return reader.Failed ? null : new SentUpload(invitation, new SignedMessage(file), file.Digest, isAcknowledged, showing);
        }

        bool isUpload = MessageFormat.TryRead(
            bytes, setup.Job.Authority.ParametersId, bytes.Length, out FederationMessage? message, out _) && message is Upload upload && upload.Slot == invitation.Slot;
        reader.Require(isUpload, FormatError.Inconsistent);
        return isUpload ? new SentUpload(invitation, new SignedMessage(bytes), MessageSignature.DigestOf(bytes, message!), isAcknowledged, showing) : null;
    }

    private static SentShowing? ReadShowing(ref WireReader reader)
    {
        var part = (InspectedPart)reader.ReadByte();
        reader.Require(Enum.IsDefined(part), FormatError.FieldOutOfRange);
        return part == InspectedPart.None || reader.Failed
            ? null
            : new SentShowing(reader.ReadDigest(), part, reader.ReadBytes(MessageSignature.SizeInBytes).ToArray());
    }
}
