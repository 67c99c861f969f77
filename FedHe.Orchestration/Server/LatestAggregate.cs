using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Server;

/// <summary>The latest aggregate, kept for clients that missed it.</summary>
internal sealed record LatestAggregate(int Round, ReadOnlyMemory<byte> Bytes)
{
    public Digest Digest { get; } = Digest.Compute(Bytes.Span);
}
