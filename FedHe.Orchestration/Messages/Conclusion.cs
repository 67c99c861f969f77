using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Messages;

/// <summary>"The job has ended, and this is how."</summary>
internal sealed record Conclusion(Guid JobId, FederationOutcome Outcome) : FederationMessage(JobId)
{
    public override MessageKind Kind => MessageKind.Conclusion;

    public static Conclusion ReadBody(ref WireReader reader, Guid jobId)
    {
        var outcome = (FederationOutcome)reader.ReadByte();
        reader.Require(Enum.IsDefined(outcome), FormatError.FieldOutOfRange);
        return new Conclusion(jobId, outcome);
    }

    public override void WriteBody(WireWriter writer) => writer.WriteByte((byte)Outcome);
}
