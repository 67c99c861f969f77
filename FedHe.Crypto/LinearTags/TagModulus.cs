using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Tags;

namespace FedHe.Crypto.LinearTags;

/// <summary>A tag modulus is the prime p modulo which tags are computed, added and verified, without any key.</summary>
/// <remarks>
/// <para>
/// For integers in [0, p), V other than the sum of the tagged integers passes <see cref="Verify"/> with probability at most
/// ((R - 1 + 511)/p)^2 for R rows of 512: H_h is a polynomial of total degree R - 1 + 511 in the points, which vanishes at random
/// points with at most that share (Schwartz-Zippel), for each of the two hashes. With the default prime and 2^19 integers that
/// is 2^-78.8 for a try. It holds for linear combinations of tags too: with other weights the pads do not cancel.
/// </para>
/// A modulus is thread-safe.
/// </remarks>
public sealed class TagModulus
{
    /// <summary>The least prime, 2^30, below which one hash would say little.</summary>
    public const long MinPrime = 1L << 30;

    /// <summary>The bound of the primes, 2^62.</summary>
    public const long MaxPrime = 1L << 62;

    private readonly BarrettModulus _arithmetic;

    /// <summary>Creates the tag modulus of a prime.</summary>
    /// <param name="prime">
    /// The prime p, between <see cref="MinPrime"/> and <see cref="MaxPrime"/>. Registers of doubles serve primes below 2^50,
    /// scalar arithmetic the others.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="prime"/> is no prime, or outside the range.</exception>
    public TagModulus(long prime)
    {
        if (prime is < MinPrime or >= MaxPrime || !ModularArithmetic.IsPrime((ulong)prime))
        {
            throw new ArgumentException("A tag modulus is a prime between 2^30 and 2^62.", nameof(prime));
        }

        Prime = prime;
        _arithmetic = new BarrettModulus((ulong)prime);
        Kernel = TagKernel.For((ulong)prime);
    }

    /// <summary>The modulus of integers that have no modulus of their own: p = 2^50 - 27, the largest prime below 2^50.</summary>
    public static TagModulus Default { get; } = new((1L << 50) - 27);

    /// <summary>The prime p.</summary>
    public long Prime { get; }

    internal ref readonly BarrettModulus Arithmetic => ref _arithmetic;

    internal TagKernel Kernel { get; }

    /// <summary>Adds two tags of this modulus.</summary>
    /// <exception cref="HeMismatchException">A tag belongs to another modulus.</exception>
    public LinearTag Add(LinearTag left, LinearTag right)
    {
        Require(left);
        Require(right);
        return new LinearTag(ResiduePair.Add(left.Residues, right.Residues, _arithmetic));
    }

    /// <summary>Subtracts two tags of this modulus.</summary>
    /// <exception cref="HeMismatchException">A tag belongs to another modulus.</exception>
    public LinearTag Subtract(LinearTag left, LinearTag right)
    {
        Require(left);
        Require(right);
        return new LinearTag(ResiduePair.Subtract(left.Residues, right.Residues, _arithmetic));
    }

    /// <summary>Adds two pads of this modulus.</summary>
    /// <exception cref="HeMismatchException">A pad belongs to another modulus.</exception>
    public LinearPad Add(LinearPad left, LinearPad right)
    {
        Require(left.Prime);
        Require(right.Prime);
        return new LinearPad(left.Prime, ResiduePair.Add(left.Residues, right.Residues, _arithmetic));
    }

    /// <summary>Computes the tag of a content: its hash plus the pad of its position, modulo p.</summary>
    /// <param name="hash">The hash of the whole content.</param>
    /// <param name="pad">The pad, which never hides another content.</param>
    /// <exception cref="HeMismatchException">The hash or the pad belongs to another modulus.</exception>
    public LinearTag Tag(LinearHash hash, LinearPad pad)
    {
        Require(hash.Prime);
        Require(pad.Prime);
        return new LinearTag(ResiduePair.Add(hash.Residues, pad.Residues, _arithmetic));
    }

    /// <summary>Tells whether the sum of tags minus the sum of their pads is the hash of a content.</summary>
    /// <param name="tags">The sum of the tags of every contribution.</param>
    /// <param name="pads">The sum of the pads of the same contributions, each once.</param>
    /// <param name="hash">
    /// The hash of the sum of the contributions, whose integers were summed without any reduction and are below p.
    /// </param>
    /// <returns>Whether the content is the sum of the contributions, but for the probability of a forgery.</returns>
    /// <exception cref="HeMismatchException">The tags, the pads or the hash belong to another modulus.</exception>
    public bool Verify(LinearTag tags, LinearPad pads, LinearHash hash)
    {
        Require(tags);
        Require(pads.Prime);
        Require(hash.Prime);
        return ResiduePair.AreEqual(ResiduePair.Subtract(tags.Residues, pads.Residues, _arithmetic), hash.Residues);
    }

    /// <summary>Parses exactly one tag of this modulus, and names the reason when the bytes are refused.</summary>
    /// <param name="source">The bytes of one tag, nothing before or after it.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="reason">The reason of a refusal.</param>
    /// <returns>Whether the bytes are the canonical bytes of a tag: two residues in [0, p).</returns>
    public bool TryRead(ReadOnlySpan<byte> source, out LinearTag tag, out FormatError reason)
    {
        if (!LinearTag.TryRead(source, out tag, out reason))
        {
            return false;
        }

        if (!Contains(tag))
        {
            tag = default;
            reason = FormatError.FieldOutOfRange;
            return false;
        }

        return true;
    }

    /// <summary>Parses exactly one tag of this modulus, and throws when the bytes are refused.</summary>
    /// <exception cref="HeFormatException">The bytes are malformed.</exception>
    public LinearTag Read(ReadOnlySpan<byte> source)
        => TryRead(source, out LinearTag tag, out FormatError reason) ? tag : throw new HeFormatException(reason, "linear tag");

    /// <summary>Reduces 128 pseudorandom bits, lowest byte first, modulo p.</summary>
    /// <remarks>The residues are uniform up to a statistical distance of p/2^128, below 2^-66.</remarks>
    internal ulong Reduce(ReadOnlySpan<byte> bits) => _arithmetic.Reduce(
        BinaryPrimitives.ReadUInt64LittleEndian(bits[sizeof(ulong)..]), BinaryPrimitives.ReadUInt64LittleEndian(bits));

    internal void Require(ulong prime)
    {
        if (prime != (ulong)Prime)
        {
            throw Throw.TagModulusMismatch();
        }
    }

    private void Require(LinearTag tag)
    {
        if (!Contains(tag))
        {
            throw Throw.TagModulusMismatch();
        }
    }

    private bool Contains(LinearTag tag) => tag.Residues.First < (ulong)Prime && tag.Residues.Second < (ulong)Prime;
}
