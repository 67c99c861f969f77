namespace FedHe.Crypto.Kernels.Hashing;

/// <summary>The specification of universal hashing.</summary>
internal sealed class UniversalHashSpecification : UniversalHashKernel
{
    protected override void Accumulate(ReadOnlySpan<ulong> words, ReadOnlySpan<ulong> key, Span<ulong> sums)
    {
        for (int pass = 0; pass < Passes; pass++)
        {
            for (int i = 0; i < words.Length; i++)
            {
                ulong x = words[i] + key[i + (Lanes * pass)]; // m_i + k_(i + 8t)
                sums[(Lanes * pass) + (i % Lanes)] += (x & uint.MaxValue) * (x >> 32);
            }
        }
    }
}
