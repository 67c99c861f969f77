using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>What the authority's operator wants of the next epoch.</summary>
/// <param name="Joining">The clients that join.</param>
/// <param name="Leave">The clients that leave.</param>
/// <param name="Retire">The clients that stay and are to be members no more.</param>
/// <param name="Renew">Whether nothing but the group key changes.</param>
internal sealed record EpochChange(IReadOnlyCollection<JoiningClient> Joining, IReadOnlyCollection<string> Leave, IReadOnlyCollection<string> Retire, bool Renew)
{
    /// <summary>Whether nothing was said.</summary>
    public bool IsEmpty => !Renew && !ChangesRoster;

    /// <summary>The names of the clients that join.</summary>
    public IEnumerable<string> Join => Joining.Select(one => one.Name);

    private bool ChangesRoster => Joining.Count + Leave.Count + Retire.Count > 0;

    /// <summary>Throws unless the change can be one of a job in its epoch.</summary>
    public void Check(FederationJob job)
    {
        if (Renew && ChangesRoster)
        {
            throw ToolException.Usage("Every epoch has a fresh group key; --renew is for one that changes nothing else.");
        }

        string[] all = [.. Join, .. Leave, .. Retire];
        if (all.FirstOrDefault(name => !PartyFolder.IsClientName(name)) is string impossible)
        {
            throw ToolException.Usage($"A client cannot have the name '{impossible}'.");
        }

        if (all.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { Key: string twice })
        {
            throw ToolException.Usage($"{twice} is named twice. A client joins, leaves, or is retired.");
        }

        if (Join.FirstOrDefault(name => Has(job, name)) is string known)
        {
            throw ToolException.Refused($"{known} is on the roster of epoch {job.EpochNumber} already.");
        }

        if (Leave.Concat(Retire).FirstOrDefault(name => !Has(job, name)) is string unknown)
        {
            throw ToolException.Refused($"{unknown} is not on the roster of epoch {job.EpochNumber}: {string.Join(", ", job.Roster.Clients)}.");
        }
    }

    /// <summary>Tells whether a plan is what the change asks for.</summary>
    public bool IsThatOf(EpochPlan plan, FederationJob job)
        => IsSame(Join, plan.Roster.Clients.Where(client => !job.Roster.TryGetKey(client, out _)))
            && IsSame(Leave, job.Roster.Clients.Where(client => !plan.Roster.TryGetKey(client, out _)))
            && Joining.All(one => one.Fingerprint is null || JoiningClient.CardsIn(plan, job).Any(one.IsOn))
            && Retire.All(name => plan.Retired.Contains(new ClientId(name)));

    /// <summary>Makes the roster of the next epoch.</summary>
    /// <param name="before">The roster of the epoch before.</param>
    /// <param name="cards">The cards of clients in the inbox.</param>
    public ClientRoster RosterAfter(ClientRoster before, IReadOnlyCollection<PartyCard> cards)
        => before.With(cards.Select(card => KeyValuePair.Create(new ClientId(card.Name), card.Key)), Leave.Select(name => new ClientId(name)));

    private static bool Has(FederationJob job, string name) => job.Roster.TryGetKey(new ClientId(name), out _);

    private static bool IsSame(IEnumerable<string> names, IEnumerable<ClientId> clients) => clients.Select(client => client.Value).ToHashSet(StringComparer.Ordinal).SetEquals(names);
}
