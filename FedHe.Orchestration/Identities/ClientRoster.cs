using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Identities;

/// <summary>
/// A client roster lists the clients of a federation and the keys that verify their messages. It is immutable and
/// public.
/// </summary>
public sealed class ClientRoster
{
    private readonly Dictionary<ClientId, VerificationKey> _keys = [];

    /// <summary>Creates the roster of some clients.</summary>
    /// <exception cref="ArgumentException">There is no client, or a name or a key occurs twice.</exception>
    public ClientRoster(IEnumerable<KeyValuePair<ClientId, VerificationKey>> clients)
    {
        ArgumentNullException.ThrowIfNull(clients);
        var distinct = new HashSet<VerificationKey>();
        foreach ((ClientId client, VerificationKey key) in clients)
        {
            if (!_keys.TryAdd(client, key))
            {
                throw Throw.RosterRepeatsClient(nameof(clients));
            }

            if (!distinct.Add(key))
            {
                throw Throw.RosterRepeatsKey(nameof(clients));
            }
        }

        if (_keys.Count == 0)
        {
            throw Throw.RosterRepeatsClient(nameof(clients));
        }

        ClientId[] sorted = [.. _keys.Keys];
        Array.Sort(sorted);
        Clients = Array.AsReadOnly(sorted);
    }

    /// <summary>The clients on the roster, sorted.</summary>
    public IReadOnlyList<ClientId> Clients { get; }

    /// <summary>
    /// Creates the roster of clients whose identities are at hand, for a federation within one process.
    /// </summary>
    public static ClientRoster Of(IEnumerable<ClientIdentity> identities)
        => new(identities.Select(identity => KeyValuePair.Create(identity.Client, identity.VerificationKey)));

    /// <summary>Creates the roster of a later epoch: with clients that join, and without those that leave.</summary>
    /// <param name="joining">The clients that join, and their verification keys.</param>
    /// <param name="leaving">The clients that leave.</param>
    /// <exception cref="ArgumentException">No client remains, or a name or a key occurs twice.</exception>
    public ClientRoster With(IEnumerable<KeyValuePair<ClientId, VerificationKey>> joining, IEnumerable<ClientId> leaving)
        => new(_keys.ExceptBy(leaving, entry => entry.Key).Concat(joining));

    internal void Write(WireWriter writer)
    {
        writer.WriteInt32(Clients.Count);
        foreach (ClientId client in Clients)
        {
            writer.WriteClientId(client);
            writer.WriteBytes(_keys[client].Encoded);
        }
    }

    /// <summary>Reads a roster, or returns null after a failure.</summary>
    internal static ClientRoster? Read(ref WireReader reader)
    {
        int count = reader.ReadInt32(1, int.MaxValue);
        var clients = new List<KeyValuePair<ClientId, VerificationKey>>();
        var keys = new HashSet<VerificationKey>();
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            ClientId client = reader.ReadClientId();
            bool isKey = VerificationKey.TryParse(reader.ReadBytes(VerificationKey.SizeInBytes), out VerificationKey? key);
            bool isInOrder = i == 0 || clients[i - 1].Key.CompareTo(client) < 0;
            reader.Require(isKey && isInOrder && keys.Add(key!), FormatError.Inconsistent);
            if (!reader.Failed)
            {
                clients.Add(KeyValuePair.Create(client, key!));
            }
        }

        return reader.Failed ? null : new ClientRoster(clients);
    }

    /// <summary>Finds the verification key of a client; returns false when the client is not on the roster.</summary>
    public bool TryGetKey(ClientId client, [NotNullWhen(true)] out VerificationKey? key) => _keys.TryGetValue(client, out key);

    /// <summary>Returns whether another roster has the same clients with the same keys.</summary>
    internal bool IsSame(ClientRoster other)
        => Clients.SequenceEqual(other.Clients) && Clients.All(client => _keys[client].Equals(other._keys[client]));

    /// <summary>Returns whether some client on the roster has a verification key.</summary>
    internal bool Contains(VerificationKey key) => _keys.ContainsValue(key);
}
