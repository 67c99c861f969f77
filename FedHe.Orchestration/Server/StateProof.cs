using FedHe.Crypto.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;

namespace FedHe.Orchestration.Server;

/// <summary>
/// A state proof is a short message that the server signed itself, and that a client sends back. Its stamp tells whether the
/// server has lost what it once knew.
/// </summary>
internal static class StateProof
{
    /// <summary>Compares the proof in an announcement with the server's state; nothing follows from a proof that is forged.</summary>
    public static ProofOutcome Check(ReadOnlyMemory<byte> proof, FederationServerSetup setup, ServerState state)
    {
        FederationJob job = setup.Job;
        bool isOwn = MessageFormat.TryRead(
                proof, job.Authority.ParametersId, Announcement.MaxProofLength, out FederationMessage? message, out FormatError _)
            && message is ServerMessage
            && message.JobId == job.JobId
            && MessageSignature.Verifies(proof.Span, message, setup.Identity.VerificationKey);
        return isOwn ? Check(((ServerMessage)message!).Stamp, state) : ProofOutcome.NothingNew;
    }

    private static ProofOutcome Check(StateStamp stamp, ServerState state)
    {
        if (stamp.LifeId == state.LifeId)
        {
            // The version of a step that is not saved was never on its way to a client.
            return stamp.Version <= state.Version ? ProofOutcome.NothingNew : ProofOutcome.Superseded;
        }

        if (stamp.Life >= state.Life)
        {
            return ProofOutcome.Superseded;
        }

        if (!state.Lineage.TryGetValue(stamp.LifeId, out long known) || stamp.Version <= known)
        {
            // An earlier life, or a second server of one that was given up when this server was restored.
            return ProofOutcome.NothingNew;
        }

        return (stamp.Round, stamp.Attempt).CompareTo((state.Stamp.Round, state.Stamp.Attempt)) switch
        {
            > 0 => ProofOutcome.Superseded,
            0 => ProofOutcome.LostInThisAttempt,
            _ => ProofOutcome.NothingNew,
        };
    }
}
