using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Fft;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Sampling;
using FedHe.Crypto.Kernels.Values;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Every supported width against the specification, bit for bit, at lengths that leave a rest in every width.</summary>
public sealed class LaneKernelTests
{
    private const int Length = 1024 + 8 + 4 + 2 + 1;

    [Fact]
    public void PolynomialKernel_OfEveryWidth_AgreesWithTheSpecification()
    {
        foreach (ulong prime in KernelInputs.Primes)
        {
            ulong[][] inputs = [.. KernelInputs.Polynomials(Length, prime)];
            foreach (ulong[] left in inputs)
            {
                foreach (ulong[] right in inputs)
                {
                    SupportedWidths.AllAgree(width => PolynomialResults(PolynomialKernel.Create(width), left, right, prime));
                }
            }
        }
    }

    [Fact]
    public void PolynomialKernel_OfAnyLength_AgreesWithTheSpecification()
    {
        ulong prime = KernelInputs.Primes[0];
        for (int length = 1; length <= 17; length++)
        {
            ulong[][] inputs = [.. KernelInputs.Polynomials(length, prime)];
            SupportedWidths.AllAgree(width => PolynomialResults(PolynomialKernel.Create(width), inputs[0], inputs[^1], prime));
        }
    }

    [Fact]
    public void PolynomialKernel_SignedInputsOfEveryWidth_AgreesWithTheSpecification()
    {
        var random = new System.Random(1);
        long[] values =
        [
            0, 1, -1, (1L << 62) - 1, 1 - (1L << 62), 1L << 31, -(1L << 31), (1L << 31) - 1,
            .. Enumerable.Range(0, Length).Select(i => random.NextInt64(1 - (1L << 62), 1L << 62) >> (i % 62)),
        ];
        sbyte[] small = [.. values.Select(value => (sbyte)value)];
        foreach (ulong prime in KernelInputs.Primes)
        {
            long[] signed = [.. values, (long)prime, -(long)prime, (long)prime / 2, -((long)prime / 2)];
            ulong[] residues = [.. KernelInputs.Polynomials(small.Length, prime).First()];
            SupportedWidths.AllAgree<ulong>(width =>
            {
                var kernel = PolynomialKernel.Create(width);
                var reduced = new ulong[signed.Length];
                kernel.ReduceSigned(signed, reduced, prime);
                ulong[] sum = [.. residues];
                kernel.AddSmallSigned(sum, small, prime);
                return [.. reduced, .. sum];
            });
        }
    }

    [Fact]
    public void BitPackingKernel_OfEveryWidth_AgreesWithTheSpecification()
    {
        var random = new System.Random(2);
        for (int bits = 1; bits <= BitPackingKernel.MaxWidth; bits++)
        {
            foreach (int count in (int[])[1, 8, 31, 64, Length])
            {
                ulong limit = 1UL << bits;
                ulong[] values = [.. Enumerable.Range(0, count).Select(_ => (ulong)random.NextInt64((long)limit))];
                values[count / 2] = limit - 1;
                SupportedWidths.AllAgree(width => PackingResults(BitPackingKernel.Create(width), values, bits, limit, dropped: 0));
                SupportedWidths.AllAgree(width => PackingResults(BitPackingKernel.Create(width), values, bits, Math.Max(1, limit - 1), dropped: 0));
                SupportedWidths.AllAgree(width => PackingResults(BitPackingKernel.Create(width), values, bits, limit, dropped: bits / 2));
            }
        }
    }

    [Fact]
    public void BitPackingKernel_OneValueOutOfRange_IsRefusedAtEveryPosition()
    {
        const int Count = 64;
        foreach (LaneWidth width in SupportedWidths.All)
        {
            var kernel = BitPackingKernel.Create(width);
            for (int position = 0; position < Count; position++)
            {
                ulong[] values = [.. Enumerable.Range(0, Count).Select(i => i == position ? 1000UL : 999)];
                var packed = new byte[BitPackingKernel.PackedLength(Count, 10)];
                kernel.Pack(values, 10, packed);
                kernel.TryUnpack(packed, 10, modulus: 1000, new ulong[Count]).Should().BeFalse("{0}, at {1}", width, position);
                kernel.TryUnpack(packed, 10, modulus: 1001, new ulong[Count]).Should().BeTrue();
            }
        }
    }

