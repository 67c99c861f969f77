namespace FedHe.Crypto.Random;

/// <summary>A weighted seed is a seed with the weight of its expansion in a sum.</summary>
internal readonly struct WeightedSeed(in Seed seed, long weight) : IComparable<WeightedSeed>
{
    public const int EncodedLength = Random.Seed.SizeInBytes + sizeof(long);

    private readonly Seed _seed = seed;

    public Seed Seed => _seed;

    /// <summary>The weight, at least 1.</summary>
    public long Weight => weight;

    /// <summary>Compares the bytes of the seeds, so that a list of seeds has one canonical order.</summary>
    public int CompareTo(WeightedSeed other) => ((ReadOnlySpan<byte>)_seed).SequenceCompareTo(other._seed);
}
