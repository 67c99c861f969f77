using System.Runtime.CompilerServices;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.SealFormat.Files;

/// <summary>A SEAL seed is 64 public bytes that stand for a uniformly random polynomial in a SEAL file.</summary>
[InlineArray(SizeInBytes)]
internal struct SealSeed
{
    public const int SizeInBytes = 64;

    private byte _first;

    public static SealSeed Create(EncryptionRandomSource random)
    {
        var seed = default(SealSeed);
        random.FillPublic(seed);
        return seed;
    }

    public static SealSeed Read(ReadOnlySpan<byte> bytes)
    {
        var seed = default(SealSeed);
        bytes.CopyTo(seed);
        return seed;
    }
}
