using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.LinearTags;

/// <summary>A residue pair holds two integers modulo a prime, one for each hash, and computes without branches.</summary>
internal readonly struct ResiduePair(ulong first, ulong second)
{
    /// <summary>The residue of the first hash.</summary>
    public ulong First { get; } = first;

    /// <summary>The residue of the second hash.</summary>
    public ulong Second { get; } = second;

    /// <summary>Adds two pairs modulo a prime.</summary>
    public static ResiduePair Add(ResiduePair left, ResiduePair right, in BarrettModulus modulus)
        => new(modulus.Add(left.First, right.First), modulus.Add(left.Second, right.Second));

    /// <summary>Subtracts two pairs modulo a prime.</summary>
    public static ResiduePair Subtract(ResiduePair left, ResiduePair right, in BarrettModulus modulus)
        => new(modulus.Subtract(left.First, right.First), modulus.Subtract(left.Second, right.Second));

    /// <summary>Compares both residues, in a time that does not depend on them.</summary>
    public static bool AreEqual(ResiduePair left, ResiduePair right)
        => ((left.First ^ right.First) | (left.Second ^ right.Second)) == 0;
}
