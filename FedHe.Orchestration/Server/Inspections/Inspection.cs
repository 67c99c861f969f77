using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.Server.Inspections;

/// <summary>
/// An inspection is what a server knows while it finds out whose tags made an attempt void, as data. What clients show goes
/// through the server and is not kept.
/// </summary>
/// <param name="round">The round.</param>
/// <param name="attempt">The void attempt at the round.</param>
/// <param name="referenceWeight">The reference weight of the attempt.</param>
/// <param name="list">The digest of the list that clients object to.</param>
/// <param name="part">The part that clients show.</param>
/// <param name="sum">The bytes of the sum that clients object to, for a client that has not seen it.</param>
internal sealed class Inspection(int round, int attempt, long referenceWeight, Digest list, InspectedPart part, SumBytes sum)
{
    public int Round => round;

    public int Attempt => attempt;

    public long ReferenceWeight => referenceWeight;

    public Digest List => list;

    public InspectedPart Part => part;

    public SumBytes Sum => sum;

    /// <summary>Whether the clients were reminded, after the first deadline.</summary>
    public bool IsReminded { get; set; }

    /// <summary>The clients that objected, and so have seen the sum.</summary>
    public SortedSet<ClientId> Objectors { get; } = [];

    /// <summary>The uploads, by client.</summary>
    public SortedDictionary<ClientId, InspectedUpload> Uploads { get; } = [];
}
