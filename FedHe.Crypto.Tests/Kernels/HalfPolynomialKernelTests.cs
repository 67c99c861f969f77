using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Every supported width against words of 64 bits, at lengths that leave a rest in every width.</summary>
public sealed class HalfPolynomialKernelTests
{
    private const int Length = 256 + 8 + 4 + 2 + 1;

    private static ulong[] Primes { get; } = [.. ((int[])[31, 30, 29, 14]).Select(bits => RingPrimes.LargestFirst(1024, bits).First())];

    [Fact]
    public void MaskMessage_OfEveryWidth_AgreesWithWords()
    {
        var random = new System.Random(7);
        foreach (ulong prime in Primes)
        {
            long p = (long)prime;
            long[] messages =
            [
                .. ((long[])[0, 1, -1, p / 2, -(p / 2), p - 1, 1 - p]),
                .. Enumerable.Range(0, Length - 7).Select(_ => random.NextInt64(1 - p, p)),
            ];
            sbyte[] errors = [.. messages.Select((_, i) => (sbyte)((i % 43) - 21))];
            foreach (ulong[] masks in KernelInputs.Polynomials(Length, prime))
            {
                var expected = new ulong[Length];
                PolynomialKernel.Create(LaneWidth.Specification).MaskMessage(messages, errors, masks, expected, prime);
                SupportedWidths.AllAgree(width =>
                {
                    var masked = new uint[Length];
                    HalfPolynomialKernel.Create(width).MaskMessage(
                        messages, errors, [.. masks.Select(mask => (uint)mask)], masked, (uint)prime);
                    masked.Select(value => (ulong)value).Should().Equal(expected);
                    return masked;
                });
            }
        }
    }

    [Fact]
    public void Unmask_OfEveryWidth_AgreesWithWords()
    {
        var random = new System.Random(8);
        uint[] codes =
        [
            .. ((uint[])[0, 1, uint.MaxValue, uint.MaxValue - 1, 1U << 31]),
            .. Enumerable.Range(0, Length - 5).Select(_ => (uint)random.NextInt64(1L << 32)),
        ];
        foreach (ulong prime in Primes)
        {
            foreach ((ulong factor, ulong offset) in ((ulong, ulong)[])[(1, 0), (32, 46), (prime - 1, prime - 1), (prime / 2, prime / 2)])
            {
                foreach (ulong[] masks in KernelInputs.Polynomials(Length, prime))
                {
                    ulong[] sums = [.. masks.Select((mask, i) => (mask + ModularArithmetic.Multiply(factor, codes[i] % prime, prime) + offset) % prime)];
                    var expected = new double[Length];
                    PolynomialKernel.Create(LaneWidth.Specification).CenterToReal(sums, expected, prime);
                    SupportedWidths.AllAgree(width =>
                    {
                        var opened = new double[Length];
                        HalfPolynomialKernel.Create(width).Unmask(
                            [.. masks.Select(mask => (uint)mask)], codes, (uint)factor, (uint)offset, opened, (uint)prime);
                        opened.Should().Equal(expected);
                        return opened;
                    });
                }
            }
        }
    }
}
