using System.Buffers.Binary;
using System.Numerics;

namespace FedHe.Crypto.Kernels.Sampling;

/// <summary>The specification of noise sampling.</summary>
internal sealed class NoiseSpecification : NoiseKernel
{
    protected override void CenteredBinomialCore(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        ulong pending = 0;
        int pendingBits = 0;
        int position = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            for (; pendingBits < BinomialBits; pendingBits += 8)
            {
                pending |= (ulong)random[position++] << pendingBits;
            }

            destination[i] = (sbyte)(BitOperations.PopCount((pending ^ OneSide) & Coins) - BinomialMax); // ones(a) + ones(~b) - 21
            pending >>= BinomialBits;
            pendingBits -= BinomialBits;
        }
    }

    protected override void TernaryCore(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(random[(TernaryBytes * i)..]);
            destination[i] = (sbyte)((int)Math.BigMul(word, 3, out _) - 1); // floor(3*r/2^64) - 1
        }
    }
}
