using System.Collections.Immutable;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>
/// A shared-key protector shares a round key among the members of a committee, in a box for each, and signs the whole contribution.
/// </summary>
/// <param name="sharing">Shares round keys.</param>
/// <param name="committee">The committee.</param>
/// <param name="members">The members that have keys in the round, in their order.</param>
/// <param name="keys">Their keys, in the same order.</param>
/// <param name="identity">Signs the contribution.</param>
internal sealed class SharedKeyProtector(
    RoundKeySharing sharing,
    CommitteeTerms committee,
    ImmutableArray<RelayedMemberKey> members,
    ImmutableArray<BoxPublicKey> keys,
    ClientIdentity identity) : IKeyProtector
{
    private readonly int _shareLength = sharing.Parameters.ShareSizeInBytes;

    public long ProtectedLength => SharedKey.LengthOf(keys.Length, keys[0].BoxLength(_shareLength));

    public IProtectedKey Protect(RoundKey key, ReadOnlySpan<byte> publicContext) => new Shares(this, sharing.Share(key));

    private byte[] Seal(KeyShare[] shares, Attempt attempt, Contributor contributor, ReadOnlySpan<byte> tags)
    {
        var boxes = new ReadOnlyMemory<byte>[keys.Length];
        byte[] share = SecretMemory.Allocate<byte>(_shareLength);
        using var sealer = new BoxSealer();
        try
        {
            for (int i = 0; i < boxes.Length; i++)
            {
                ClientId member = members[i].Member;
                shares[committee.IndexOf(member)].CopyTo(share);
                var box = new byte[keys[i].BoxLength(_shareLength)];
                sealer.Seal(keys[i], share, attempt.BoxContext(contributor, member), box);
                boxes[i] = box;
            }
        }
        finally
        {
            SecretMemory.Zero<byte>(share);
        }

        Digest digest = BoxDigests.Of(
            [.. members.Select(member => (member.Member, member.KeyDigest))], [.. boxes.Select(box => Digest.Compute(box.Span))]);
        ContributionSeal seal = ContributionSeal.Sign(attempt, contributor, Digest.Compute(tags), digest, identity.Key);
        return new SharedKey(seal.Signature, [.. boxes]).ToArray();
    }

    /// <summary>The shares of one round key, until its upload is complete.</summary>
    private sealed class Shares(SharedKeyProtector protector, KeyShare[] shares) : IProtectedKey
    {
        public EncryptedVector? Ciphertext => null;

        public byte[] Complete(Attempt attempt, Contributor contributor, ReadOnlySpan<byte> tags)
            => protector.Seal(shares, attempt, contributor, tags);

        public void Dispose() => Array.ForEach(shares, share => share.Dispose());
    }
}
