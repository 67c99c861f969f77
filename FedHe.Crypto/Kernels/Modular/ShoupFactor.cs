namespace FedHe.Crypto.Kernels.Modular;

/// <summary>A fixed factor w in [0, p) and its quotient floor(w*2^64/p), with which products need no division.</summary>
/// <remarks>Source: Shoup's trick as in Harvey, "Faster arithmetic for number-theoretic transforms", 2014, section 2.</remarks>
/// <param name="Value">The factor w.</param>
/// <param name="Quotient">floor(w*2^64/p).</param>
internal readonly record struct ShoupFactor(ulong Value, ulong Quotient)
{
    /// <summary>Divides once, for all products with a factor.</summary>
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
