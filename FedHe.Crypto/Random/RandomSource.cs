using System.Security.Cryptography;

namespace FedHe.Crypto.Random;

/// <summary>Where secret randomness comes from. Tests replace it by a deterministic source; nothing else does.</summary>
internal abstract class RandomSource
{
    /// <summary>The operating system's generator.</summary>
    public static RandomSource System { get; } = new SystemRandomSource();

    public abstract void Fill(Span<byte> destination);

    private sealed class SystemRandomSource : RandomSource
    {
        public override void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
    }
}
