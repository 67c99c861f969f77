using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.KeyAdditive.Ring;

/// <summary>A packed sum is one ciphertext of a sum of uploads, as it travels.</summary>
/// <param name="codes">The packed codes of the sums.</param>
/// <param name="range">The range that the sums are coded in.</param>
/// <param name="contributors">The number n of uploads.</param>
internal readonly ref struct PackedSum(ReadOnlySpan<byte> codes, SumRange range, int contributors)
{
    /// <summary>The packed codes.</summary>
    public ReadOnlySpan<byte> Codes { get; } = codes;

    /// <summary>The range of the sums: a code stands for the range's least sum and the code.</summary>
    public SumRange Range { get; } = range;

    /// <summary>Computes 2^t*least + floor(n*(2^t - 1)/2), what opening adds to 2^t times a code.</summary>
    /// <param name="dropped">The number t of bits that uploads leave out.</param>
    public ulong OffsetOf(int dropped) => (Range.Least << dropped) + (MissingOf(dropped) / 2);

    /// <summary>Computes what the offset lacks to n*(2^t - 1)/2: one half where n*(2^t - 1) is odd.</summary>
    /// <param name="dropped">The number t of bits that uploads leave out.</param>
    public double RestOf(int dropped) => MissingOf(dropped) % 2 == 1 ? 0.5 : 0;

    private ulong MissingOf(int dropped) => (ulong)contributors * ((1UL << dropped) - 1);
}
