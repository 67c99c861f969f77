namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>One register of 64-bit words, with wrapping arithmetic.</summary>
/// <typeparam name="TSelf">The lane type itself.</typeparam>
internal interface IWordLane<TSelf>
    where TSelf : struct, IWordLane<TSelf>
{
    /// <summary>Words in one register: a power of two.</summary>
    static abstract int Count { get; }

    static abstract TSelf Create(ulong value);

    static abstract TSelf Load(ref ulong source, nuint index);

    static abstract void Store(TSelf value, ref ulong destination, nuint index);

    /// <summary>Loads <see cref="Count"/> signed bytes and extends their signs.</summary>
    static abstract TSelf LoadSmallSigned(ref sbyte source, nuint index);

    /// <summary>Stores the lowest byte of every word.</summary>
    static abstract void StoreLowBytes(TSelf value, ref sbyte destination, nuint index);

    /// <summary>Words that one load of <see cref="LoadScattered"/> serves: it reads eight bytes for each.</summary>
    static abstract int WordsPerLoad { get; }

    /// <summary>
    /// Loads words that lie at any byte: as many loads as their words need, then a choice of eight bytes for each word.
    /// </summary>
    /// <param name="source">Where offsets count from.</param>
    /// <param name="offsets">Where each load begins.</param>
    /// <param name="bytes">For each byte of the result its position in its load (unused with one word a register).</param>
    static abstract TSelf LoadScattered(ref byte source, ref readonly nuint offsets, TSelf bytes);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator &(TSelf left, TSelf right);

    static abstract TSelf operator |(TSelf left, TSelf right);

    static abstract TSelf operator ^(TSelf left, TSelf right);

    static abstract TSelf ShiftLeft(TSelf value, int count);

    static abstract TSelf ShiftRight(TSelf value, int count);

    /// <summary>Shifts every word by a count of its own, below 64.</summary>
    static abstract TSelf ShiftRight(TSelf value, TSelf counts);

    /// <summary>value + addend where the highest bit of value is set, else value.</summary>
    static abstract TSelf AddWhereNegative(TSelf value, TSelf addend);

    /// <summary>The number of ones in every word, without a look-up in memory.</summary>
    static abstract TSelf CountOnes(TSelf value);

    /// <summary>The bitwise or of all words.</summary>
    static abstract ulong Combine(TSelf value);
}
