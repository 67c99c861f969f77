using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// An authority step is the result of one key request. It changes nothing that has to be saved: what an authority keeps is
/// written once, by <see cref="KeyAuthority.Save(System.Buffers.IBufferWriter{byte}, Protection.ISecretProtector)"/>.
/// </summary>
public sealed record AuthorityStep
{
    /// <summary>The bytes to send back, which <see cref="KeyRequest.Open(FedHe.Crypto.HeContext, ReadOnlyMemory{byte})"/> takes.</summary>
    public required ReadOnlyMemory<byte> Answer { get; init; }

    /// <summary>The client that the request names, or null where it names none; not verified when the request was refused.</summary>
    public required ClientId? Client { get; init; }

    /// <summary>The reason why no keys were granted, or null when they were.</summary>
    public required KeyRefusalReason? Refusal { get; init; }
}
