using FedHe.Crypto.Keys;
using FedHe.Orchestration.Protection;

namespace FedHe.Tool.Parties;

/// <summary>What protects the secrets of a folder while a command works in it.</summary>
internal sealed class FolderSecrets(ISecretProtector inner) : ISecretProtector, IDisposable
{
    public byte[] Protect(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context) => inner.Protect(secret, context);

    public bool TryUnprotect(ReadOnlySpan<byte> protectedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret)
        => inner.TryUnprotect(protectedSecret, context, secret);

    public void Dispose() => (inner as IDisposable)?.Dispose();
}
