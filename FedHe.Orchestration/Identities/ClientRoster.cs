using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Identities;

/// <summary>The clients of a federation and the keys their messages must be signed with. Immutable and public.</summary>
public sealed class ClientRoster
{
    private readonly FrozenDictionary<ClientId, VerificationKey> _keys;

    /// <summary>Lists the clients.</summary>
    /// <exception cref="ArgumentException">There are none, or a name or a key occurs twice.</exception>
    public ClientRoster(IEnumerable<KeyValuePair<ClientId, VerificationKey>> clients)
    {
        KeyValuePair<ClientId, VerificationKey>[] entries = [.. clients];
        if (entries.Length == 0 || entries.DistinctBy(entry => entry.Key).Count() < entries.Length)
        {
            throw Throw.RosterRepeatsClient(nameof(clients));
        }

        if (entries.DistinctBy(entry => entry.Value).Count() < entries.Length)
        {
            throw Throw.RosterRepeatsKey(nameof(clients));
        }

        _keys = entries.ToFrozenDictionary();
        Clients = [.. _keys.Keys.Order()];
    }

    /// <summary>The clients, sorted.</summary>
    public IReadOnlyList<ClientId> Clients { get; }

    /// <summary>Lists the clients of identities at hand, for a federation within one process.</summary>
    public static ClientRoster Of(IEnumerable<ClientIdentity> identities)
        => new(identities.Select(identity => KeyValuePair.Create(identity.Client, identity.VerificationKey)));

    /// <summary>Finds the key of a client, if the roster lists the client.</summary>
    public bool TryGetKey(ClientId client, [NotNullWhen(true)] out VerificationKey? key) => _keys.TryGetValue(client, out key);
}
