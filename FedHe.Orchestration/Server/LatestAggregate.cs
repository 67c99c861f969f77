using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Server;

/// <summary>The newest aggregate, kept for clients that missed it.</summary>
internal sealed record LatestAggregate(int Round, ReadOnlyMemory<byte> Bytes)
{
    public Digest Digest { get; } = Digest.Compute(Bytes.Span);
}
