namespace FedHe.Crypto.Kernels.Modular;

/// <summary>Fixed factors are the factors w of pointwise products, with their Shoup quotients floor(w*2^64/p).</summary>
/// <remarks>Lanes read the values alone; the specification reads both.</remarks>
internal readonly ref struct FixedFactors(ReadOnlySpan<ulong> values, ReadOnlySpan<ulong> quotients)
{
    /// <summary>The factors w, in [0, p).</summary>
    public ReadOnlySpan<ulong> Values { get; } = values;

    /// <summary>The quotient floor(w*2^64/p) of every factor w; see <see cref="ShoupFactor"/>.</summary>
    public ReadOnlySpan<ulong> Quotients { get; } = quotients;
}
