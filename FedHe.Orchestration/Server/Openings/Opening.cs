using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.Server.Openings;

/// <summary>
/// An opening is a completed sum on its way through the committee: members open their boxes first, and then answer for the list.
/// </summary>
/// <param name="list">The list of contributors, which is fixed before anybody answers.</param>
/// <param name="aggregate">The bytes of the encrypted aggregate.</param>
/// <param name="deliveries">The boxes of each member that has a key of the round.</param>
internal sealed class Opening(ContributorList list, SumBytes aggregate, IReadOnlyDictionary<ClientId, ReadOnlyMemory<byte>> deliveries)
{
    public ContributorList List => list;

    /// <summary>The bytes of the list.</summary>
    public ReadOnlyMemory<byte> ListBytes { get; } = list.ToArray();

    /// <summary>The digest of the chain up to the list, which answers name.</summary>
    public Digest Chain { get; } = list.Chain;

    /// <summary>The bytes of the encrypted aggregate.</summary>
    public SumBytes Aggregate => aggregate;

    /// <summary>The boxes of each member that has a key of the round.</summary>
    public IReadOnlyDictionary<ClientId, ReadOnlyMemory<byte>> Deliveries => deliveries;

    /// <summary>The members that have reported, with the clients whose boxes did not open.</summary>
    public SortedDictionary<ClientId, ImmutableArray<ClientId>> Reports { get; } = [];

    /// <summary>
    /// Whether members were asked to answer for the list. From then on no other list of the round can be opened, and training results in
    /// it must not be encrypted again.
    /// </summary>
    public bool IsOffered { get; set; }

    /// <summary>Whether enough members have answered, and the others have a last chance.</summary>
    public bool IsInGrace { get; set; }

    /// <summary>The answers.</summary>
    public SortedDictionary<ClientId, RelayedAnswer> Answers { get; } = [];

    /// <summary>Returns the bytes of the aggregate with the answers.</summary>
    public SumBytes ToAggregate() => VerifiableAggregate.Join(ListBytes.Span, new CommitteeAnswers([.. Answers.Values]).ToArray(), aggregate);
}
