using System.Numerics;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Ciphers;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Sampling;

namespace FedHe.Crypto.KeyAdditive.Ring;

/// <summary>
/// The public polynomials a_0, a_1, ... of an attempt are uniform, and every party computes them from the attempt's
/// seed with AES-256. An instance is not thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// The seed is the key. A block names domain, retry and polynomial, little-endian: 8 bytes block number, 4 bytes
/// polynomial j, 2 bytes retry, 2 bytes domain (2). Blocks 0, 1, ... of retry 0 are one string of bits, and coefficient
/// i is bits w*i to w*(i + 1) of it, the lowest first, for a modulus of w bits. A number that is not below the modulus
/// is replaced by the lowest w bits of block i of retry 1, or 2, and so on.
/// </para>
/// <para>
/// The expansion samples the polynomial in transformed form, which saves a transform because the transform of a uniform
/// polynomial is uniform. The data are public. Source: expansion of public seeds by AES as in FrodoKEM,
/// section 2.2.5; docs/wire-format.md has test vectors.
/// </para>
/// </remarks>
internal sealed class PublicPolynomials : IDisposable
{
    private const ulong Domain = 2;
    private const int BytesPerBlock = 16;
    private const int LargestRetry = ushort.MaxValue;

    private readonly BlockCipher _cipher;
    private readonly ulong _modulus;
    private readonly int _width;

    /// <summary>Prepares the expansion of a seed.</summary>
    public PublicPolynomials(Digest seed, ulong modulus)
    {
        Span<byte> key = stackalloc byte[Digest.SizeInBytes];
        seed.CopyTo(key);
        _cipher = BlockCipher.Create(key);
        _modulus = modulus;
        _width = BitOperations.Log2(modulus) + 1;
    }

    /// <summary>Fills a polynomial with the coefficients of a_j, transformed.</summary>
    /// <param name="index">The index j, at least 0.</param>
    /// <param name="scratch">Scratch memory of at least one word for each coefficient.</param>
    /// <param name="destination">Receives N integers in [0, q).</param>
    public void Expand(int index, CipherBlocks scratch, Span<ulong> destination)
    {
        ReadOnlySpan<byte> stream = Encrypt(index, scratch, destination.Length);
        if (!PackedSumKernel.Default.TryRestore(stream, _width, _modulus, shift: 0, offset: 0, destination))
        {
            Replace(index, scratch, destination);
        }
    }

    /// <inheritdoc cref="Expand(int, CipherBlocks, Span{ulong})"/>
    /// <remarks>The modulus has at most 32 bits.</remarks>
    public void Expand(int index, CipherBlocks scratch, Span<uint> destination)
    {
        ReadOnlySpan<byte> stream = Encrypt(index, scratch, destination.Length);
        if (!HalfPackingKernel.Default.TryUnpack(stream, _width, _modulus, destination))
        {
            Replace(index, scratch, destination);
        }
    }

    public void Dispose() => _cipher.Dispose();

    private static ulong LabelOf(int index, int retry) => (Domain << 48) | ((ulong)(ushort)retry << 32) | (uint)index;

    /// <summary>Replaces all numbers that are not below the modulus, again and again until none is left.</summary>
    private void Replace<T>(int index, CipherBlocks scratch, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (int retry = 1; retry <= LargestRetry; retry++)
        {
            if (TryReplace(LabelOf(index, retry), scratch, destination))
            {
                return;
            }
        }

        // Each retry fails with a probability below one half for each number that is left.
        throw new CryptographicException("The expansion of a public seed does not end.");
    }

    /// <summary>
    /// Replaces all numbers that are not below the modulus, as many at once as the scratch memory holds: where the modulus is far
    /// below a power of two, they are many.
    /// </summary>
    /// <returns>Whether all numbers are below the modulus now.</returns>
    private bool TryReplace<T>(ulong label, CipherBlocks scratch, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        ulong mask = (1UL << _width) - 1;
        Span<ulong> words = scratch.Words[..destination.Length];
        bool isComplete = true;
        for (int first = 0, end; first < destination.Length; first = end)
        {
            int count = 0;
            for (end = NextToReplace<T>(destination, first);
                end < destination.Length && count < words.Length;
                end = NextToReplace<T>(destination, end + 1))
            {
                words[count] = (ulong)end;
                words[count + 1] = label;
                count += UniformKernel.WordsPerBlock;
            }

            if (count == 0)
            {
                break;
            }

            scratch.Encrypt(_cipher, count);
            count = 0;
            for (int i = NextToReplace<T>(destination, first); i < end; i = NextToReplace<T>(destination, i + 1))
            {
                ulong number = words[count] & mask;
                destination[i] = T.CreateTruncating(number);
                isComplete &= number < _modulus;
                count += UniformKernel.WordsPerBlock;
            }
        }

        return isComplete;
    }

    /// <summary>Returns the index of the next number that is not below the modulus, or the number of numbers.</summary>
    private int NextToReplace<T>(ReadOnlySpan<T> numbers, int first)
        where T : unmanaged, IBinaryInteger<T>
    {
        int next = numbers[first..].IndexOfAnyExceptInRange(T.Zero, T.CreateTruncating(_modulus - 1));
        return next < 0 ? numbers.Length : first + next;
    }

    /// <summary>Encrypts as many blocks as the numbers of a polynomial take.</summary>
    private ReadOnlySpan<byte> Encrypt(int index, CipherBlocks scratch, int numbers)
    {
        int bytes = BitPackingKernel.PackedLength(numbers, _width);
        int count = (bytes + BytesPerBlock - 1) / BytesPerBlock * UniformKernel.WordsPerBlock;
        scratch.EncryptCounters(_cipher, count, first: 0, LabelOf(index, retry: 0));
        return scratch.Bytes[..bytes];
    }
}
