using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>An observed answer is an answer that the observer opened: a share, and what its member says is the check of the sum.</summary>
/// <param name="Share">The member's share of the sum of all round keys on the list.</param>
/// <param name="Check">The bytes of a <see cref="KeySumCheck"/> in pinned memory; untrusted.</param>
internal sealed record ObservedAnswer(KeyShare Share, byte[] Check) : IDisposable
{
    public void Dispose()
    {
        Share.Dispose();
        SecretMemory.Zero<byte>(Check);
    }
}
