using System.Diagnostics;
using System.Numerics;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Tags;

namespace FedHe.Crypto.LinearTags;

/// <summary>Key points are the secret points z_h at which both hashes of a vector of small signed integers are evaluated.</summary>
/// <remarks>
/// For |s_k| at most B the hashes are H_h = sum_k (s_k + B) * z_h^k mod p for h = 1, 2: no integer is negative, so the hashes of
/// n vectors add up to the hash of their sum with the bound n*B. The number of integers is bound by the context of the points or
/// the pads. Points are thread-safe, and zeroed on dispose.
/// </remarks>
[DebuggerDisplay("Key points")]
public sealed class KeyPoints : IDisposable
{
    private readonly PinnedSecret<ulong> _secret;

    internal KeyPoints(TagModulus modulus)
    {
        Modulus = modulus;
        _secret = new PinnedSecret<ulong>(this, HashPoints.Length);
    }

    /// <summary>The modulus of the hashes.</summary>
    public TagModulus Modulus { get; }

    /// <summary>Hashes the key of one client.</summary>
    /// <param name="key">The integers s_k, of magnitude at most <paramref name="bound"/>.</param>
    /// <param name="bound">The bound B of every magnitude, at least 0 and below p/2.</param>
    /// <param name="hasher">The idle hasher whose memory is used.</param>
    /// <exception cref="ArgumentException">An integer exceeds the bound, or the bound is negative.</exception>
    /// <exception cref="ObjectDisposedException">The points or the hasher were disposed.</exception>
    public LinearHash Hash(ReadOnlySpan<sbyte> key, int bound, LinearHasher hasher)
    {
        ArgumentNullException.ThrowIfNull(hasher);
        long limit = Demand(bound, contributors: 1);
        long outside = 0;
        foreach (sbyte value in key)
        {
            outside |= (value + limit) | (limit - value);
        }

        return outside < 0 ? throw Throw.KeyOutsideBound() : HashRows(key, bound, hasher);
    }

    /// <summary>Hashes the sum of the keys of several clients, or refuses a sum that no such keys have.</summary>
    /// <param name="sum">The integers S_k.</param>
    /// <param name="bound">The bound B of every magnitude of one client's key, at least 0.</param>
    /// <param name="contributors">The number n of clients, at least 1; n*B is below 2^31 and p/2.</param>
    /// <param name="hasher">The idle hasher whose memory is used.</param>
    /// <param name="hash">The hash.</param>
    /// <returns>Whether every magnitude is at most n*B; if not, nothing was hashed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound or the number of clients is outside its range.</exception>
    /// <exception cref="ObjectDisposedException">The points or the hasher were disposed.</exception>
    public bool TryHashSum(ReadOnlySpan<int> sum, int bound, int contributors, LinearHasher hasher, out LinearHash hash)
    {
        ArgumentNullException.ThrowIfNull(hasher);
        long total = Demand(bound, contributors);
        long outside = 0;
        foreach (int value in sum)
        {
            outside |= (value + total) | (total - value);
        }

        hash = outside < 0 ? default : HashRows(sum, (int)total, hasher);
        return outside >= 0;
    }

    /// <summary>Zeroes the points.</summary>
    public void Dispose() => _secret.Dispose();

    /// <summary>Returns a fixed text, because points are never shown.</summary>
    public override string ToString() => "Key points";

    /// <summary>Sets the point of one hash: the columns are powers of z, and the rows powers of z^512.</summary>
    internal void Set(int hash, ulong z)
        => HashPoints.Write(_secret.Span, hash, z, Modulus.Arithmetic.Power(z, TagKernel.RowLength), Modulus.Arithmetic);

    /// <summary>Copies the points of both hashes.</summary>
    internal (ulong First, ulong Second) CopyPoints()
    {
        lock (_secret.Gate)
        {
            var points = new HashPoints(_secret.Span);
            return (points.X(hash: 0, log: 0), points.X(hash: 1, log: 0));
        }
    }

    /// <summary>Computes the bound n*B of a sum, for which 2*n*B is below the prime.</summary>
    private long Demand(int bound, int contributors)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bound);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(contributors);
        long total = (long)bound * contributors;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(total, Math.Min(int.MaxValue, (Modulus.Prime - 1) / 2), nameof(bound));
        return total;
    }

    // The first row hashed gets the highest power, so rows go from the last one to the first one.
    private LinearHash HashRows<T>(ReadOnlySpan<T> values, int offset, LinearHasher hasher)
        where T : unmanaged, IBinaryInteger<T>
    {
        hasher.Begin(_secret, Modulus);
        int rows = (values.Length + TagKernel.RowLength - 1) / TagKernel.RowLength;
        for (int row = rows - 1; row >= 0; row--)
        {
            ReadOnlySpan<T> rest = values[(row * TagKernel.RowLength)..];
            hasher.AppendRow(rest[..Math.Min(TagKernel.RowLength, rest.Length)], offset);
        }

        return hasher.Complete(values.Length);
    }
}
