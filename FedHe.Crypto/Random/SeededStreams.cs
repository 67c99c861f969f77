using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Random;

/// <summary>Seeded streams expand one secret seed.</summary>
internal sealed class SeededStreams : SecretStreams
{
    public const int SeedLength = 32;

    private readonly byte[] _seed = SecretMemory.Allocate<byte>(SeedLength);

    /// <summary>Copies a seed of <see cref="SeedLength"/> bytes.</summary>
    public SeededStreams(ReadOnlySpan<byte> seed) => seed.CopyTo(_seed);

    public override SecretStream Open() => new CounterStream(_seed);

    public override void Dispose() => CryptographicOperations.ZeroMemory(_seed);
}
