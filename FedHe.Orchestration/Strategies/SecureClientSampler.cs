using System.Buffers.Binary;
using FedHe.Crypto.Random;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Strategies;

/// <summary>
/// A secure client sampler draws clients with hedged randomness (<see cref="HedgedRandom"/>), so that nobody can foresee the
/// selection.
/// </summary>
public sealed class SecureClientSampler : IClientSampler
{
    /// <inheritdoc/>
    public IReadOnlyList<ClientId> Sample(int round, int attempt, IReadOnlyList<ClientId> candidates, int count)
        => PartialShuffle.Draw(candidates, count, NextBelow);

    // floor(r*limit/2^64) for a random word r is uniform to within 2^-33 of each probability.
    private static int NextBelow(int limit)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        HedgedRandom.Fill(word);
        return (int)Math.BigMul(BinaryPrimitives.ReadUInt64LittleEndian(word), (ulong)limit, out _);
    }
}
