namespace FedHe.Crypto.Tests.Random;

/// <summary>Reproducible randomness for tests. Lives in the tests: production code cannot be given a seed.</summary>
internal sealed class DeterministicRandomSource(int seed) : UnhedgedRandomSource
{
    private readonly System.Random _random = new(seed);

    public override void Fill(Span<byte> destination) => _random.NextBytes(destination);
}
