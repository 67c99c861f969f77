using System.Collections.Immutable;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>The member-key rules decide to which keys a client seals the shares of its round key.</summary>
internal static class MemberKeyRules
{
    /// <summary>
    /// Returns the keys, or null unless they are keys of a quorum of different members, each signed for this job, epoch and round by
    /// its member.
    /// </summary>
    public static ImmutableArray<BoxPublicKey>? TryRead(ImmutableArray<RelayedMemberKey> relayed, FederationJob job, int round)
    {
        var keys = ImmutableArray.CreateBuilder<BoxPublicKey>();
        ClientId? previous = null;
        foreach (RelayedMemberKey own in relayed)
        {
            bool isInOrder = previous is not ClientId before || before.CompareTo(own.Member) < 0;
            if (!isInOrder || TryRead(own, job, round) is not BoxPublicKey key)
            {
                return null;
            }

            previous = own.Member;
            keys.Add(key);
        }

        return keys.Count >= job.Committee!.Quorum ? keys.ToImmutable() : null;
    }

    /// <summary>Returns one key, or null unless its member signed it for this job, epoch and round.</summary>
    public static BoxPublicKey? TryRead(RelayedMemberKey relayed, FederationJob job, int round)
    {
        var message = new MemberKeyMessage(job.JobId, relayed.Member, job.EpochNumber, round, relayed.Key);
        bool isSigned = job.Committee!.Has(relayed.Member)
            && job.Roster.TryGetKey(relayed.Member, out VerificationKey? member)
            && MessageSignature.Verifies(
                MessageFormat.WriteWithSignature(message, job.Authority.ParametersId, relayed.Signature.Span), message, member);
        return isSigned && BoxPublicKey.TryRead(job.Committee.KeyExchange, relayed.Key.Span, out BoxPublicKey? key) ? key : null;
    }
}
