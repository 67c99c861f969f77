using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Random;

/// <summary>
/// A seed is 32 public bytes that stand for uniformly random polynomials. Each seed serves one vector only.
/// </summary>
[InlineArray(SizeInBytes)]
internal struct Seed
{
    public const int SizeInBytes = 32;

    private byte _first;

    public static Seed Create(RandomSource random)
    {
        var seed = default(Seed);
        random.Fill(seed);
        return seed;
    }

    public static Seed Read(ReadOnlySpan<byte> bytes)
    {
        var seed = default(Seed);
        bytes.CopyTo(seed);
        return seed;
    }
}
