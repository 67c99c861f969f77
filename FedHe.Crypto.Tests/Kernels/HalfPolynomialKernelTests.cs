using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Values;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Every supported width against words of 64 bits, at lengths that leave a rest in every width.</summary>
public sealed class HalfPolynomialKernelTests
{
    private const int Length = 256 + 8 + 4 + 2 + 1;

    private static ulong[] Primes { get; } = [.. ((int[])[31, 30, 29, 14]).Select(bits => RingPrimes.LargestFirst(1024, bits).First())];

    [Fact]
    public void MaskValues_OfEveryWidth_AgreesWithWords()
    {
        const double Scale = 3;
        var random = new System.Random(7);
        foreach (ulong prime in Primes)
        {
            long p = (long)prime;
            double[] values =
            [
                .. ((double[])[0, -0.0, 0.5, -0.5, 1.5, -1.5, 2.5, p / 2, -(p / 2), p - 1, 1 - p, p - 1.5, 1.5 - p]).Select(x => x / Scale),
                .. Enumerable.Range(0, Length - 13).Select(i => ((2 * random.NextDouble()) - 1) * (p - 1) / Scale / (1 + (i % 3))),
            ];
            var messages = new long[Length];
            FixedPointKernel.Create(LaneWidth.Specification).Encode(values, Scale, messages);
            sbyte[] errors = [.. messages.Select((_, i) => (sbyte)((i % 43) - 21))];
            foreach (ulong[] masks in KernelInputs.Polynomials(Length, prime))
            {
                var expected = new ulong[Length];
                PolynomialKernel.Create(LaneWidth.Specification).MaskMessage(messages, errors, masks, expected, prime);
                uint[] halves = [.. masks.Select(mask => (uint)mask)];
                SupportedWidths.AllAgree(width =>
                {
                    var masked = new uint[Length];
                    HalfPolynomialKernel.Create(width).MaskValues(values, Scale, errors, halves, masked, (uint)prime);
                    masked.Select(value => (ulong)value).Should().Equal(expected);
                    return masked;
                });
            }
        }
    }

    [Fact]
    public void UnmaskValues_OfEveryWidth_AgreesWithWords()
    {
        const double InverseScale = 1.0 / 3;
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
                    var centered = new double[Length];
                    PolynomialKernel.Create(LaneWidth.Specification).CenterToReal(sums, centered, prime);
                    uint[] halves = [.. masks.Select(mask => (uint)mask)];
                    foreach (double addend in (double[])[0, 0.5])
                    {
                        foreach (int length in (int[])[Length, 19, 1])
                        {
                            var opening = new MaskOpening((uint)factor, (uint)offset, addend, InverseScale);
                            IEnumerable<double> expected = centered.Take(length).Select(x => (x + addend) * InverseScale);
                            SupportedWidths.AllAgree(width =>
                            {
                                var opened = new double[length];
                                HalfPolynomialKernel.Create(width).UnmaskValues(halves, codes, opening, opened, (uint)prime);
                                opened.Should().Equal(expected);
                                return opened;
                            });
                        }
                    }
                }
            }
        }
    }
}
