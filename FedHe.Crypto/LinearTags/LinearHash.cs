using System.Diagnostics;

namespace FedHe.Crypto.LinearTags;

/// <summary>A linear hash is the pair of polynomial hashes of integers at secret points.</summary>
/// <remarks>
/// A hash is secret, since it tells about the points whoever knows the integers, and becomes a tag under a pad only
/// (<see cref="TagModulus.Tag"/>). It has no bytes and no equality of its own.
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
