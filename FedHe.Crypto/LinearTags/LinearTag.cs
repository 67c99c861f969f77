using System.Buffers.Binary;
using System.Diagnostics;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.LinearTags;

/// <summary>
/// A linear tag authenticates integers by two residues modulo a prime, and the sum of tags authenticates the sum of the
/// integers.
/// </summary>
/// <remarks>
/// The default tag is the neutral element of sums. A tag is public; <see cref="TagModulus"/> adds, reads and verifies tags.
/// Sources: Wegman and Carter, "New hash functions and their use in authentication and set equality", 1981; Agrawal and Boneh,
/// "Homomorphic MACs", ACNS 2009, section 3.
/// </remarks>
[DebuggerDisplay("Linear tag")]
public readonly struct LinearTag : IEquatable<LinearTag>
{
    /// <summary>The length of a tag in bytes: 16.</summary>
    public const int SizeInBytes = 2 * sizeof(ulong);

    internal LinearTag(ResiduePair residues) => Residues = residues;

    internal ResiduePair Residues { get; }

    /// <summary>Compares two tags in a time that does not depend on them.</summary>
    public static bool operator ==(LinearTag left, LinearTag right) => left.Equals(right);

    /// <summary>Compares two tags in a time that does not depend on them.</summary>
    public static bool operator !=(LinearTag left, LinearTag right) => !left.Equals(right);

    /// <summary>Writes the two residues of the tag, 8 bytes each, lowest byte first.</summary>
    /// <param name="destination">Receives <see cref="SizeInBytes"/> bytes at its start.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="destination"/> is shorter than 16 bytes.</exception>
    public void CopyTo(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, SizeInBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Residues.First);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[sizeof(ulong)..], Residues.Second);
    }

    /// <summary>Compares two tags in a time that does not depend on them.</summary>
    public bool Equals(LinearTag other) => ResiduePair.AreEqual(Residues, other.Residues);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LinearTag other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Residues.First, Residues.Second);

    /// <summary>Returns a fixed text, because a text of residues would serve no reader.</summary>
    public override string ToString() => "Linear tag";

    /// <summary>Reads two words that the caller has not yet compared with a prime.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> source, out LinearTag tag, out FormatError error)
    {
        tag = default;
        error = source.Length.CompareTo(SizeInBytes) switch
        {
            < 0 => FormatError.Truncated,
            > 0 => FormatError.TrailingBytes,
            _ => FormatError.None,
        };
        if (error != FormatError.None)
        {
            return false;
        }

        tag = new LinearTag(new ResiduePair(
            BinaryPrimitives.ReadUInt64LittleEndian(source), BinaryPrimitives.ReadUInt64LittleEndian(source[sizeof(ulong)..])));
        return true;
    }
}
