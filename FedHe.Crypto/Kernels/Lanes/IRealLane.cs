namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>A real lane is one register of double-precision numbers, and serves as a type parameter of the kernels.</summary>
/// <remarks>The just-in-time compiler specializes a kernel for each lane type, so that every member becomes one or two instructions.</remarks>
/// <typeparam name="TSelf">The lane type itself.</typeparam>
/// <typeparam name="TWord">The lane type of 64-bit words in the same register.</typeparam>
internal interface IRealLane<TSelf, TWord>
    where TSelf : struct, IRealLane<TSelf, TWord>
    where TWord : struct, IWordLane<TWord>
{
    /// <summary>The count of numbers in one register, a power of two.</summary>
    static abstract int Count { get; }

    /// <summary>Repeats a number through a register.</summary>
    static abstract TSelf Create(double value);

    /// <summary>Loads <see cref="Count"/> numbers from an index on; the memory need not be aligned.</summary>
    static abstract TSelf Load(ref double source, nuint index);

    /// <summary>
    /// Repeats <paramref name="period"/> numbers, a power of two, through the register, and may read a register of memory.
    /// </summary>
    static abstract TSelf LoadRepeated(ref double source, nuint index, int period);

    /// <summary>Stores <see cref="Count"/> numbers from an index on.</summary>
    static abstract void Store(TSelf value, ref double destination, nuint index);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    /// <summary>Computes left*right + addend with one rounding.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>Computes left*right - subtrahend with one rounding.</summary>
    static abstract TSelf MultiplySubtract(TSelf left, TSelf right, TSelf subtrahend);

    /// <summary>Computes value + addend where the value is below zero, else value.</summary>
    static abstract TSelf AddWhereNegative(TSelf value, TSelf addend);

    /// <summary>Interleaves two registers: the first half of first0, second0, first1, second1, ...</summary>
    static abstract TSelf ZipLow(TSelf first, TSelf second);

    /// <summary>Interleaves two registers: the second half of first0, second0, first1, second1, ...</summary>
    static abstract TSelf ZipHigh(TSelf first, TSelf second);

    /// <summary>Collects the numbers at even positions of the first register, then of the second.</summary>
    static abstract TSelf UnzipEven(TSelf first, TSelf second);

    /// <summary>Collects the numbers at odd positions of the first register, then of the second.</summary>
    static abstract TSelf UnzipOdd(TSelf first, TSelf second);

    /// <summary>Reinterprets numbers as their bit patterns.</summary>
    static abstract TWord AsWords(TSelf value);

    /// <summary>Reinterprets bit patterns as numbers.</summary>
    static abstract TSelf FromWords(TWord words);

    /// <summary>Tells whether every magnitude is at most <paramref name="bound"/>; for assertions.</summary>
    static abstract bool AreWithin(TSelf value, double bound);
}
