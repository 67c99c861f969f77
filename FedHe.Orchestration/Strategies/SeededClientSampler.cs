using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Strategies;

/// <summary>
/// A seeded client sampler draws clients from a public seed, with SHA-256 over seed, round, attempt and a counter.
/// Anyone who knows the seed can audit the selection, and foresee it.
/// </summary>
public sealed class SeededClientSampler : IClientSampler
{
    private readonly long _seed;

    /// <summary>Creates a sampler from a seed.</summary>
    /// <param name="seed">The public seed.</param>
    public SeededClientSampler(long seed) => _seed = seed;

    /// <inheritdoc/>
    public IReadOnlyList<ClientId> Sample(int round, int attempt, IReadOnlyList<ClientId> candidates, int count)
    {
        int counter = 0;
        return PartialShuffle.Draw(candidates, count, bound => Next(round, attempt, ref counter, (uint)bound));
    }

    /// <summary>
    /// Draws a uniform number below <paramref name="bound"/>; values that would favor small numbers are drawn again.
    /// </summary>
    private int Next(int round, int attempt, ref int counter, uint bound)
    {
        Span<byte> input = stackalloc byte[sizeof(long) + (3 * sizeof(int))];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        uint unfair = (uint.MaxValue - bound + 1) % bound;
        while (true)
        {
            BinaryPrimitives.WriteInt64LittleEndian(input, _seed);
            BinaryPrimitives.WriteInt32LittleEndian(input[8..], round);
            BinaryPrimitives.WriteInt32LittleEndian(input[12..], attempt);
            BinaryPrimitives.WriteInt32LittleEndian(input[16..], counter++);
            SHA256.HashData(input, hash);
            uint value = BinaryPrimitives.ReadUInt32LittleEndian(hash);
            if (value >= unfair)
            {
                return (int)(value % bound);
            }
        }
    }
}