    [Fact]
    public void BitPackingKernel_AreInRange_AgreesWithUnpackingAtEveryPosition()
    {
        // The lengths leave every rest of four ranges, of groups and of values; bits of the neighbors are ones and zeros.
        foreach ((int bits, int dropped, ulong modulus) in ((int, int, ulong)[])[(10, 0, 1000), (36, 2, (1UL << 38) - (1UL << 14) + 1), (50, 6, (1UL << 56) - (1UL << 20) + 1)])
        {
            ulong largest = (modulus - 1) >> dropped;
            foreach (int count in (int[])[1, 8, 63, 64, 131, 1024 + 8 + 4 + 2 + 1])
            {
                for (int position = 0; position < count; position += 1 + (count / 128))
                {
                    foreach (ulong value in (ulong[])[largest, largest + 1, (1UL << bits) - 1])
                    {
                        ulong[] values = [.. Enumerable.Range(0, count).Select(i => i == position ? value : i % 2 == 0 ? largest : 0)];
                        var packed = new byte[BitPackingKernel.PackedLength(count, bits)];
                        BitPackingKernel.Create(LaneWidth.Specification).Pack(values, bits, packed);
                        foreach (LaneWidth width in SupportedWidths.All)
                        {
                            var kernel = BitPackingKernel.Create(width);
                            kernel.AreInRange(packed, count, bits, modulus, dropped).Should().Be(value <= largest, "{0}, {1} of {2}", width, position, count);
                            kernel.TryUnpack(packed, bits, modulus, new ulong[count], dropped).Should().Be(value <= largest);
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void BitPackingKernel_AreInRange_RefusesStrayBitsAfterTheLastValue()
    {
        foreach (LaneWidth width in SupportedWidths.All)
        {
            BitPackingKernel.Create(width).AreInRange([0b0000_0111], count: 1, width: 3, modulus: 8).Should().BeTrue();
            BitPackingKernel.Create(width).AreInRange([0b1000_0111], count: 1, width: 3, modulus: 8).Should().BeFalse();
        }
    }

    [Fact]
    public void NoiseKernel_OfEveryWidth_GivesTheSameSamplesFromTheSameBytes()
    {
        var random = new System.Random(3);
        foreach (int count in (int[])[1, 8, 17, Length])
        {
            var bytes = new byte[count * NoiseKernel.TernaryBytes];
            random.NextBytes(bytes);
            bytes.AsSpan(0, count).Fill(0xff);
            SupportedWidths.AllAgree<sbyte>(width =>
            {
                var error = new sbyte[count];
                var ternary = new sbyte[count];
                NoiseKernel.Create(width).CenteredBinomial(bytes.AsSpan(0, NoiseKernel.BinomialLength(count)), error);
                NoiseKernel.Create(width).Ternary(bytes, ternary);
                return [.. error, .. ternary];
            });
        }
    }

    [Fact]
    public void UniformKernel_OfEveryWidth_AgreesWithTheSpecification()
    {
        ulong[] words = [.. KernelInputs.Polynomials(Length - 1, KernelInputs.Primes[0]).First()];
        foreach (ulong modulus in (ulong[])[1UL << 49, words.Max(), words.Max() + 1])
        {
            SupportedWidths.AllAgree<ulong>(width =>
            {
                var masked = new ulong[words.Length];
                bool inRange = UniformKernel.Create(width).Mask(words, (1UL << 50) - 1, modulus, masked);
                var sum = new ulong[words.Length];
                ulong[] addend = [.. masked.Select(word => (word * 7) % modulus)];
                if (inRange)
                {
                    UniformKernel.Create(width).MaskAndAdd(words, (1UL << 50) - 1, modulus, addend, sum).Should().BeTrue();
                }

                var counters = new ulong[Length - 1];
                UniformKernel.Create(width).WriteCounters(counters, first: uint.MaxValue, label: ulong.MaxValue / 3);
                return [.. masked, .. sum, inRange ? 1UL : 0, .. counters];
            });
        }
    }

    [Fact]
    public void UniversalHashKernel_OfEveryWidth_AgreesWithTheSpecification()
    {
        var random = new System.Random(6);
        foreach (int length in (int[])[0, 1, 8, 63, 64, 65, 8 * Length, (8 * Length) + 3])
        {
            var message = new byte[length];
            random.NextBytes(message);
            message.AsSpan(0, length / 2).Fill(0xff);
            var key = new byte[UniversalHashKernel.KeyLength(length)];
            random.NextBytes(key);
            SupportedWidths.AllAgree<byte>(width =>
            {
                var hash = new byte[UniversalHashKernel.HashLength];
                UniversalHashKernel.Create(width).Hash(message, key, hash);
                return hash;
            });
        }
    }

    [Fact]
    public void FixedPointKernel_OfEveryWidth_AgreesWithTheSpecification()
    {
        var random = new System.Random(4);
        double[] values =
        [
            0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, Math.ScaleB(1, 31) + 0.5,
            Math.ScaleB(1, 61), -Math.ScaleB(1, 61), Math.BitDecrement(Math.ScaleB(1, 62)),
            .. Enumerable.Range(0, Length).Select(i => Math.ScaleB(random.NextDouble() - 0.5, i % 63)),
        ];
        SupportedWidths.AllAgree(width =>
        {
            var coefficients = new long[values.Length];
            FixedPointKernel.Create(width).Encode(values, 1, coefficients);
            return coefficients;
        });
        SupportedWidths.AllAgree<long>(width =>
        {
            var decoded = new double[values.Length];
            FixedPointKernel.Create(width).Decode(values, Math.ScaleB(1, -20), decoded);
            return [.. decoded.Select(BitConverter.DoubleToInt64Bits)];
        });
    }

    [Theory]
    [MemberData(nameof(ExactIntegerKernelTests.Shapes), MemberType = typeof(ExactIntegerKernelTests))]
    public void ExactIntegerKernel_OfEveryWidth_AgreesWithTheSpecification(ulong prime, int fieldBits, int count)
    {
        const int Degree = 256;
        var fields = new ExactFields(prime, fieldBits, count);
        var random = new System.Random(5);
        double half = fields.Middle;
        double[] values = [.. Enumerable.Range(0, Degree * count).Select(i => (i % 5) switch
        {
            0 => -half,
            1 => half - 1,
            2 => Math.Floor(random.NextDouble() * half) - 0.5,
            _ => ((2 * random.NextDouble()) - 1) * (half - 1),
        })];
        double[] coefficients = [.. Enumerable.Range(0, Degree).Select(i => (i % 4) switch
        {
            0 => (double)(prime / 2),
            1 => -(double)(prime / 2),
            2 => Math.Round(Math.ScaleB(prime, -fields.LogPlaintextModulus - 1)) * (random.Next(2) - 0.5) * 2,
            _ => random.NextInt64(-(long)(prime / 2), (long)(prime / 2)),
        })];
        SupportedWidths.AllAgree(width =>
        {
            var encoded = new long[Degree];
            ExactIntegerKernel.Create(width).Encode(values, 1, fields, encoded);
            return encoded;
        });
        foreach (int length in (int[])[1, Degree - 3, Degree * count])
        {
            SupportedWidths.AllAgree<long>(width =>
            {
                var decoded = new double[length];
                ExactIntegerKernel.Create(width).Decode([.. coefficients], 0.25, fields, decoded);
                return [.. decoded.Select(BitConverter.DoubleToInt64Bits)];
            });
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(16384)]
    public void ComplexFft_OfEveryWidth_AgreesWithTheSpecification(int length)
    {
        var random = new System.Random(length);
        double[] input = [.. Enumerable.Range(0, 2 * length).Select(_ => random.NextDouble() - 0.5)];
        foreach (int sign in (int[])[1, -1])
        {
            SupportedWidths.AllAgree<long>(width =>
            {
                double[] data = [.. input];
                var fft = ComplexFft.Create(length, width);
                fft.Transform(data.AsSpan(0, length), data.AsSpan(length), sign);
                fft.Rotate(data.AsSpan(0, length), data.AsSpan(length), input.AsSpan(0, length), input.AsSpan(length));
                return [.. data.Select(BitConverter.DoubleToInt64Bits)];
            });
        }
    }

    private static ulong[] PolynomialResults(PolynomialKernel kernel, ulong[] left, ulong[] right, ulong prime)
    {
        var factor = ShoupFactor.Create(right[^1], prime);
        ulong[] quotients = [.. right.Select(value => ShoupFactor.Create(value, prime).Quotient)];
        ulong[] sum = [.. left];
        kernel.Add(sum, right, prime);
        ulong[] difference = [.. left];
        kernel.SubtractFrom(right, difference, prime);
        ulong[] accumulated = [.. left];
        kernel.AddScaled(accumulated, right, factor, prime);
        kernel.AddScaled(accumulated, right, ShoupFactor.Create(1, prime), prime);
        var masked = new ulong[left.Length];
        sbyte[] error = [.. left.Select(value => (sbyte)((int)(value % 43) - 21))];
        long[] message = [.. right.Select((value, i) => i % 2 == 0 ? (long)value : -(long)value)];
        kernel.MaskMessage(message, error, left, masked, prime);
        ulong[] scaled = [.. left];
        kernel.Scale(scaled, factor, prime);
        ulong[] product = [.. left];
        kernel.Multiply(product, new FixedFactors(right, quotients), product, prime);
        var centered = new long[left.Length];
        kernel.Center(left, centered, prime);
        var reals = new double[left.Length];
        kernel.CenterToReal(left, reals, prime);
        var sums = new double[left.Length];
        kernel.UnmaskSum(left, right, addend: 0.5, inverseScale: 1.0 / 3, sums, prime);
        return
        [
            .. sum, .. difference, .. accumulated, .. scaled, .. product, .. masked,
            .. centered.Select(value => (ulong)value), .. reals.Select(BitConverter.DoubleToUInt64Bits),
            .. sums.Select(BitConverter.DoubleToUInt64Bits),
        ];
    }

    private static ulong[] PackingResults(BitPackingKernel kernel, ulong[] values, int bits, ulong limit, int dropped)
    {
        var packed = new byte[BitPackingKernel.PackedLength(values.Length, bits - dropped)];
        kernel.Pack(values, bits - dropped, packed, dropped);
        var unpacked = new ulong[values.Length];
        bool inRange = kernel.TryUnpack(packed, bits - dropped, limit, unpacked, dropped);
        bool isCheckedInRange = kernel.AreInRange(packed, values.Length, bits - dropped, limit, dropped);
        return [.. packed.Select(value => (ulong)value), .. unpacked, inRange ? 1UL : 0, isCheckedInRange ? 1UL : 0];
    }
}
