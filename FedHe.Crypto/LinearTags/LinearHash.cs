using System.Diagnostics;

namespace FedHe.Crypto.LinearTags;

/// <summary>A linear hash is the pair of polynomial hashes of integers at secret points.</summary>
/// <remarks>
/// A hash is secret, because anyone who knows the integers can learn the points from it. Only a pad turns a hash into a tag
/// (<see cref="TagModulus.Tag"/>). A hash has no bytes and no equality of its own.
/// </remarks>
[DebuggerDisplay("Linear hash")]
public readonly struct LinearHash
{
    internal LinearHash(ulong prime, long length, ResiduePair residues)
    {
        Prime = prime;
        Length = length;
        Residues = residues;
    }

    /// <summary>The number of integers that were hashed.</summary>
    public long Length { get; }

    internal ulong Prime { get; }

    internal ResiduePair Residues { get; }

    /// <summary>Returns a fixed text, because a hash never shows its content.</summary>
    public override string ToString() => "Linear hash";
}
