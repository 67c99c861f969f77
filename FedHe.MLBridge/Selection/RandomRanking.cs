namespace FedHe.MLBridge.Selection;

/// <summary>
/// A random ranking orders positions by a public seed, so that it is the same for every party and no secret.
/// </summary>
/// <remarks>Source: the mixing function of SplitMix64 in Steele, Lea and Flood, OOPSLA 2014, figure 17.</remarks>
internal readonly struct RandomRanking(ulong seed) : IRanking
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    public uint this[long position]
    {
        get
        {
            ulong z = unchecked(seed + (((ulong)position + 1) * GoldenGamma));
            z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
            z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
            return (uint)((z ^ (z >> 31)) >> 32);
        }
    }
}
