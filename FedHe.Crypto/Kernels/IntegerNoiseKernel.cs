using System.Buffers.Binary;

namespace FedHe.Crypto.Kernels;

/// <summary>The specification of noise sampling.</summary>
internal sealed class IntegerNoiseKernel : NoiseKernel
{
    protected override void CentredBinomialCore(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            ReadOnlySpan<byte> bytes = random.Slice(BinomialBytes * i, BinomialBytes);
            destination[i] = HeadsMinusTails(BinaryPrimitives.ReadUInt32LittleEndian(bytes)
                | ((ulong)BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) << 32));
        }
    }

    protected override void TernaryCore(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(random[(TernaryBytes * i)..]);
            destination[i] = (sbyte)((int)Math.BigMul(word, 3, out _) - 1);
        }
    }
}
