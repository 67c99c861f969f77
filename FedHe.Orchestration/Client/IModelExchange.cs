using FedHe.Crypto.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Updates;

namespace FedHe.Orchestration.Client;

/// <summary>A model exchange turns a client's model into an upload, and an aggregate into a model.</summary>
internal interface IModelExchange
{
    /// <summary>The protocol of round keys, or null without them.</summary>
    RoundKeyProtocol? Protocol { get; }

    /// <summary>Tells whether an invitation has the keys of committee members that the job needs, and no others.</summary>
    bool HasMemberKeys(Invitation invitation);

    /// <summary>Encrypts an update for the slot of an invitation.</summary>
    ReadOnlyMemory<byte> Encrypt(Invitation invitation, IFlatModel update, long weight, out ClampReport clamped);

    /// <summary>Returns the digest that names the model of an aggregate, or null for malformed bytes.</summary>
    Digest? DigestOf(ReadOnlyMemory<byte> aggregate);

    /// <summary>Opens an aggregate, or returns the reason to ignore it.</summary>
    IgnoredReason? TryOpen(AggregateMessage message, ClientState state, OpeningModels models, out OpenedModel? opened);

    /// <summary>Opens the aggregate of the client's own model, whose digest was compared, after a restart.</summary>
    IgnoredReason? TryOpenAgain(AggregateMessage message, OpeningModels models, out OpenedModel? opened);
}
