using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>Collects the messages of one call for the host to deliver, in order.</summary>
internal sealed class Outbox(FederationJob job)
{
    private readonly List<OutgoingMessage> _messages = [];

    /// <summary>Sends a message to one client, or to the unknown sender of the message that this one answers.</summary>
    public void Send(ClientId? recipient, FederationMessage message)
        => _messages.Add(new OutgoingMessage(recipient, message.Kind, Write(message)));

    /// <summary>Sends the same message to many clients and returns its length in bytes.</summary>
    public int Broadcast(IEnumerable<ClientId> recipients, FederationMessage message)
    {
        byte[] bytes = Write(message);
        _messages.AddRange(recipients.Select(client => new OutgoingMessage(client, message.Kind, bytes)));
        return bytes.Length;
    }

    /// <summary>Answers the sender of a message.</summary>
    public void Acknowledge(ReadOnlySpan<byte> message, ClientId? recipient, RefusalReason reason)
        => Send(recipient, new Acknowledgement(job.JobId, Digest.Compute(message), reason));

    /// <summary>Hands the messages over and forgets them.</summary>
    public OutgoingMessage[] TakeAll()
    {
        OutgoingMessage[] messages = [.. _messages];
        _messages.Clear();
        return messages;
    }

    private byte[] Write(FederationMessage message) => MessageFormat.Write(message, job.Authority.ParametersId);
}
