using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Keys;

/// <summary>An epoch key is the group key of one epoch at its authority, and the clients that may have it.</summary>
/// <param name="roster">The clients.</param>
/// <param name="groupKey">The key, which this object owns.</param>
internal sealed class EpochKey(ClientRoster roster, byte[] groupKey) : IDisposable
{
    /// <summary>The identity of the key.</summary>
    public KeyId Id { get; } = GroupKey.IdOf(groupKey);

    public ClientRoster Roster => roster;

    /// <summary>The key, for its authority to save.</summary>
    public ReadOnlySpan<byte> Secret => groupKey;

    /// <summary>What the authority gives out.</summary>
    public GrantedKey Granted => new(roster, request => KeyGrant.Create(request, Id, groupKey));

    public void Dispose() => SecretMemory.Zero<byte>(groupKey);
}
