using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Watching;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.AspNetCore.Dashboard;

/// <summary>The progress of an attempt is what each client does in it, and who is late: most others that the round waits for have uploaded.</summary>
/// <param name="status">What the server said of itself.</param>
/// <param name="attempt">What was seen of its current attempt, or null.</param>
internal sealed class AttemptProgress(JobStatus status, WatchedRound? attempt)
{
    private readonly bool _areMostIn = attempt is not null
        && 2 * attempt.Parties.Values.Count(times => times.Accepted is not null)
            > attempt.Parties.Count(party => party.Value is { Accepted: not null } || (party.Value.Invited is not null && !status.Withdrawn.Contains(new ClientId(party.Key))));

    /// <summary>Says what a client does.</summary>
    public string DoingOf(ClientId client) => status switch
    {
        { Outcome: not null } => "ended",
        _ when status.AwaitedMembers.TryGetValue(client, out MessageKind owed) => $"owes {owed}",
        { Phase: ServerPhase.Collecting } when TimesOf(client) is { Accepted: not null } => "uploaded",
        _ when status.Withdrawn.Contains(client) => "contributes no more",
        { Phase: not ServerPhase.Collecting } => "waits",
        _ => TimesOf(client) switch
        {
            null or { Invited: null } => "not invited",
            { Sending: not null } => "sends",
            { Taken: not null } => "trains",
            _ => "invited",
        },
    };

    /// <summary>Tells whether the round waits for a client although most others have uploaded.</summary>
    public bool IsLate(ClientId client)
        => status.Phase == ServerPhase.Collecting && _areMostIn && !status.Withdrawn.Contains(client) && TimesOf(client) is { Invited: not null, Accepted: null };

    private PartyTimes? TimesOf(ClientId client) => attempt?.Parties.GetValueOrDefault(client.Value);
}
