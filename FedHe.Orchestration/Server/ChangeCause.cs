using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Server;

/// <summary>A change cause is what changed the state of a server, and with the state before it gives the state behind it: a message, a reference to one, or a client that cannot be reached.</summary>
internal readonly record struct ChangeCause
{
    /// <summary>The message; nothing where there is another cause.</summary>
    public ReadOnlyMemory<byte> Message { get; init; }

    /// <summary>The digest of a message that is kept elsewhere, or null.</summary>
    public Digest? Reference { get; init; }

    /// <summary>The client that cannot be reached, or null.</summary>
    public ClientId? Unreachable { get; init; }
}
