using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>An epoch offer asks committee members to vote for the plan of the next epoch.</summary>
/// <param name="JobId">The job.</param>
/// <param name="FirstRound">The first round of the epoch.</param>
/// <param name="Base">The digest of the chain up to the round before, which has a sum.</param>
/// <param name="Plan">The bytes of the plan.</param>
internal sealed record EpochOffer(Guid JobId, int FirstRound, Digest Base, ReadOnlyMemory<byte> Plan) : ServerMessage(JobId)
{
    public override MessageKind Kind => MessageKind.EpochOffer;

    public override int SizeHint => base.SizeHint + Plan.Length;

    public static EpochOffer ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId)
        => new(jobId, reader.ReadRound(), reader.ReadDigest(), reader.ReadBytesWithLength(source));

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(FirstRound);
        writer.WriteDigest(Base);
        writer.WriteBytesWithLength(Plan.Span);
    }
}

/// <summary>
/// An epoch vote is a committee member's signature for the next epoch: the list before its first round is the member's last one, and the
/// member answers for no later one of this epoch.
/// </summary>
/// <param name="JobId">The job.</param>
/// <param name="Client">The member.</param>
/// <param name="FirstRound">The first round of the epoch.</param>
/// <param name="Number">The number of the epoch.</param>
/// <param name="Epoch">The digest of the epoch.</param>
internal sealed record EpochVote(Guid JobId, ClientId Client, int FirstRound, int Number, Digest Epoch) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.EpochVote;

    public static EpochVote ReadContent(ref WireReader reader, Guid jobId, ClientId client)
        => new(jobId, client, reader.ReadRound(), reader.ReadRound(), reader.ReadDigest());

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(FirstRound);
        writer.WriteInt32(Number);
        writer.WriteDigest(Epoch);
    }
}

/// <summary>An epoch message brings clients the certificate of an epoch.</summary>
/// <param name="JobId">The job.</param>
/// <param name="FirstRound">The first round of the epoch, for hosts that route messages; the certificate states it too.</param>
/// <param name="Certificate">The bytes of the certificate.</param>
internal sealed record EpochMessage(Guid JobId, int FirstRound, ReadOnlyMemory<byte> Certificate) : ServerMessage(JobId)
{
    public override MessageKind Kind => MessageKind.Epoch;

    public override int SizeHint => base.SizeHint + Certificate.Length;

    public static EpochMessage ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId)
        => new(jobId, reader.ReadRound(), reader.ReadBytesWithLength(source));

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(FirstRound);
        writer.WriteBytesWithLength(Certificate.Span);
    }
}
