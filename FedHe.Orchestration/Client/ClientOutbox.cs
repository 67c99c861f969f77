using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A client outbox signs what a client says, and remembers it, so that acknowledgements are recognized and what was not acknowledged is sent
/// again. Messages may be signed at any time, also while a message of the server is being handled.
/// </summary>
/// <param name="state">The client's state.</param>
/// <param name="identity">The client.</param>
internal sealed class ClientOutbox(ClientState state, ClientIdentity identity)
{
    private readonly SentMessages _sent = new();

    private FederationJob Job => state.Epochs.Job;

    /// <summary>Remembers what a restored client sent in an earlier life.</summary>
    public void Resume()
    {
        if (state.Upload is SentUpload upload)
        {
            _sent.Add(upload.Digest);
        }

        if (state.Statement is byte[] statement)
        {
            Remember(statement);
        }
    }

    /// <summary>Signs a message and remembers it, to recognize its acknowledgement.</summary>
    public byte[] Send(ClientMessage message) => Send(message, out _);

    /// <summary>Signs a message and remembers it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="digest">The digest by which the server acknowledges the message.</param>
    public byte[] Send(ClientMessage message, out Digest digest)
    {
        byte[] bytes = MessageFormat.WriteSigned(message, Job.Authority.ParametersId, identity);
        digest = MessageSignature.DigestOf(bytes, message);
        _sent.Add(digest);
        return bytes;
    }

    /// <summary>Signs a confirmation or an objection, which is sent again until the server has it.</summary>
    public byte[] State(ClientMessage statement)
    {
        state.Statement = Send(statement);
        state.Touch();
        return state.Statement;
    }

    /// <summary>Remembers a message that was signed elsewhere by its digest.</summary>
    public void Remember(Digest own) => _sent.Add(own);

    /// <summary>Remembers a message that was signed elsewhere, and returns it.</summary>
    public ReadOnlyMemory<byte> Remember(ReadOnlyMemory<byte> own)
    {
        _sent.Add(DigestOf(own));
        return own;
    }

    /// <summary>Asks for the aggregate of a round, unless the client has asked and waits for the answer.</summary>
    public ReadOnlyMemory<byte>[] Request(int round)
    {
        if (state.IsRequestOpen && state.RequestedRound == round)
        {
            return [];
        }

        state.RequestedRound = round;
        state.IsRequestOpen = true;
        return [Send(new AggregateRequest(Job.JobId, identity.Client, round, state.ChainRound))];
    }

    /// <summary>Asks for the latest aggregate.</summary>
    public byte[] RequestLatest()
    {
        state.RequestedLatest = true;
        return Send(new AggregateRequest(Job.JobId, identity.Client, state.ModelRound + 1, state.ChainRound));
    }

    /// <summary>Asks for the latest aggregate, unless the client has asked for one and waits for the answer.</summary>
    public ReadOnlyMemory<byte>[] RequestLatestOnce()
    {
        if (state.IsRequestOpen)
        {
            return [];
        }

        state.IsRequestOpen = true;
        return [RequestLatest()];
    }

    /// <summary>Tells whether the client sent a message lately.</summary>
    public bool HasSent(Digest message) => _sent.Contains(message);

    /// <summary>Notes that the server has answered a message of the client.</summary>
    /// <param name="message">The digest of the message.</param>
    /// <param name="isPutOff">Whether the message is an upload that the server wants again.</param>
    public void Acknowledge(Digest message, bool isPutOff)
    {
        if (!isPutOff && state.Upload?.Acknowledge(message) == true)
        {
            state.Touch();
        }

        if (state.Statement is byte[] statement && DigestOf(statement) == message)
        {
            state.Statement = null;
            state.Touch();
        }
    }

    /// <summary>Computes the digest by which the server acknowledges a message that the client wrote itself.</summary>
    private Digest DigestOf(ReadOnlyMemory<byte> own)
        => MessageFormat.TryRead(own, Job.Authority.ParametersId, own.Length, out FederationMessage? message, out FormatError error)
            ? MessageSignature.DigestOf(own.Span, message)
            : throw new StateRefusedException(StateError.Inconsistent, new HeFormatException(error, "message"));
}
