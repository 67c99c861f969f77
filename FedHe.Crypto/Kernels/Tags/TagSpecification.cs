using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Tags;

/// <summary>The specification of polynomial hashes: plain loops over 64-bit words, for every prime below 2^62.</summary>
internal sealed class TagSpecification : TagKernel
{
    public override (ulong First, ulong Second) Fold(Span<ulong> accumulators, HashPoints points, in BarrettModulus modulus)
        => (Fold(accumulators[..RowLength], points.X(0, 0), modulus), Fold(accumulators[RowLength..], points.X(1, 0), modulus));

    public override bool AreAtMost(ReadOnlySpan<ulong> values, ulong maximum)
    {
        ulong outside = 0;
        foreach (ulong value in values)
        {
            outside |= value | unchecked(maximum - value);
        }

        return outside >> 63 == 0;
    }

    protected override void MultiplyAddCore(
        ReadOnlySpan<ulong> values, int dropped, int column, HashPoints points, Span<ulong> accumulators, in BarrettModulus modulus)
    {
        ulong p = modulus.Prime;
        for (int hash = 0; hash < HashCount; hash++)
        {
            ShoupFactor y = modulus.Factor(points.Y(hash));
            Span<ulong> row = accumulators.Slice(hash * RowLength, RowLength);
            for (int i = 0; i < values.Length; i++)
            {
                ref ulong sum = ref row[(column + i) % RowLength];
                sum = y.MultiplyLazy(sum, p) + (values[i] >> dropped); // below 2p + p < 2^64
            }
        }
    }

    private static ulong Fold(ReadOnlySpan<ulong> row, ulong x, in BarrettModulus modulus)
    {
        ulong hash = 0;
        for (int column = RowLength - 1; column >= 0; column--)
        {
            hash = modulus.Add(modulus.Multiply(hash, x), modulus.Reduce(0, row[column]));
        }

        return hash;
    }
}
