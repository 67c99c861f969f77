using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Keys;

/// <summary>A granted key is a key that an authority gives out, and to whom.</summary>
/// <param name="Roster">The clients that may request the key.</param>
/// <param name="Grant">Makes the grant for a request that was accepted.</param>
internal sealed record GrantedKey(ClientRoster Roster, Func<KeyRequestMessage, KeyGrantMessage> Grant);
