using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Tool.Folders;

namespace FedHe.Tool.Parties;

/// <summary>A client that joins, with the fingerprint that the operator compared.</summary>
/// <param name="Name">The name of the client.</param>
/// <param name="Fingerprint">The fingerprint of its card without spaces, or null where nobody has compared it.</param>
internal sealed record JoiningClient(string Name, string? Fingerprint)
{
    /// <summary>Reads NAME or NAME=FINGERPRINT.</summary>
    public static JoiningClient Parse(string text)
    {
        string[] parts = text.Split('=', 2);
        return new JoiningClient(parts[0], parts.Length == 1 ? null : Plain(parts[1]));
    }

    /// <summary>Returns a fingerprint as it is written on the command line.</summary>
    public static string Plain(string fingerprint) => string.Concat(fingerprint.Where(one => !char.IsWhiteSpace(one))).ToLowerInvariant();

    /// <summary>Returns the cards of the clients that join with a plan.</summary>
    public static IEnumerable<PartyCard> CardsIn(EpochPlan plan, FederationJob before)
    {
        foreach (ClientId client in plan.Roster.Clients.Where(client => !before.Roster.TryGetKey(client, out _)))
        {
            if (plan.Roster.TryGetKey(client, out VerificationKey? key))
            {
                yield return new PartyCard(PartyRole.Client, client.Value, key);
            }
        }
    }

    /// <summary>Tells whether a card is the one whose fingerprint was compared.</summary>
    public bool IsOn(PartyCard card) => card.Name == Name && Plain(card.Fingerprint) == Fingerprint;
}
