using FedHe.Crypto.Errors;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;

namespace FedHe.Orchestration.Client;

/// <summary>
/// Server lives are the lives of the server that a client has heard. The client follows one of them, and takes back to each what it, or an
/// earlier one, cannot deny to have said, so that a server that was set back learns what it lacks.
/// </summary>
/// <param name="state">The client's state.</param>
/// <param name="outbox">Knows what the client sent.</param>
internal sealed class ServerLives(ClientState state, ClientOutbox outbox)
{
    private SentProof? _announced;
    private bool _isEarlierNext;

    /// <summary>Returns the reason to ignore a message, or null for one from the life that the client follows or from a later one.</summary>
    public IgnoredReason? Check(ServerMessage message) => ClientRules.Check(message.Stamp, state.Server);

    /// <summary>
    /// Returns the proof for an announcement: in turn what an earlier life said, which shows a server what it lacks, and what the life
    /// said that the client follows, which shows another server that it is not the one.
    /// </summary>
    public byte[] NextProof()
    {
        byte[] earlier = state.EarlierProof;
        _isEarlierNext = earlier.Length > 0 && !_isEarlierNext;
        return _isEarlierNext ? earlier : state.Proof;
    }

    /// <summary>Notes the latest announcement.</summary>
    public void Announced(SentProof announcement) => _announced = announcement;

    /// <summary>Has the next announcement take the proof of the earlier life along as well, in case that the latest one is lost.</summary>
    public void Repeat() => _isEarlierNext = false;

    /// <summary>
    /// Remembers which server speaks, and what it cannot deny to have said. Returns whether a later life than before, which may lack
    /// what an earlier one said, speaks unasked.
    /// </summary>
    public bool Remember(ServerMessage message, ReadOnlyMemory<byte> bytes)
    {
        bool isLater = message.Stamp.Life > state.Server.Life;
        if (isLater)
        {
            KeepProof();
        }

        state.Server = (message.Stamp.Life, message.Stamp.LifeId);
        ReadOnlyMemory<byte> proof = message switch
        {
            // An invitation with the keys of a committee may be too long for an announcement; acknowledgements say the same.
            Acknowledgement or Invitation or Conclusion when bytes.Length <= Announcement.MaxProofLength => bytes,
            AggregateMessage aggregate => aggregate.Proof,
            _ => default,
        };
        if (StampOf(proof) is StateStamp stamp && (StampOf(state.Proof) is not StateStamp known || stamp.Version >= known.Version))
        {
            state.Proof = proof.ToArray();
        }

        if (StampOf(state.EarlierProof) is StateStamp earlier && HasHeard(message, earlier))
        {
            state.EarlierProof = [];
        }

        // A client that announced itself again to every life that acknowledges an announcement would do so without end while the
        // server restarts often.
        bool isAnswer = message is Acknowledgement acknowledgement && outbox.HasSent(acknowledgement.MessageDigest);
        return isLater && !isAnswer && state.EarlierProof.Length > 0;
    }

    /// <summary>Keeps what the last life said when another one speaks, which may descend from a state that lacks it.</summary>
    private void KeepProof()
    {
        bool isEarlierMore = StampOf(state.EarlierProof) is StateStamp earlier && StampOf(state.Proof) is var last
            && (last is null || ClientRules.IsAfter(earlier, last.Value));
        state.EarlierProof = isEarlierMore ? state.EarlierProof : state.Proof;
        state.Proof = [];
        _isEarlierNext = false;
    }

    /// <summary>
    /// Tells whether the server is past a proof of an earlier life, or accepted an announcement with it, or, in the attempt of the
    /// proof, the client's upload: then it has lost nothing that the proof is about, or knows of it.
    /// </summary>
    private bool HasHeard(ServerMessage message, StateStamp earlier)
        => ClientRules.IsAfter(message.Stamp, earlier)
            || (message is Acknowledgement { Reason: RefusalReason.None } acknowledgement
                && ((_announced is SentProof sent && sent.Digest == acknowledgement.MessageDigest && sent.Proof == state.EarlierProof)
                    || (state.Upload?.Digest == acknowledgement.MessageDigest && !ClientRules.IsAfter(earlier, message.Stamp))));

    /// <summary>Returns the stamp of a short message of the server, or null where the bytes are none.</summary>
    private StateStamp? StampOf(ReadOnlyMemory<byte> proof)
        => !proof.IsEmpty
            && MessageFormat.TryRead(proof, state.Epochs.Job.Authority.ParametersId, proof.Length, out FederationMessage? message, out FormatError _)
            && message is ServerMessage own
            ? own.Stamp
            : null;
}
