namespace FedHe.Crypto.Kernels.Sharing;

/// <summary>The specification of computations on vectors of elements of F_p.</summary>
internal sealed class SharingSpecification : SharingKernel
{
    public override bool AreElements(ReadOnlySpan<ushort> numbers)
    {
        uint outside = 0;
        foreach (ushort number in numbers)
        {
            outside |= unchecked(Prime - 1 - number);
        }

        return outside >> 31 == 0;
    }

    /// <summary>Evaluates the first positions of rows.</summary>
    /// <param name="coefficients">The first coefficient and all after it.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="rowLength">The distance of rows.</param>
    /// <param name="point">The point.</param>
    /// <param name="destination">Receives as many values as it is long.</param>
    public static void EvaluateRows(
        ReadOnlySpan<ushort> coefficients, int rows, int rowLength, uint point, Span<ushort> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            uint value = 0;
            for (int row = rows - 1; row >= 0; row--)
            {
                value = ((value * point) + coefficients[(row * rowLength) + i]) % Prime;
            }

            destination[i] = (ushort)value;
        }
    }

    protected override void EvaluateCore(
        ReadOnlySpan<ushort> coefficients, int rows, int rowLength, uint point, Span<ushort> destination)
        => EvaluateRows(coefficients, rows, rowLength, point, destination);

    protected override void MultiplyAddCore(ReadOnlySpan<ushort> elements, uint factor, Span<uint> sums)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += elements[i] * factor % Prime;
        }
    }

    protected override void ReduceCore(ReadOnlySpan<uint> sums, Span<ushort> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (ushort)(sums[i] % Prime);
        }
    }
}
