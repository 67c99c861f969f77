using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Persistence;

namespace FedHe.Orchestration.Messages;

/// <summary>A federation message passes between the parties of one job.</summary>
internal abstract record FederationMessage(Guid JobId)
{
    public abstract MessageKind Kind { get; }

    /// <summary>The party whose signature ends the message.</summary>
    public abstract MessageSigner Signer { get; }

    /// <summary>
    /// The approximate length of the body in bytes, so that large messages are written without growing a buffer.
    /// </summary>
    public virtual int SizeHint => 256;

    /// <summary>
    /// The length of the content at the end of the body that the signature covers only through its digest, which stands before
    /// it: so a receiver knows who speaks before it reads the content. It is 0 for short messages, which are covered whole.
    /// </summary>
    public virtual int ContentLength => 0;

    /// <summary>The number of bytes of the content that this object does not write, because the sender of the message puts them before the signature; the header counts them.</summary>
    public virtual long OmittedLength => 0;

    public abstract void WriteBody(WireWriter writer);
}

/// <summary>
/// A client message is signed by its client. The signature covers every byte before it, the header included, but the content of
/// an upload only through its digest.
/// </summary>
internal abstract record ClientMessage(Guid JobId, ClientId Client) : FederationMessage(JobId)
{
    public sealed override MessageSigner Signer => MessageSigner.Client;

    public sealed override void WriteBody(WireWriter writer)
    {
        writer.WriteClientId(Client);
        WriteContent(writer);
    }

    protected abstract void WriteContent(WireWriter writer);
}

/// <summary>
/// A server message is signed by the server that the job names, so that no relay can forge or change it. It states the stamp
/// of the state that the server had on disk before it sent the message.
/// </summary>
internal abstract record ServerMessage(Guid JobId) : FederationMessage(JobId)
{
    public sealed override MessageSigner Signer => MessageSigner.Server;

    /// <summary>The stamp of the server's state.</summary>
    public StateStamp Stamp { get; init; }

    public sealed override void WriteBody(WireWriter writer)
    {
        Stamp.Write(writer);
        WriteContent(writer);
    }

    protected abstract void WriteContent(WireWriter writer);
}
