namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>
/// A word lane is one register of 64-bit words with wrapping arithmetic, and serves as a type parameter of the kernels.
/// </summary>
/// <typeparam name="TSelf">The lane type itself.</typeparam>
internal interface IWordLane<TSelf>
    where TSelf : struct, IWordLane<TSelf>
{
    /// <summary>The number of words in one register, a power of two.</summary>
    static abstract int Count { get; }

    /// <summary>Repeats a word through a register.</summary>
    static abstract TSelf Create(ulong value);

    /// <summary>Loads <see cref="Count"/> words from an index on; the memory need not be aligned.</summary>
    static abstract TSelf Load(ref ulong source, nuint index);

    /// <summary>Stores <see cref="Count"/> words from an index on.</summary>
    static abstract void Store(TSelf value, ref ulong destination, nuint index);

    /// <summary>Loads <see cref="Count"/> signed bytes and extends their signs.</summary>
    static abstract TSelf LoadSmallSigned(ref sbyte source, nuint index);

    /// <summary>Stores the lowest byte of every word.</summary>
    static abstract void StoreLowBytes(TSelf value, ref sbyte destination, nuint index);

    /// <summary>The number of words that one load of <see cref="LoadScattered"/> serves, with eight bytes for each.</summary>
    static abstract int WordsPerLoad { get; }

    /// <summary>
    /// Loads words that may begin at any byte, by loads of <see cref="WordsPerLoad"/> words and a choice of bytes.
    /// </summary>
    /// <param name="source">The origin of the offsets.</param>
    /// <param name="offsets">The offset of each load in bytes.</param>
    /// <param name="bytes">For each byte of the result its position in its load; not used with one word a register.</param>
    static abstract TSelf LoadScattered(ref byte source, ref readonly nuint offsets, TSelf bytes);

    /// <summary>Whether <see cref="StorePacked"/> is at hand.</summary>
    static abstract bool CanStorePacked { get; }

    /// <summary>Packs eight words side by side and stores a register, of which the bytes after the words are zero.</summary>
    /// <param name="value">Words of at least 8 bits, which fit 64 bits after the shifts.</param>
    /// <param name="shifts">For every word the bit of a byte that it begins at.</param>
    /// <param name="evenBytes">For each byte of the result its position among the words with an even index, or 64.</param>
    /// <param name="oddBytes">For each byte of the result its position among the words with an odd index, or 64.</param>
    /// <param name="destination">Receives a register.</param>
    static abstract void StorePacked(TSelf value, TSelf shifts, TSelf evenBytes, TSelf oddBytes, ref byte destination);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator &(TSelf left, TSelf right);

    static abstract TSelf operator |(TSelf left, TSelf right);

    static abstract TSelf operator ^(TSelf left, TSelf right);

    static abstract TSelf ShiftLeft(TSelf value, int count);

    static abstract TSelf ShiftRight(TSelf value, int count);

    /// <summary>Shifts every word right by a separate count in [0, 63].</summary>
    static abstract TSelf ShiftRight(TSelf value, TSelf counts);

    /// <summary>Multiplies the lower halves of the words, 32 bits by 32 bits to 64 bits.</summary>
    static abstract TSelf MultiplyLowHalves(TSelf left, TSelf right);

    /// <summary>Computes value + addend where the highest bit of the value is set, else value.</summary>
    static abstract TSelf AddWhereNegative(TSelf value, TSelf addend);

    /// <summary>Counts the one bits of every word without a look-up in memory.</summary>
    static abstract TSelf CountOnes(TSelf value);

    /// <summary>Computes the bitwise or of all words.</summary>
    static abstract ulong Combine(TSelf value);
}
