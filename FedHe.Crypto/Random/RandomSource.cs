namespace FedHe.Crypto.Random;

/// <summary>A random source fills memory with random bytes, which are secret unless the caller gives them away.</summary>
internal abstract class RandomSource
{
    /// <summary>The hedged randomness of this process, which everything outside of tests draws from.</summary>
    public static HedgedRandomSource System { get; } = new(HedgeInputs.System, clientSecret: []);

    public abstract void Fill(Span<byte> destination);

    /// <summary>Returns random bytes in memory of the source, which its next call overwrites, or in the scratch memory.</summary>
    /// <param name="scratch">As many bytes as are wanted.</param>
    public virtual ReadOnlySpan<byte> Next(Span<byte> scratch)
    {
        Fill(scratch);
        return scratch;
    }
}
