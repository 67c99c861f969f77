using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Messages;

/// <summary>The key authority says no, and nothing else.</summary>
internal sealed record KeyRefusal(Guid JobId, KeyRefusalReason Reason) : FederationMessage(JobId)
{
    public override MessageKind Kind => MessageKind.KeyRefusal;

    public static KeyRefusal ReadBody(ref WireReader reader, Guid jobId)
    {
        var reason = (KeyRefusalReason)reader.ReadByte();
        reader.Require(Enum.IsDefined(reason), FormatError.FieldOutOfRange);
        return new KeyRefusal(jobId, reason);
    }

    public override void WriteBody(WireWriter writer) => writer.WriteByte((byte)Reason);
}
