using System.Diagnostics;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Tags;

namespace FedHe.Crypto.LinearTags;

/// <summary>Segment points are the secret points (x_h, y_h) at which both hashes of a segment are evaluated.</summary>
/// <remarks>
/// <para>
/// Of integers v_k with k = 512*r + l, the last row filled up with zeros to R rows, the hashes are
/// H_h = sum_{r,l} v_k * y_h^(R-1-r) * x_h^l mod p for h = 1, 2. A content and the same content with zeros behind it in its last
/// row, or rows of zeros in front of it, have one hash: the number of integers is bound by the context of the points or the pads,
/// which must have it.
/// </para>
/// Points are thread-safe, and zeroed on dispose.
/// </remarks>
[DebuggerDisplay("Segment points")]
public sealed class SegmentPoints : IDisposable
{
    /// <summary>The number of integers in a row: 512. Ranges that are hashed apart begin at multiples of it.</summary>
    public const int RowLength = TagKernel.RowLength;

    internal SegmentPoints(TagModulus modulus)
    {
        Modulus = modulus;
        Secret = new PinnedSecret<ulong>(this, HashPoints.Length);
    }

    /// <summary>The modulus of the hashes.</summary>
    public TagModulus Modulus { get; }

    internal PinnedSecret<ulong> Secret { get; }

    /// <summary>Joins the hashes of two ranges, H = H_earlier * y^R + H_later for R rows in the later range.</summary>
    /// <param name="earlier">The hash of a range that ends with a whole row, or is empty.</param>
    /// <param name="later">The hash of the range that follows.</param>
    /// <returns>The hash of both ranges, the same however a content was split.</returns>
    /// <exception cref="InvalidOperationException">The earlier range does not end with a whole row.</exception>
    /// <exception cref="HeMismatchException">A hash belongs to another modulus.</exception>
    /// <exception cref="ObjectDisposedException">The points were disposed.</exception>
    public LinearHash Concatenate(LinearHash earlier, LinearHash later)
    {
        Modulus.Require(earlier.Prime);
        Modulus.Require(later.Prime);
        if (earlier.Length % RowLength != 0)
        {
            throw Throw.HashAfterShortRow();
        }

        long rows = (later.Length + RowLength - 1) / RowLength;
        ref readonly BarrettModulus p = ref Modulus.Arithmetic;
        lock (Secret.Gate)
        {
            var points = new HashPoints(Secret.Span);
            var shifted = new ResiduePair(
                p.Multiply(earlier.Residues.First, p.Power(points.Y(0), rows)),
                p.Multiply(earlier.Residues.Second, p.Power(points.Y(1), rows)));
            return new LinearHash(earlier.Prime, earlier.Length + later.Length, ResiduePair.Add(shifted, later.Residues, p));
        }
    }

    /// <summary>Zeroes the points.</summary>
    public void Dispose() => Secret.Dispose();

    /// <summary>Returns a fixed text, because points are never shown.</summary>
    public override string ToString() => "Segment points";

    internal void Set(int hash, ulong x, ulong y) => HashPoints.Write(Secret.Span, hash, x, y, Modulus.Arithmetic);
}
