using System.Numerics;
using FedHe.Crypto.Kernels.Rns;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class RnsComposerTests
{
    private static readonly ulong[] Primes = [0x3ffffffef4001, 0x3fffffffcc001, 0x3ffffffffc001, 0xfffffdc001];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Compose_ExtremesAndRandom_AgreesWithBigInteger(int limbCount)
    {
        ulong[] moduli = Primes[..limbCount];
        BigInteger product = moduli.Aggregate(BigInteger.One, (value, modulus) => value * modulus);
        BigInteger half = (product - 1) / 2;
        var random = new System.Random(limbCount);
        BigInteger[] values = [0, 1, -1, half, -half, half - 1, 1 - half, .. Enumerable.Range(0, 200).Select(_ => RandomSigned(random, half))];
        int degree = values.Length;
        var limbs = new ulong[limbCount * degree];
        for (int limb = 0; limb < limbCount; limb++)
        {
            for (int i = 0; i < degree; i++)
            {
                limbs[(limb * degree) + i] = (ulong)(((values[i] % moduli[limb]) + moduli[limb]) % moduli[limb]);
            }
        }

        var composed = new double[degree];
        new RnsComposer(moduli).Compose(limbs, degree, composed);
        for (int i = 0; i < degree; i++)
        {
            double expected = (double)values[i];
            composed[i].Should().BeApproximately(expected, Math.ScaleB(Math.Abs(expected), -51), "of {0}", values[i]);
        }
    }

    private static BigInteger RandomSigned(System.Random random, BigInteger limit)
    {
        var bytes = new byte[limit.GetByteCount() + 8];
        random.NextBytes(bytes);
        int shift = random.Next(8 * bytes.Length);
        return (new BigInteger(bytes) >> shift) % limit;
    }
}
