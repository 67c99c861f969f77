using System.Security.Cryptography;

namespace FedHe.Crypto.Random;

/// <summary>A random source supplies secret randomness. Only tests replace the generator of the operating system.</summary>
internal abstract class RandomSource
{
    /// <summary>The generator of the operating system.</summary>
    public static RandomSource System { get; } = new SystemRandomSource();

    public abstract void Fill(Span<byte> destination);

    private sealed class SystemRandomSource : RandomSource
    {
        public override void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
    }
}
