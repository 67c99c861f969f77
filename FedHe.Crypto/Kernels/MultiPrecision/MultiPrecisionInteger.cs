using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>A multiple-precision integer consists of 64-bit words, little-endian, and stands between bytes and groups.</summary>
/// <remarks>
/// No branch and no index depends on a value. Source: Menezes, van Oorschot and Vanstone, "Handbook of Applied
/// Cryptography", section 14.2.
/// </remarks>
internal static class MultiPrecisionInteger
{
    private const int LogWord = 6;
    private const int WordBits = 1 << LogWord;

    /// <summary>Returns the number of words that an integer of some bits needs.</summary>
    public static int Length(int bits) => (bits + WordBits - 1) >> LogWord;

    /// <summary>Reads a big-endian integer that has at most the length of the words.</summary>
    public static void ReadBigEndian(ReadOnlySpan<byte> source, Span<ulong> words)
    {
        words.Clear();
        int end = source.Length;
        for (int i = 0; end > 0; i++, end -= sizeof(ulong))
        {
            words[i] = end >= sizeof(ulong)
                ? BinaryPrimitives.ReadUInt64BigEndian(source[(end - sizeof(ulong))..])
                : ReadFew(source[..end]);
        }
    }

    /// <summary>Writes a big-endian integer of a whole number of words.</summary>
    public static void WriteBigEndian(ReadOnlySpan<ulong> words, Span<byte> destination)
    {
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination[((words.Length - 1 - i) * sizeof(ulong))..], words[i]);
        }
    }

    /// <summary>Reads some bits of an integer, with zeros beyond the integer's end.</summary>
    /// <param name="words">The integer.</param>
    /// <param name="offset">Position of the lowest bit.</param>
    /// <param name="count">Number of bits, in [1, 64].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bits(ReadOnlySpan<ulong> words, int offset, int count)
    {
        int word = offset >> LogWord;
        int shift = offset & (WordBits - 1);
        ulong low = word < words.Length ? words[word] >> shift : 0;
        ulong high = word + 1 < words.Length ? words[word + 1] << 1 << (WordBits - 1 - shift) : 0;
        return (low | high) & (ulong.MaxValue >> (WordBits - count));
    }

    /// <summary>Writes bits to a place that is zero; bits beyond the end of the integer are dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetBits(Span<ulong> words, int offset, ulong bits)
    {
        int word = offset >> LogWord;
        int shift = offset & (WordBits - 1);
        if (word < words.Length)
        {
            words[word] |= bits << shift;
        }

        if (word + 1 < words.Length)
        {
            words[word + 1] |= bits >> 1 >> (WordBits - 1 - shift);
        }
    }

    /// <summary>Computes words += number &amp; mask, word by word, and returns the carry, 0 or 1.</summary>
    /// <param name="words">The sum.</param>
    /// <param name="number">The addend; may have fewer words.</param>
    /// <param name="mask">All ones or zero: whether to add.</param>
    public static ulong Add(Span<ulong> words, ReadOnlySpan<ulong> number, ulong mask)
    {
        ulong carry = 0;
        for (int i = 0; i < words.Length; i++)
        {
            ulong addend = i < number.Length ? number[i] & mask : 0;
            UInt128 sum = (UInt128)words[i] + addend + carry;
            words[i] = (ulong)sum;
            carry = (ulong)(sum >> WordBits);
        }

        return carry;
    }

    /// <summary>Computes words -= number &amp; mask, word by word, and returns the borrow, 0 or 1.</summary>
    /// <param name="words">The difference.</param>
    /// <param name="number">The subtrahend; may have fewer words.</param>
    /// <param name="mask">All ones or zero: whether to subtract.</param>
    public static ulong Subtract(Span<ulong> words, ReadOnlySpan<ulong> number, ulong mask)
    {
        ulong borrow = 0;
        for (int i = 0; i < words.Length; i++)
        {
            ulong subtrahend = i < number.Length ? number[i] & mask : 0;
            UInt128 difference = (UInt128)words[i] - subtrahend - borrow;
            words[i] = (ulong)difference;
            borrow = (ulong)(difference >> WordBits) & 1;
        }

        return borrow;
    }

    /// <summary>Computes words -= subtrahend unless the difference is negative.</summary>
    /// <returns>All ones if the subtrahend was subtracted, else zero.</returns>
    public static ulong SubtractOnce(Span<ulong> words, ReadOnlySpan<ulong> subtrahend)
    {
        ulong isNegative = 0 - Subtract(words, subtrahend, ulong.MaxValue);
        Add(words, subtrahend, isNegative);
        return ~isNegative;
    }

    /// <summary>Computes words = minuend - words, for words in [0, minuend].</summary>
    public static void SubtractFrom(ReadOnlySpan<ulong> minuend, Span<ulong> words)
    {
        // -x is ~x + 1.
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = ~words[i];
        }

        Add(words, [1], ulong.MaxValue);
        Add(words, minuend, ulong.MaxValue);
    }

    /// <summary>Divides 2^exponent by a divisor, bit by bit.</summary>
    /// <param name="exponent">At least the divisor's bits.</param>
    /// <param name="divisor">The divisor, its highest bit set.</param>
    /// <param name="quotient">Receives the quotient.</param>
    /// <param name="remainder">Receives the remainder; a word longer than the divisor.</param>
    public static void DividePowerOfTwo(
        int exponent, ReadOnlySpan<ulong> divisor, Span<ulong> quotient, Span<ulong> remainder)
    {
        // The highest bits of the dividend are the largest power of two that does not exceed the divisor.
        Debug.Assert(divisor[^1] >> (WordBits - 1) != 0, "The divisor fills its words.");
        Debug.Assert(remainder.Length > divisor.Length, "Twice a remainder has a bit more than the divisor.");
        quotient.Clear();
        remainder.Clear();
        remainder[divisor.Length - 1] = 1UL << (WordBits - 1);
        for (int bit = exponent - (divisor.Length * WordBits); bit >= 0; bit--)
        {
            ShiftLeft(remainder, 0);
            ShiftLeft(quotient, SubtractOnce(remainder, divisor) & 1);
        }
    }

    /// <summary>Computes -1/x modulo 2^64 for odd x, by Newton's iteration.</summary>
    public static ulong NegatedInverse(ulong x)
    {
        Debug.Assert((x & 1) != 0, "Only odd numbers have an inverse modulo a power of two.");
        ulong inverse = x; // right in 3 bits, since x*x = 1 mod 8
        for (int correctBits = 3; correctBits < WordBits; correctBits *= 2)
        {
            inverse *= 2 - (x * inverse);
        }

        return 0 - inverse;
    }

    private static void ShiftLeft(Span<ulong> words, ulong lowest)
    {
        for (int i = 0; i < words.Length; i++)
        {
            ulong highest = words[i] >> (WordBits - 1);
            words[i] = (words[i] << 1) | lowest;
            lowest = highest;
        }
    }

    private static ulong ReadFew(ReadOnlySpan<byte> source)
    {
        ulong word = 0;
        foreach (byte value in source)
        {
            word = (word << 8) | value;
        }

        return word;
    }
}
