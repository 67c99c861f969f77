using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.Server;

/// <summary>
/// An outbox collects the messages of one step, in the order in which the host delivers them. They are signed when the step
/// has ended, because only then is it known which state they state.
/// </summary>
internal sealed class Outbox(FederationServerSetup setup)
{
    /// <summary>The length of the beginning of bytes from nobody that names them in the answer.</summary>
    public const int HashedLength = 1024;

    private readonly List<Entry> _entries = [];

    /// <summary>Adds a message for one client, or for the unknown sender of the message that it answers.</summary>
    public void Send(ClientId? recipient, ServerMessage message) => _entries.Add(new Entry([recipient], message.Kind, message, Signed: null));

    /// <summary>Adds a message that was signed before for one client.</summary>
    public void Send(ClientId recipient, MessageKind kind, SumBytes signed)
        => _entries.Add(new Entry([recipient], kind, Message: null, signed));

    /// <summary>Adds a message with an aggregate that is not the latest, for one client.</summary>
    public void Send(ClientId recipient, int round, SumBytes aggregate)
        => _entries.Add(new Entry([recipient], MessageKind.Aggregate, Message: null, Signed: null, stamp => LatestAggregate.Sign(setup, stamp, round, aggregate, proof: default)));

    /// <summary>
    /// Adds messages that an earlier life of the server returned, and that may not have been delivered. They are signed again in
    /// this life, because clients that have heard it hear no earlier one.
    /// </summary>
    public void SendAgain(IEnumerable<OutgoingMessage> messages, LatestAggregate? latest)
    {
        OutgoingMessage[] all = [.. messages];
        int end;
        for (int begin = 0; begin < all.Length; begin = end)
        {
            // What was one message to many is one again: it is signed once, and a host has to keep it once.
            OutgoingMessage first = all[begin];
            end = begin + 1;
            while (end < all.Length && IsSame(all[end], first))
            {
                end++;
            }

            ClientId?[] recipients = [.. all[begin..end].Select(message => message.Recipient)];
            if (first.Content == latest?.Message || first.IsInFile)
            {
                // An aggregate was signed when the state was read.
                _entries.Add(new Entry(recipients, first.Kind, Message: null, first.Content));
            }
            else if (MessageFormat.TryRead(
                first.Bytes, setup.Job.Authority.ParametersId, first.Bytes.Length, out FederationMessage? parsed, out _) && parsed is ServerMessage own)
            {
                _entries.Add(new Entry(recipients, first.Kind, own, Signed: null));
            }
        }
    }

    /// <summary>Adds the same bytes, signed once, for many clients.</summary>
    public void Broadcast(IEnumerable<ClientId> recipients, MessageKind kind, SumBytes signed)
        => _entries.Add(new Entry([.. recipients], kind, Message: null, signed));

    /// <summary>Adds a message for many clients, which is signed once.</summary>
    public void Broadcast(IEnumerable<ClientId> recipients, ServerMessage message)
        => _entries.Add(new Entry([.. recipients], message.Kind, message, Signed: null));

    /// <summary>Adds an acknowledgement for the sender of a message.</summary>
    public void Acknowledge(ReadOnlySpan<byte> bytes, ClientMessage message, RefusalReason reason)
        => Send(message.Client, new Acknowledgement(setup.Job.JobId, MessageSignature.DigestOf(bytes, message), reason));

    /// <summary>
    /// Adds a refusal for the unknown sender of bytes that are no message of a client. Only their beginning is hashed, so that a
    /// byte from nobody costs no work.
    /// </summary>
    public void RefuseUnknown(ReadOnlySpan<byte> bytes, RefusalReason reason)
        => Send(recipient: null, new Acknowledgement(setup.Job.JobId, Digest.Compute(bytes[..Math.Min(bytes.Length, HashedLength)]), reason));

    /// <summary>Forgets the collected messages.</summary>
    public void Discard() => _entries.Clear();

    /// <summary>Signs the collected messages, returns them and empties the outbox.</summary>
    /// <param name="stamp">The stamp of the state after the step.</param>
    public OutgoingMessage[] TakeAll(StateStamp stamp)
    {
        var messages = new List<OutgoingMessage>();
        foreach (Entry entry in _entries)
        {
            SumBytes bytes = entry.Signed ?? entry.Sign?.Invoke(stamp) ?? SumBytes.Of(Write(entry.Message! with { Stamp = stamp }));
            messages.AddRange(entry.Recipients.Select(recipient => new OutgoingMessage(recipient, entry.Kind, bytes)));
        }

        _entries.Clear();
        return [.. messages];
    }

    private byte[] Write(ServerMessage message)
        => MessageFormat.WriteSigned(message, setup.Job.Authority.ParametersId, setup.Identity);

    private static bool IsSame(OutgoingMessage message, OutgoingMessage other)
        => message.IsSameMessageAs(other) || (!message.IsInFile && !other.IsInFile && message.Bytes.Span.SequenceEqual(other.Bytes.Span));

    /// <summary>A message with its recipients; either it is still to be signed, or it is there as signed bytes.</summary>
    private sealed record Entry(ClientId?[] Recipients, MessageKind Kind, ServerMessage? Message, SumBytes? Signed, Func<StateStamp, SumBytes>? Sign = null);
}
