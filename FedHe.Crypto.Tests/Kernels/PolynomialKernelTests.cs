using System.Numerics;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class PolynomialKernelTests
{
    private const ulong Prime = 0x3ffffffffc001;

    [Theory]
    [InlineData(Prime)]
    [InlineData(0x3fff001)]
    public void ReduceSigned_ExtremesAndRandom_AgreesWithBigInteger(ulong prime)
    {
        var random = new System.Random(1);
        long[] values =
        [
            0, 1, -1, (long)prime, -(long)prime, (long)prime - 1, 1 - (long)prime, (1L << 62) - 1, 1 - (1L << 62),
            .. Enumerable.Range(0, 500).Select(_ => random.NextInt64(-(1L << 62) + 1, 1L << 62)),
        ];
        var residues = new ulong[values.Length];
        PolynomialKernel.Default.ReduceSigned(values, residues, prime);
        for (int i = 0; i < values.Length; i++)
        {
            BigInteger expected = (((BigInteger)values[i] % prime) + prime) % prime;
            residues[i].Should().Be((ulong)expected, "of {0}", values[i]);
        }
    }

    [Fact]
    public void Center_OfReduced_IsTheIdentityBelowHalfTheModulus()
    {
        long half = (long)(Prime / 2);
        long[] values = [0, 1, -1, half, -half, 12345, -98765];
        var residues = new ulong[values.Length];
        var centered = new long[values.Length];
        PolynomialKernel.Default.ReduceSigned(values, residues, Prime);
        PolynomialKernel.Default.Center(residues, centered, Prime);
        centered.Should().Equal(values);
    }

    [Fact]
    public void AddScaled_ManyTimes_AgreesWithWideArithmetic()
    {
        var random = new System.Random(2);
        ulong[] accumulator = [0, Prime - 1, 5];
        ulong[] expected = [.. accumulator];
        for (int round = 0; round < 100; round++)
        {
            ulong[] values = [0, Prime - 1, (ulong)random.NextInt64((long)Prime)];
            ulong weight = (ulong)random.NextInt64(1, long.MaxValue) % Prime;
            PolynomialKernel.Default.AddScaled(accumulator, values, ShoupFactor.Create(weight, Prime), Prime);
            for (int i = 0; i < values.Length; i++)
            {
                expected[i] = (expected[i] + ModularArithmetic.Multiply(values[i], weight, Prime)) % Prime;
            }
        }

        accumulator.Should().Equal(expected);
    }

    [Fact]
    public void AddSmallSigned_BothSigns_WrapsModuloThePrime()
    {
        ulong[] accumulator = [0, 0, Prime - 1, 21];
        PolynomialKernel.Default.AddSmallSigned(accumulator, [-21, 21, 21, -21], Prime);
        accumulator.Should().Equal(Prime - 21, 21, 20, 0);
    }

    [Fact]
    public void MaskMessage_ExtremesOfEveryPart_AgreesWithBigInteger()
    {
        long[] messages = [0, (long)Prime - 1, 1 - (long)Prime, 12345, -98765];
        sbyte[] errors = [0, 21, -21];
        ulong[] masks = [0, 1, Prime - 1];
        foreach (long message in messages)
        {
            foreach (sbyte error in errors)
            {
                foreach (ulong mask in masks)
                {
                    ulong[] destination = [mask];
                    PolynomialKernel.Default.MaskMessage([message], [error], destination, destination, Prime);
                    BigInteger expected = ((BigInteger)message + error - mask) % Prime;
                    destination[0].Should().Be((ulong)((expected + Prime) % Prime));
                }
            }
        }
    }
}
