using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>"I missed the aggregate of this round: send me the latest."</summary>
internal sealed record AggregateRequest(Guid JobId, ClientId Client, int Round) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.AggregateRequest;

    public static AggregateRequest ReadContent(ref WireReader reader, Guid jobId, ClientId client)
        => new(jobId, client, reader.ReadRound());

    protected override void WriteContent(WireWriter writer) => writer.WriteInt32(Round);
}
