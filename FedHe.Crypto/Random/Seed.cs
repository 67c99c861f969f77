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

    /// <summary>Draws a fresh seed.</summary>
    /// <param name="random">The source.</param>
    /// <param name="publicContext">Public bytes that set this seed apart from others; never the plaintext.</param>
    public static Seed Create(EncryptionRandomSource random, ReadOnlySpan<byte> publicContext = default)
    {
        var seed = default(Seed);
        random.FillPublic(seed, publicContext);
        return seed;
    }

    public static Seed Read(ReadOnlySpan<byte> bytes)
    {
        var seed = default(Seed);
        bytes.CopyTo(seed);
        return seed;
    }
}
