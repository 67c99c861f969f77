using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>An outbox collects the messages of one call, in the order in which the host delivers them.</summary>
internal sealed class Outbox(FederationServerSetup setup)
{
    private readonly List<OutgoingMessage> _messages = [];

    /// <summary>Adds a message for one client, or for the unknown sender of the message that it answers.</summary>
    public void Send(ClientId? recipient, ServerMessage message)
        => _messages.Add(new OutgoingMessage(recipient, message.Kind, Write(message)));

    /// <summary>Adds a message that was signed before for one client.</summary>
    public void Send(ClientId recipient, MessageKind kind, ReadOnlyMemory<byte> signed)
        => _messages.Add(new OutgoingMessage(recipient, kind, signed));

    /// <summary>Adds the same bytes, signed once, for many clients.</summary>
    public void Broadcast(IEnumerable<ClientId> recipients, MessageKind kind, ReadOnlyMemory<byte> signed)
        => _messages.AddRange(recipients.Select(client => new OutgoingMessage(client, kind, signed)));

    /// <summary>Signs a message once and adds it for many clients.</summary>
    public void Broadcast(IEnumerable<ClientId> recipients, ServerMessage message)
        => Broadcast(recipients, message.Kind, Write(message));

    /// <summary>Adds an acknowledgement for the sender of a message.</summary>
    public void Acknowledge(ReadOnlySpan<byte> message, ClientId? recipient, RefusalReason reason)
        => Send(recipient, new Acknowledgement(setup.Job.JobId, Digest.Compute(message), reason));

    /// <summary>Returns the collected messages and empties the outbox.</summary>
    public OutgoingMessage[] TakeAll()
    {
        OutgoingMessage[] messages = [.. _messages];
        _messages.Clear();
        return messages;
    }

    private byte[] Write(ServerMessage message)
        => MessageFormat.WriteSigned(message, setup.Job.Authority.ParametersId, setup.Identity);
}
