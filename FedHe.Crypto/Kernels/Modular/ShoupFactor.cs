namespace FedHe.Crypto.Kernels.Modular;

/// <summary>
/// A Shoup factor is a fixed factor w in [0, p) with the quotient floor(w*2^64/p), which makes products free of division.
/// </summary>
/// <remarks>Source: Shoup's trick as in Harvey, "Faster arithmetic for number-theoretic transforms", 2014, section 2.</remarks>
/// <param name="Value">The factor w.</param>
/// <param name="Quotient">floor(w*2^64/p).</param>
internal readonly record struct ShoupFactor(ulong Value, ulong Quotient)
{
    /// <summary>Computes the quotient of a factor, by one division for all products.</summary>
    public static ShoupFactor Create(ulong value, ulong p) => new(value, (ulong)(((UInt128)value << 64) / p));

    /// <summary>Computes x*w up to a multiple of p, in [0, 2p), for any x.</summary>
    public ulong MultiplyLazy(ulong x, ulong p)
    {
        ulong quotient = Math.BigMul(x, Quotient, out _); // q = floor(x*floor(w*2^64/p)/2^64)
        return unchecked((x * Value) - (quotient * p)); // x*w - q*p
    }

    /// <summary>Computes x*w mod p, in [0, p), for any x.</summary>
    public ulong Multiply(ulong x, ulong p) => ModularArithmetic.SubtractOnce(MultiplyLazy(x, p), p);
}
