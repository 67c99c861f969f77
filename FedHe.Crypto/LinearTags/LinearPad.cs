using System.Diagnostics;

namespace FedHe.Crypto.LinearTags;

/// <summary>
/// A linear pad is the pair of pseudorandom residues that hides one hash, or the sum of the pads of several tags.
/// </summary>
/// <remarks>A pad is secret, and serves one content only: see <see cref="PadKey"/>.</remarks>
[DebuggerDisplay("Linear pad")]
public readonly struct LinearPad
{
    internal LinearPad(ulong prime, ResiduePair residues)
    {
        Prime = prime;
        Residues = residues;
    }

    internal ulong Prime { get; }

    internal ResiduePair Residues { get; }

    /// <summary>Returns a fixed text, because a pad never shows its content.</summary>
    public override string ToString() => "Linear pad";
}
