using System.Collections.Immutable;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;

namespace FedHe.Tool.Watching;

/// <summary>Kit parties are the clients of a job, as the saved state of its server knows them.</summary>
internal sealed record KitParties(bool IsCollecting, bool HasEnded)
{
    public ImmutableHashSet<ClientId> Here { get; init; } = [];

    public ImmutableHashSet<ClientId> Uploaded { get; init; } = [];

    public ImmutableHashSet<ClientId> Withdrawn { get; init; } = [];

    public ImmutableHashSet<ClientId> Excluded { get; init; } = [];

    public ImmutableSortedDictionary<ClientId, MessageKind> Awaited { get; init; } = ImmutableSortedDictionary<ClientId, MessageKind>.Empty;

    public static KitParties Of(ServerStatus server) => new(server.Phase == ServerPhase.Collecting, server.Outcome is not null)
    {
        Here = [.. server.AvailableClients],
        Uploaded = [.. server.Contributions.Select(upload => upload.Client)],
        Withdrawn = [.. server.WithdrawnClients],
        Excluded = [.. server.ExcludedClients.Keys],
        Awaited = server.AwaitedMembers,
    };

    /// <summary>Says where a client is and what it does, and whether it is late: most others that the round waits for have uploaded.</summary>
    public WatchedParty ViewOf(ClientId client)
    {
        bool isAwaited = IsCollecting && Here.Contains(client) && !Uploaded.Contains(client) && !Withdrawn.Contains(client);
        bool areMostIn = 2 * Uploaded.Count > Here.Except(Withdrawn).Union(Uploaded).Count;
        return new WatchedParty(
            client.Value,
            Excluded.Contains(client) ? "excluded" : Here.Contains(client) ? "here" : "not here",
            HasEnded ? "ended"
                : Awaited.TryGetValue(client, out MessageKind owed) ? $"owes {owed}"
                : Uploaded.Contains(client) ? "uploaded"
                : Withdrawn.Contains(client) ? "contributes no more"
                : isAwaited ? "no upload yet"
                : "waits",
            isAwaited && areMostIn);
    }
}
