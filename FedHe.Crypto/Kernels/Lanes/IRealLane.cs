namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>
/// One register of double-precision numbers: the type over which kernels are generic. The just-in-time compiler
/// specialises a kernel for each lane type, so that every member below becomes one or two instructions.
/// </summary>
/// <typeparam name="TSelf">The lane type itself.</typeparam>
/// <typeparam name="TWord">The same register seen as 64-bit words.</typeparam>
internal interface IRealLane<TSelf, TWord>
    where TSelf : struct, IRealLane<TSelf, TWord>
    where TWord : struct, IWordLane<TWord>
{
    /// <summary>Numbers in one register: a power of two.</summary>
    static abstract int Count { get; }

    static abstract TSelf Create(double value);

    static abstract TSelf Load(ref double source, nuint index);

    /// <summary>
    /// Repeats <paramref name="period"/> numbers, a power of two, through the register. Reads a whole register of memory.
    /// </summary>
    static abstract TSelf LoadRepeated(ref double source, nuint index, int period);

    static abstract void Store(TSelf value, ref double destination, nuint index);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    /// <summary>left*right + addend with one rounding.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>left*right - subtrahend with one rounding.</summary>
    static abstract TSelf MultiplySubtract(TSelf left, TSelf right, TSelf subtrahend);

    /// <summary>value + addend where value is below zero, else value.</summary>
    static abstract TSelf AddWhereNegative(TSelf value, TSelf addend);

    /// <summary>The first half of first0, second0, first1, second1, ...</summary>
    static abstract TSelf ZipLow(TSelf first, TSelf second);

    /// <summary>The second half of first0, second0, first1, second1, ...</summary>
    static abstract TSelf ZipHigh(TSelf first, TSelf second);

    /// <summary>The numbers at even positions of the two registers, one after the other.</summary>
    static abstract TSelf UnzipEven(TSelf first, TSelf second);

    /// <summary>The numbers at odd positions of the two registers, one after the other.</summary>
    static abstract TSelf UnzipOdd(TSelf first, TSelf second);

    /// <summary>The bit patterns of the numbers.</summary>
    static abstract TWord AsWords(TSelf value);

    /// <summary>The numbers with the given bit patterns.</summary>
    static abstract TSelf FromWords(TWord words);

    /// <summary>Whether every magnitude is at most <paramref name="bound"/>; for assertions.</summary>
    static abstract bool AreWithin(TSelf value, double bound);
}
