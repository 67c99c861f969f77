using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>A message that a client signs. The signature covers every byte before it, the header included.</summary>
internal abstract record ClientMessage(Guid JobId, ClientId Client) : FederationMessage(JobId)
{
    public sealed override void WriteBody(WireWriter writer)
    {
        writer.WriteClientId(Client);
        WriteContent(writer);
    }

    protected abstract void WriteContent(WireWriter writer);
}
