using FedHe.Crypto.Keys;
using FedHe.Orchestration.Protection;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>A changed secret is a protector that changes what another protector gives back, as a holder of the key could.</summary>
internal sealed class ChangedSecret(ISecretProtector inner, Action<Span<byte>> change) : ISecretProtector
{
    public byte[] Protect(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context) => inner.Protect(secret, context);

    public bool TryUnprotect(ReadOnlySpan<byte> protectedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret)
    {
        using var given = new PinnedBufferWriter();
        if (!inner.TryUnprotect(protectedSecret, context, given))
        {
            return false;
        }

        Span<byte> changed = secret.GetSpan(given.WrittenSpan.Length)[..given.WrittenSpan.Length];
        given.WrittenSpan.CopyTo(changed);
        change(changed);
        secret.Advance(changed.Length);
        return true;
    }
}
