namespace FedHe.Crypto.Kernels.Modular;

/// <summary>
/// A fixed factor w &lt; p with its precomputed quotient floor(w*2^64/p): one product modulo p then costs two
/// multiplications and no division.
/// </summary>
/// <remarks>
/// Source: Shoup's trick as in Harvey, "Faster arithmetic for number-theoretic transforms", 2014, section 2.
/// With x &lt; 2^64 the lazy result lies in [0, 2p).
/// </remarks>
internal readonly record struct ShoupFactor(ulong Value, ulong Quotient)
{
    public static ShoupFactor Create(ulong value, ulong p) => new(value, (ulong)(((UInt128)value << 64) / p));

    /// <summary>x*w mod p, in [0, 2p).</summary>
    public ulong MultiplyLazy(ulong x, ulong p)
    {
        ulong quotient = Math.BigMul(x, Quotient, out _);
        return unchecked((x * Value) - (quotient * p));
    }

    /// <summary>x*w mod p, in [0, p).</summary>
    public ulong Multiply(ulong x, ulong p) => ModularArithmetic.SubtractOnce(MultiplyLazy(x, p), p);
}
