using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Transport;

/// <summary>The clients of a federation within one process draw the order in which they become members, by commitments and reveals.</summary>
internal static class InProcessDraw
{
    public static CommitteeDraw Run(ClientRoster roster, IReadOnlyList<ClientIdentity> identities)
    {
        var drawId = Guid.NewGuid();
        List<DrawTicket> tickets = [.. identities.Select(identity => new DrawTicket(drawId, roster, identity))];
        try
        {
            ReadOnlyMemory<byte>[] commitments = [.. tickets.Select(ticket => ticket.Commitment)];

            // Each client would verify all signatures; within one process once is as good, and a thousand clients need not wait for a million.
            SortedDictionary<ClientId, Digest> verified = DrawFormat.ReadCommitments(drawId, roster, commitments);
            return CommitteeDraw.Read(drawId, roster, commitments, tickets.Select(ticket => ticket.Reveal(verified)));
        }
        finally
        {
            tickets.ForEach(ticket => ticket.Dispose());
        }
    }
}
