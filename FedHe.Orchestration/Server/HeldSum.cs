using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.Server;

/// <summary>
/// A held sum is the completed sum of an attempt whose round keys clients check first. While it is held, nobody but the server has
/// anything of its values, and so its round keys may be shown one by one where their tags are wrong.
/// </summary>
/// <param name="keySum">The bytes of the sum of the round keys.</param>
/// <param name="aggregate">The bytes of the whole aggregate.</param>
/// <param name="parts">The digests of the parts of every upload.</param>
internal sealed class HeldSum(ReadOnlyMemory<byte> keySum, SumBytes aggregate, IReadOnlyDictionary<ClientId, PartDigests> parts)
{
    public ReadOnlyMemory<byte> KeySum => keySum;

    public SumBytes Aggregate => aggregate;

    /// <summary>The digests of the parts of every upload.</summary>
    public IReadOnlyDictionary<ClientId, PartDigests> Parts => parts;

    /// <summary>The list of the sum of the round keys.</summary>
    public ContributorList KeyList { get; } = VerifiableAggregate.TryRead(keySum)!.List;

    /// <summary>The digest of that list, which approvals and objections name.</summary>
    public Digest KeyListDigest => KeyList.Chain;

    /// <summary>The clients that approve the round keys.</summary>
    public SortedSet<ClientId> Approvals { get; } = [];

    /// <summary>The clients that object to the round keys, with the part that each names.</summary>
    public SortedDictionary<ClientId, InspectedPart> Objections { get; } = [];

    /// <summary>Tells whether more than half of the clients that can be reached approve.</summary>
    public bool IsApproved(int available) => Approvals.Count > available / 2;

    /// <summary>Tells whether more than half of the clients that can be reached object, and more than approve.</summary>
    public bool IsVoid(int available) => Objections.Count > available / 2 && Objections.Count > Approvals.Count;
}
