namespace FedHe.Tool.Poc;

/// <summary>A random sequence that is the same on every machine, by SplitMix64.</summary>
/// <param name="seed">The seed of the sequence.</param>
/// <remarks>Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.</remarks>
internal sealed class PocRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Draws a uniform number, from 0 up to but not including 1.</summary>
    public double Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        mixed ^= mixed >> 31;
        return (mixed >> 11) * (1.0 / (1UL << 53));
    }
}
