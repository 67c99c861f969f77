using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// An authority step is the result of one key request. It changes nothing that has to be saved: what an authority keeps is
/// written once, by <see cref="KeyAuthority.Save(System.Buffers.IBufferWriter{byte}, Protection.ISecretProtector)"/>.
/// </summary>
public sealed record AuthorityStep
{
    /// <summary>The bytes to send back; none while the request waits. They are what <see cref="KeyRequest.Open(FedHe.Crypto.HeContext, ReadOnlyMemory{byte})"/> takes.</summary>
    public required ReadOnlyMemory<byte> Answer { get; init; }

    /// <summary>The client that the request names, or null where it names none; not verified when the request was refused.</summary>
    public required ClientId? Client { get; init; }

    /// <summary>The reason why no keys were granted, or null when they were.</summary>
    public required KeyRefusalReason? Refusal { get; init; }

    /// <summary>
    /// Whether the request waits for approvals of administrators. Nothing is granted or sent; the same bytes are handled again when approvals have come.
    /// </summary>
    public bool IsWaiting { get; init; }

    /// <summary>The identity of the key that the client asks for; null where the request was refused.</summary>
    public KeyId? KeyId { get; init; }

    /// <summary>The key by which the client's signature was verified; null where the request was refused.</summary>
    public VerificationKey? ClientKey { get; init; }

    /// <summary>Who has approved the grant, and who still can; null where nobody has to approve, the request was refused, or the epoch of the key is not known to have begun.</summary>
    public ApprovalTally? Approvals { get; init; }
}
