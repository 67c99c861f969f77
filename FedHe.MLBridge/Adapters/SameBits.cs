namespace FedHe.MLBridge.Adapters;

/// <summary>This class compares the elements of floating tensors by their bits, so that zeros of two signs differ and the same NaN is equal.</summary>
internal static class SameBits
{
    /// <summary>Returns the index of the first element that differs, or -1; both arrays have one type and length.</summary>
    public static int FirstDifference(Array first, Array second) => (first, second) switch
    {
        (float[] one, float[] two) => IndexOf(one, two, BitConverter.SingleToInt32Bits),
        (double[] one, double[] two) => IndexOf(one, two, BitConverter.DoubleToInt64Bits),
        (Half[] one, Half[] two) => IndexOf(one, two, BitConverter.HalfToInt16Bits),
        _ => IndexOf((ushort[])first, (ushort[])second, bits => bits),
    };

    private static int IndexOf<T, TBits>(T[] first, T[] second, Func<T, TBits> bitsOf)
        where TBits : IEquatable<TBits>
    {
        for (int i = 0; i < first.Length; i++)
        {
            if (!bitsOf(first[i]).Equals(bitsOf(second[i])))
            {
                return i;
            }
        }

        return -1;
    }
}
