using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>An outbox collects the messages of one call, in the order in which the host delivers them.</summary>
internal sealed class Outbox(FederationJob job)
{
    private readonly List<OutgoingMessage> _messages = [];

    /// <summary>Adds a message for one client, or for the unknown sender of the message that it answers.</summary>
    public void Send(ClientId? recipient, FederationMessage message)
        => _messages.Add(new OutgoingMessage(recipient, message.Kind, Write(message)));

    /// <summary>Adds the same message for many clients and returns its length in bytes.</summary>
    public int Broadcast(IEnumerable<ClientId> recipients, FederationMessage message)
    {
        byte[] bytes = Write(message);
        _messages.AddRange(recipients.Select(client => new OutgoingMessage(client, message.Kind, bytes)));
        return bytes.Length;
    }

    /// <summary>Adds an acknowledgement for the sender of a message.</summary>
    public void Acknowledge(ReadOnlySpan<byte> message, ClientId? recipient, RefusalReason reason)
        => Send(recipient, new Acknowledgement(job.JobId, Digest.Compute(message), reason));

    /// <summary>Returns the collected messages and empties the outbox.</summary>
    public OutgoingMessage[] TakeAll()
    {
        OutgoingMessage[] messages = [.. _messages];
        _messages.Clear();
        return messages;
    }

    private byte[] Write(FederationMessage message) => MessageFormat.Write(message, job.Authority.ParametersId);
}
