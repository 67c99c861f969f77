using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Tool.Watching;

namespace FedHe.Tool.Tests;

/// <summary>What 'fedhe watch' says of the clients of a saved server.</summary>
public sealed class KitPartiesTests
{
    private static readonly ClientId[] Clients = [.. Enumerable.Range(1, 7).Select(i => new ClientId($"c{i}"))];

    [Fact]
    public void Clients_OfARound_AreSaidToBeLateWhereItWaitsForThem()
    {
        // Three of the four that it waits for are in.
        var parties = new KitParties(IsCollecting: true, HasEnded: false)
        {
            Here = [.. Clients[..6]],
            Uploaded = [.. Clients[..3]],
            Withdrawn = [Clients[0], Clients[4], Clients[5]],
        };

        Clients.Select(parties.ViewOf).Select(party => (party.State, party.Doing, party.IsLate)).Should().Equal(
            ("here", "uploaded", false),
            ("here", "uploaded", false),
            ("here", "uploaded", false),
            ("here", "no upload yet", true),
            ("here", "contributes no more", false),
            ("here", "contributes no more", false),
            ("not here", "waits", false));
        (parties with { IsCollecting = false }).ViewOf(Clients[3]).Should().Be(new WatchedParty("c4", "here", "waits", IsLate: false));
        (parties with { HasEnded = true, Excluded = [Clients[4]] }).ViewOf(Clients[4]).Should().Be(new WatchedParty("c5", "excluded", "ended", IsLate: false));
        (parties with { Awaited = parties.Awaited.Add(Clients[4], MessageKind.ShareAnswer) }).ViewOf(Clients[4]).Doing.Should().Be("owes ShareAnswer", "it opens as before");
    }
}
