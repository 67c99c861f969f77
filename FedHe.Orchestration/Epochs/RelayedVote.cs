using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Epochs;

/// <summary>A relayed vote is the signature under a committee member's <see cref="EpochVote"/>, without its bytes.</summary>
/// <param name="Member">The member.</param>
/// <param name="Signature">The signature of the member's message.</param>
internal sealed record RelayedVote(ClientId Member, ReadOnlyMemory<byte> Signature)
{
    /// <summary>Tells whether a member of the epoch before signed a statement.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="job">The job in the epoch before.</param>
    public bool IsFor(EpochStatement statement, FederationJob job)
    {
        var message = new EpochVote(job.JobId, Member, statement.FirstRound, statement.Plan.Number, statement.Digest);
        return job.Committee!.Has(Member)
            && job.Roster.TryGetKey(Member, out VerificationKey? key)
            && MessageSignature.Verifies(MessageFormat.WriteWithSignature(message, job.Authority.ParametersId, Signature.Span), message, key);
    }

    public static RelayedVote Read(ref WireReader reader) => new(reader.ReadClientId(), reader.ReadBytes(MessageSignature.SizeInBytes).ToArray());

    public void Write(WireWriter writer)
    {
        writer.WriteClientId(Member);
        writer.WriteBytes(Signature.Span);
    }
}
