using System.Buffers.Binary;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.LinearTags;

/// <summary>
/// A key-sum check verifies the tag of one sum of keys without the tag key: it has the points at which the keys are hashed, and the sum of
/// their pads.
/// </summary>
/// <remarks>
/// Whoever has a check can compute other sums that pass it, and tags for them. So it is given to a party only when the sum is fixed in another way, and it serves no
/// other sum. It tells nothing of the tag key or of other points.
/// Two checks of different lists of one attempt differ by the pads of the keys that one of the lists lacks: of one key, its hash. A check is thread-safe, and zeroed on dispose.
/// </remarks>
[DebuggerDisplay("Key-sum check")]
public sealed class KeySumCheck : IDisposable
{
    /// <summary>The length of a check in bytes: 32.</summary>
    public const int SizeInBytes = 4 * sizeof(ulong);

    private readonly KeyPoints _points;
    private readonly PinnedSecret<ulong> _pads;

    internal KeySumCheck(KeyPoints points, LinearPad pads)
    {
        points.Modulus.Require(pads.Prime);
        _points = points;
        _pads = new PinnedSecret<ulong>(this, length: 2);
        (_pads.Span[0], _pads.Span[1]) = (pads.Residues.First, pads.Residues.Second);
    }

    /// <summary>The modulus of the tags.</summary>
    public TagModulus Modulus => _points.Modulus;

    /// <summary>Tells whether integers are the sum of the keys whose tags were added up.</summary>
    /// <param name="tags">The sum of the tags.</param>
    /// <param name="sum">The integers S_k.</param>
    /// <param name="bound">The bound B of every magnitude of one client's key, at least 0.</param>
    /// <param name="contributors">The number n of clients, at least 1; n*B is below 2^31 and p/2.</param>
    /// <param name="hasher">The idle hasher whose memory is used.</param>
    /// <returns>Whether every magnitude is at most n*B and the tag is right, but for the probability of a forgery.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound or the number of clients is outside its range.</exception>
    /// <exception cref="Errors.HeMismatchException">The tags belong to another modulus.</exception>
    /// <exception cref="ObjectDisposedException">The check or the hasher was disposed.</exception>
    public bool Verify(LinearTag tags, ReadOnlySpan<int> sum, int bound, int contributors, LinearHasher hasher)
        => _points.TryHashSum(sum, bound, contributors, hasher, out LinearHash hash) && Modulus.Verify(tags, CopyPads(), hash);

    /// <summary>Writes the points z_1 and z_2 and the two sums of pads, 8 bytes each, lowest byte first. The caller zeroes the bytes.</summary>
    /// <param name="destination">Receives <see cref="SizeInBytes"/> bytes at its start.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="destination"/> is shorter than 32 bytes.</exception>
    /// <exception cref="ObjectDisposedException">The check was disposed.</exception>
    public void CopyTo(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, SizeInBytes);
        (ulong first, ulong second) = _points.CopyPoints();
        LinearPad pads = CopyPads();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, first);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[sizeof(ulong)..], second);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[(2 * sizeof(ulong))..], pads.Residues.First);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[(3 * sizeof(ulong))..], pads.Residues.Second);
    }

    /// <summary>Parses exactly one check of a modulus, and refuses bytes that are none.</summary>
    /// <param name="modulus">The modulus of the tags.</param>
    /// <param name="source">The bytes of one check; untrusted.</param>
    /// <param name="check">The check, which the caller disposes.</param>
    /// <returns>Whether the bytes are four residues in [0, p).</returns>
    public static bool TryRead(TagModulus modulus, ReadOnlySpan<byte> source, [NotNullWhen(true)] out KeySumCheck? check)
    {
        ArgumentNullException.ThrowIfNull(modulus);
        check = null;
        if (source.Length != SizeInBytes)
        {
            return false;
        }

        Span<ulong> words = stackalloc ulong[SizeInBytes / sizeof(ulong)];
        ulong largest = 0;
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt64LittleEndian(source[(i * sizeof(ulong))..]);
            largest = Math.Max(largest, words[i]);
        }

        if (largest < (ulong)modulus.Prime)
        {
            var points = new KeyPoints(modulus);
            points.Set(hash: 0, words[0]);
            points.Set(hash: 1, words[1]);
            check = new KeySumCheck(points, new LinearPad((ulong)modulus.Prime, new ResiduePair(words[2], words[3])));
        }

        SecretMemory.Zero(words);
        return check is not null;
    }

    /// <summary>Zeroes the points and the pads.</summary>
    public void Dispose()
    {
        _points.Dispose();
        _pads.Dispose();
    }

    /// <summary>Returns a fixed text, because a check is never shown.</summary>
    public override string ToString() => "Key-sum check";

    private LinearPad CopyPads()
    {
        lock (_pads.Gate)
        {
            return new LinearPad((ulong)Modulus.Prime, new ResiduePair(_pads.Span[0], _pads.Span[1]));
        }
    }
}
