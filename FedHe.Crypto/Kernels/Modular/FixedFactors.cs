namespace FedHe.Crypto.Kernels.Modular;

/// <summary>The fixed factors w of pointwise products, and their Shoup quotients floor(w*2^64/p).</summary>
/// <remarks>Lanes read the values alone; the specification reads both.</remarks>
internal readonly ref struct FixedFactors(ReadOnlySpan<ulong> values, ReadOnlySpan<ulong> quotients)
{
    /// <summary>The factors, in [0, p).</summary>
    public ReadOnlySpan<ulong> Values { get; } = values;

    /// <summary>floor(w*2^64/p) for every factor w; see <see cref="ShoupFactor"/>.</summary>
    public ReadOnlySpan<ulong> Quotients { get; } = quotients;
}
