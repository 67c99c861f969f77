namespace FedHe.Crypto.Kernels.Modular;

/// <summary>
/// The fixed side of pointwise products: values below p and their Shoup quotients floor(w*2^64/p). Lanes read the values
/// alone, the integer specification both.
/// </summary>
internal readonly ref struct FixedFactors(ReadOnlySpan<ulong> values, ReadOnlySpan<ulong> quotients)
{
    public ReadOnlySpan<ulong> Values { get; } = values;

    public ReadOnlySpan<ulong> Quotients { get; } = quotients;
}
