using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Server.Inspections;

/// <summary>An inspected upload is what a server knows of one upload of a void attempt, as data.</summary>
/// <param name="contributor">The contributor, as the list names it.</param>
/// <param name="expected">The digest of the part that was folded in.</param>
internal sealed class InspectedUpload(Contributor contributor, Digest expected)
{
    public Contributor Contributor => contributor;

    /// <summary>The digest of the part that was folded in.</summary>
    public Digest Expected => expected;

    /// <summary>What the client showed.</summary>
    public ShownOutcome Outcome { get; set; }

    /// <summary>The digest of the bytes that the client showed; nothing before.</summary>
    public Digest ShownDigest { get; set; }

    /// <summary>The clients that check the part, with their verdicts: whether the tags are right, or null before.</summary>
    public SortedDictionary<ClientId, bool?> Verdicts { get; } = [];

    /// <summary>Whether nothing more is waited for.</summary>
    public bool IsDecided => Outcome switch
    {
        ShownOutcome.Same => Verdicts.Values.All(verdict => verdict is not null),
        _ => Outcome == ShownOutcome.Other,
    };
}
