namespace FedHe.Crypto.Kernels.Modular;

/// <summary>Half factors are fixed factors w of 32 bits, with their Shoup quotients floor(w*2^32/p).</summary>
internal readonly ref struct HalfFactors(ReadOnlySpan<uint> values, ReadOnlySpan<uint> quotients)
{
    /// <summary>The factors w, in [0, p).</summary>
    public ReadOnlySpan<uint> Values { get; } = values;

    /// <summary>The quotient floor(w*2^32/p) of every factor w.</summary>
    public ReadOnlySpan<uint> Quotients { get; } = quotients;
}
