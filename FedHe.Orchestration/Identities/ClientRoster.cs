using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Identities;

/// <summary>
/// A client roster lists the clients of a federation and the keys that verify their messages. It is immutable and
/// public.
/// </summary>
public sealed class ClientRoster
{
    private readonly FrozenDictionary<ClientId, VerificationKey> _keys;

    /// <summary>Creates the roster of some clients.</summary>
    /// <exception cref="ArgumentException">There is no client, or a name or a key occurs twice.</exception>
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

    /// <summary>The clients on the roster, sorted.</summary>
    public IReadOnlyList<ClientId> Clients { get; }

    /// <summary>
    /// Creates the roster of clients whose identities are at hand, for a federation within one process.
    /// </summary>
    public static ClientRoster Of(IEnumerable<ClientIdentity> identities)
        => new(identities.Select(identity => KeyValuePair.Create(identity.Client, identity.VerificationKey)));

    /// <summary>Finds the verification key of a client; returns false when the client is not on the roster.</summary>
    public bool TryGetKey(ClientId client, [NotNullWhen(true)] out VerificationKey? key) => _keys.TryGetValue(client, out key);

    /// <summary>Returns whether some client on the roster has a verification key.</summary>
    internal bool Contains(VerificationKey key) => _keys.Values.Contains(key);
}
