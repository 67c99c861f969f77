namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>Reverses the lowest bits of an index.</summary>
internal static class BitReversal
{
    /// <summary>Returns the index whose lowest bits are in opposite order.</summary>
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
