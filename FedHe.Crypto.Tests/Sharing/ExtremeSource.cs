using FedHe.Crypto.Kernels.Sampling;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Sharing;

/// <summary>Coins that give every coefficient of a round key its largest magnitude: half of each 42 coins are heads.</summary>
internal sealed class ExtremeSource(bool isNegative) : UnhedgedRandomSource
{
    public override void Fill(Span<byte> destination)
    {
        destination.Clear();
        for (int bit = 0; bit < 8 * destination.Length; bit++)
        {
            if (bit % (2 * NoiseKernel.BinomialMax) < NoiseKernel.BinomialMax != isNegative)
            {
                destination[bit / 8] |= (byte)(1 << (bit % 8));
            }
        }
    }
}
