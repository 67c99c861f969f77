namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>Bit reversal reverses the lowest bits of an index.</summary>
internal static class BitReversal
{
    /// <summary>Returns the index with its lowest bits in opposite order.</summary>
    public static int Reverse(int index, int bits)
    {
        int reversed = 0;
        for (int i = 0; i < bits; i++)
        {
            reversed = (reversed << 1) | ((index >> i) & 1);
        }

        return reversed;
    }
}
