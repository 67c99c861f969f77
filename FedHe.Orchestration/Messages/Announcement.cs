using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Messages;

/// <summary>"I am here, and this is the job as I know it, and its mask."</summary>
internal sealed record Announcement(Guid JobId, ClientId Client, Digest JobDigest, Digest MaskDigest) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.Announcement;

    public static Announcement ReadContent(ref WireReader reader, Guid jobId, ClientId client)
        => new(jobId, client, reader.ReadDigest(), reader.ReadDigest());

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteDigest(JobDigest);
        writer.WriteDigest(MaskDigest);
    }
}
