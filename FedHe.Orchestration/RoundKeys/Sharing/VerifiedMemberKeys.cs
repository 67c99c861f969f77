using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>
/// Verified member keys remember the members' keys of the last invitation whose signatures held, so that a client verifies them once, and not
/// again when it encrypts.
/// </summary>
/// <remarks>
/// What is remembered holds for the same bytes at the same round and attempt, in the epoch of the job, and for nothing else. It lives in memory
/// alone: a client that was restarted verifies again.
/// </remarks>
/// <param name="job">The job in one epoch.</param>
internal sealed class VerifiedMemberKeys(FederationJob job)
{
    private (int Round, int Attempt, Digest Bytes) _verified;
    private ImmutableArray<BoxPublicKey> _keys;

    /// <summary>Returns the keys of an invitation, in the order of their members, or null where <see cref="MemberKeyRules"/> refuse them.</summary>
    public ImmutableArray<BoxPublicKey>? TryRead(Invitation invitation)
    {
        var asked = (invitation.Slot.Round, invitation.Slot.Attempt, DigestOf(invitation.MemberKeys));
        if (!_keys.IsDefault && asked == _verified)
        {
            return _keys;
        }

        if (MemberKeyRules.TryRead(invitation.MemberKeys, job, invitation.Slot.Round) is not ImmutableArray<BoxPublicKey> keys)
        {
            return null;
        }

        (_verified, _keys) = (asked, keys);
        return keys;
    }

    /// <summary>Computes the digest of everything that the rules read: members, keys and signatures.</summary>
    private static Digest DigestOf(ImmutableArray<RelayedMemberKey> keys)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        foreach (RelayedMemberKey key in keys)
        {
            key.Write(writer);
        }

        return Digest.Compute(bytes.WrittenSpan);
    }
}
