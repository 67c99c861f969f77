namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>
/// A half lane is one register of 32-bit halves of words with wrapping arithmetic, and serves as a type parameter of the
/// kernels.
/// </summary>
/// <typeparam name="TSelf">The lane type itself.</typeparam>
internal interface IHalfLane<TSelf>
    where TSelf : struct, IHalfLane<TSelf>
{
    /// <summary>The number of halves in one register, a power of two.</summary>
    static abstract int Count { get; }

    /// <summary>Repeats a half through a register.</summary>
    static abstract TSelf Create(uint value);

    /// <summary>Loads <see cref="Count"/> halves from an index on; the memory need not be aligned.</summary>
    static abstract TSelf Load(ref uint source, nuint index);

    /// <summary>
    /// Repeats <paramref name="period"/> halves, a power of two, through the register, and may read a register of memory.
    /// </summary>
    static abstract TSelf LoadRepeated(ref uint source, nuint index, int period);

    /// <summary>Loads <see cref="Count"/> signed bytes and extends their signs.</summary>
    static abstract TSelf LoadSmallSigned(ref sbyte source, nuint index);

    /// <summary>
    /// Loads <see cref="Count"/> doubles, multiplies them by a factor and rounds products in (-2^31, 2^31) to the nearest
    /// integer, ties to even.
    /// </summary>
    /// <remarks>The sum with 1.5*2^52 has the integer in its lower half.</remarks>
    static abstract TSelf LoadRounded(ref double source, nuint index, double factor);

    /// <summary>The number of halves that one load of <see cref="LoadScattered"/> serves, with four bytes for each.</summary>
    static abstract int HalvesPerLoad { get; }

    /// <summary>
    /// Loads halves that may begin at any byte, by loads of <see cref="HalvesPerLoad"/> halves and a choice of bytes.
    /// </summary>
    /// <param name="source">The origin of the offsets.</param>
    /// <param name="offsets">The offset of each load in bytes.</param>
    /// <param name="bytes">For each byte of the result its position in its load; not used with one half a register.</param>
    static abstract TSelf LoadScattered(ref byte source, ref readonly nuint offsets, TSelf bytes);

    /// <summary>Stores <see cref="Count"/> halves from an index on.</summary>
    static abstract void Store(TSelf value, ref uint destination, nuint index);

    /// <summary>Converts signed halves to doubles and stores (half + addend)*factor from an index on.</summary>
    static abstract void StoreReals(TSelf value, double addend, double factor, ref double destination, nuint index);

    /// <summary>Whether <see cref="StorePacked"/> is at hand.</summary>
    static abstract bool CanStorePacked { get; }

    /// <summary>Packs numbers side by side and stores a register, of which the bytes after the numbers are zero.</summary>
    /// <param name="value">Numbers of <paramref name="width"/> bits.</param>
    /// <param name="width">The bits of a number, in [4, 30].</param>
    /// <param name="shifts">For every two numbers the bit of a byte that they begin at, as 64-bit words.</param>
    /// <param name="evenBytes">For each byte of the result its position among two numbers with an even index, or 64.</param>
    /// <param name="oddBytes">For each byte of the result its position among two numbers with an odd index, or 64.</param>
    /// <param name="destination">Receives a register.</param>
    static abstract void StorePacked(
        TSelf value, int width, TSelf shifts, TSelf evenBytes, TSelf oddBytes, ref byte destination);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    /// <summary>Multiplies modulo 2^32.</summary>
    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator &(TSelf left, TSelf right);

    static abstract TSelf operator |(TSelf left, TSelf right);

    static abstract TSelf operator ^(TSelf left, TSelf right);

    static abstract TSelf ShiftRight(TSelf value, int count);

    /// <summary>Shifts every half right by a separate count in [0, 31].</summary>
    static abstract TSelf ShiftRight(TSelf value, TSelf counts);

    /// <summary>Shifts every half left by a separate count in [0, 31].</summary>
    static abstract TSelf ShiftLeft(TSelf value, TSelf counts);

    /// <summary>Computes the smaller one of two unsigned numbers.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>Moves halves at odd positions to the even positions before them. What odd positions receive is open.</summary>
    /// <remarks>A multiplication to 64 bits reads even positions alone.</remarks>
    static abstract TSelf OddToEven(TSelf value);

    /// <summary>Computes x*w - floor(x*w'/2^32)*p modulo 2^32.</summary>
    /// <remarks>As one member it takes less of the just-in-time compiler's budget for inlining than as its operations.</remarks>
    /// <param name="x">The numbers x.</param>
    /// <param name="factor">The factors w.</param>
    /// <param name="quotient">The factors w'.</param>
    /// <param name="oddQuotient">The factors w' at odd positions, moved to the even positions before them.</param>
    /// <param name="modulus">The number p.</param>
    static abstract TSelf MultiplyModulo(TSelf x, TSelf factor, TSelf quotient, TSelf oddQuotient, TSelf modulus);

    /// <summary>Collects the halves at even positions of the first register, then of the second.</summary>
    static abstract TSelf UnzipEven(TSelf first, TSelf second);

    /// <summary>Collects the halves at odd positions of the first register, then of the second.</summary>
    static abstract TSelf UnzipOdd(TSelf first, TSelf second);

    /// <summary>Computes the bitwise or of all halves.</summary>
    static abstract uint Combine(TSelf value);
}
