using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Messages;

/// <summary>
/// What the server made of a message. The message is named by the digest of its bytes, so that even bytes that could not
/// be parsed get an answer, and equal bytes get an equal one.
/// </summary>
internal sealed record Acknowledgement(Guid JobId, Digest MessageDigest, RefusalReason Reason) : FederationMessage(JobId)
{
    public override MessageKind Kind => MessageKind.Acknowledgement;

    public static Acknowledgement ReadBody(ref WireReader reader, Guid jobId)
    {
        Digest digest = reader.ReadDigest();
        var reason = (RefusalReason)reader.ReadByte();
        reader.Require(Enum.IsDefined(reason), FormatError.FieldOutOfRange);
        return new Acknowledgement(jobId, digest, reason);
    }

    public override void WriteBody(WireWriter writer)
    {
        writer.WriteDigest(MessageDigest);
        writer.WriteByte((byte)Reason);
    }
}
