namespace FedHe.Crypto.Random;

/// <summary>A seed and how often its expansion counts.</summary>
internal readonly struct WeightedSeed(in Seed seed, long weight) : IComparable<WeightedSeed>
{
    public const int EncodedLength = Random.Seed.SizeInBytes + sizeof(long);

    private readonly Seed _seed = seed;

    public Seed Seed => _seed;

    /// <summary>At least 1.</summary>
    public long Weight => weight;

    /// <summary>Orders by the bytes of the seeds, so that a list has one canonical order.</summary>
    public int CompareTo(WeightedSeed other) => ((ReadOnlySpan<byte>)_seed).SequenceCompareTo(other._seed);
}
