using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Tool.Output;

namespace FedHe.Tool.Folders;

/// <summary>The cards in the authority's inbox.</summary>
internal static class Cards
{
    public static IEnumerable<PartyCard> In(PartyFolder authority)
        => authority.Inbox().Select(file => PartyCard.TryRead(file.Read())).OfType<PartyCard>().DistinctBy(card => (card.Name, Convert.ToHexString(card.Key.Encoded)));

    public static Dictionary<ClientId, VerificationKey> ClientsOf(IEnumerable<PartyCard> cards)
    {
        var clients = new Dictionary<ClientId, VerificationKey>();
        foreach (PartyCard card in cards.Where(card => card.Role == PartyRole.Client))
        {
            if (!clients.TryAdd(new ClientId(card.Name), card.Key))
            {
                throw ToolException.Refused($"Two different cards say that they are of client {card.Name}. Compare their fingerprints, and delete the wrong one from the inbox.");
            }
        }

        return clients;
    }
}
