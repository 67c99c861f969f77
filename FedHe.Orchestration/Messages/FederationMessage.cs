using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.Messages;

/// <summary>A message between the parties of one job.</summary>
internal abstract record FederationMessage(Guid JobId)
{
    public abstract MessageKind Kind { get; }

    /// <summary>About how many bytes the body has, so that large messages are written without growing a buffer.</summary>
    public virtual int SizeHint => 256;

    public abstract void WriteBody(WireWriter writer);
}
