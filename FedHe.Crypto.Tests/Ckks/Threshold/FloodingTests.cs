using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Threshold;
using FedHe.Crypto.Ckks.Threshold.Opening;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Sampling;

namespace FedHe.Crypto.Tests.Ckks.Threshold;

/// <summary>The noise that hides the key in partial decryptions, as it is planned, sampled and found in answers.</summary>
public sealed class FloodingTests
{
    private const int Ciphertexts = 16;

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public void Answers_CarryTheNoiseOfTheirPlan(int parties, int threshold)
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(parties, threshold));
        ThresholdParameters parameters = group.Context.Parameters;
        using EncryptedVector vector = group.Encrypt(new double[Ciphertexts * group.ValuesPerCiphertext]);
        int[] set = [.. Enumerable.Range(1, threshold)];
        using PartialDecryption answer = group.Answer(1, vector, set);
        Int128[] noise = NoiseOf(group, (CkksVector)vector, answer, new PartySet(set));

        // (count)*(sample variance)/(variance) is chi-square of as many degrees but for the kurtosis, -1.2/4 here: mean 1, and deviation
        // sqrt((2 - 0.3)/count). The fourth moment is 2.7, and the eighth 55.8, so that the deviation of the fourth is sqrt((55.8 - 2.7^2)/count).
        double count = noise.Length;
        double variance = noise.Average(x => (double)x / parameters.FloodingSigma * ((double)x / parameters.FloodingSigma));
        variance.Should().BeApproximately(1, 6 * Math.Sqrt(1.7 / count));
        noise.Average(x => (double)x / parameters.FloodingSigma).Should().BeApproximately(0, 6 / Math.Sqrt(count));
        noise.Average(x => Math.Pow((double)x / parameters.FloodingSigma, 4)).Should().BeApproximately(2.7, 6 * Math.Sqrt(48.5 / count));
        noise.Max(x => Math.Abs((double)x)).Should().BeLessThanOrEqualTo(parameters.Flooding.Max);
        noise.Distinct().Should().HaveCount(noise.Length, "of 65,536 samples of 65 bits no two are the same");

        // No low bit is missing, as it would be from a rounded floating-point number.
        for (int bit = 0; bit < parameters.Flooding.LowBits + parameters.Flooding.HighBits - 3; bit++)
        {
            double ones = noise.Count(x => ((x >> bit) & 1) == 1);
            ones.Should().BeApproximately(count / 2, 3.5 * Math.Sqrt(count), $"bit {bit} is a fair coin");
        }
    }

    [Fact]
    public void Kernel_OfAnyWidths_IsTheSumAndTheBitsThatItLeaves()
    {
        foreach ((int high, int low, int count) in (ReadOnlySpan<(int, int, int)>)[(53, 13, 512), (60, 16, 19), (6, 48, 33), (1, 0, 7), (55, 36, 8)])
        {
            byte[] random = new byte[count * FloodingKernel.Words * sizeof(ulong)];
            new System.Random(high).NextBytes(random);
            var x = new long[count];
            var y = new ulong[count];
            FloodingKernel.Sample(random, high, low, x, y);
            for (int i = 0; i < count; i++)
            {
                Int128 sum = -2 * (((Int128)1 << high) - 1);
                UInt128 rest = 0;
                for (int word = 0; word < FloodingKernel.Words; word++)
                {
                    ulong bits = BitConverter.ToUInt64(random, ((word * count) + i) * sizeof(ulong));
                    sum += (Int128)(bits >> (64 - high));
                    int position = word * (64 - high);
                    rest |= position < low ? (UInt128)(bits & (ulong.MaxValue >> high)) << position : 0;
                }

                ((Int128)x[i], (UInt128)y[i]).Should().Be((sum, rest & (((UInt128)1 << low) - 1)), $"{high}, {low}, {i}");
            }
        }
    }

    [Fact]
    public void FisherInformation_OfFourSummands_IsWithinTheFactorOfThePlan()
    {
        // 4 * sum of (sqrt(p(j+1)) - sqrt(p(j)))^2 times the variance, for summands of 64 to 1024 values.
        double last = double.MaxValue;
        foreach (int values in (ReadOnlySpan<int>)[64, 256, 1024])
        {
            double[] density = [1];
            for (int summand = 0; summand < FloodingKernel.Words; summand++)
            {
                density = Convolve(density, values);
            }

            double[] roots = [0, .. density.Select(Math.Sqrt), 0];
            double information = 4 * roots.Zip(roots.Skip(1), (left, right) => (right - left) * (right - left)).Sum();
            double product = information * FloodingKernel.Words * (((double)values * values) - 1) / 12;

            product.Should().BeLessThan(1.04).And.BeLessThan(last).And.BeGreaterThan(1.038);
            last = product;
        }
    }

    [Theory]
    [InlineData(4096, 1e5, 64, 1 << 20)]
    [InlineData(8192, 1.3e6, 64, 1 << 20)]
    [InlineData(8192, 1.3e6, 40, 1)]
    [InlineData(32768, 1e9, 60, 1 << 24)]
    [InlineData(4096, 1, 40, 1 << 30)]
    public void Plan_OfANorm_HidesItAndIsNotWiderThanNeeded(int degree, double norm, int security, long openings)
    {
        ThresholdFlooding flooding = ThresholdFlooding.For(degree, norm, security, openings)!.Value;
        double low = flooding.LowBits > 0 ? degree * Math.ScaleB(1, 2 * (flooding.LowBits - 1)) : 0;
        double distance = openings * 1.04 * ((norm * norm) + low) / (8 * flooding.Variance); // squared Hellinger distance

        Math.Log2(96 * distance).Should().BeLessThanOrEqualTo(-security, "all openings together are within 2^-s/96");
        Math.Log2(96 * distance).Should().BeGreaterThan(-security - 2.1, "one bit less would not be enough");
        low.Should().BeLessThanOrEqualTo(norm * norm / 15);
    }

    [Fact]
    public void Plan_ThatDoesNotFitWords_DoesNotExist()
        => ThresholdFlooding.For(8192, 1e6, 80, 1 << 30).Should().BeNull();

    [Fact]
    public void Norm_OfTheHiddenNoise_IsWithinThePlannedBound()
    {
        // Encryptions of zero under the key of three parties, opened in clear.
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(3, 3, totalWeight: 1));
        ThresholdParameters parameters = group.Context.Parameters;
        using EncryptedVector vector = group.Encrypt(new double[Ciphertexts * group.ValuesPerCiphertext]);
        var own = (CkksVector)vector;
        double bound = CkksNoise.PublicKeyEncryption(parameters.Encryption.Degree, 3).TailBound;
        for (int ciphertext = 0; ciphertext < Ciphertexts; ciphertext++)
        {
            ulong[][] sums = [.. Enumerable.Range(0, 2).Select(limb => own.Limb(ciphertext, 0, limb).ToArray())];
            for (int party = 1; party <= 3; party++)
            {
                for (int limb = 0; limb < 2; limb++)
                {
                    PolynomialKernel.Default.Add(sums[limb], ProductOf(group, own, ciphertext, limb, party, new PartySet(1, 2, 3)), parameters.Encryption.Moduli[limb]);
                }
            }

            double[] noise = [.. Compose(parameters, sums).Select(x => (double)x)];
            noise.Max(Math.Abs).Should().BeLessThan(bound);
            double deviation = Math.Sqrt(noise.Average(x => x * x));
            deviation.Should().BeInRange(bound / 10.597 / 1.3, bound / 10.597, "the bound is a tail of the true deviation");
        }
    }

    /// <summary>Returns the answer without c1 times the share, which only a test can do.</summary>
    internal static Int128[] NoiseOf(ThresholdGroup group, CkksVector vector, PartialDecryption answer, PartySet set)
    {
        ThresholdParameters parameters = group.Context.Parameters;
        return
        [
            .. Enumerable.Range(0, vector.CiphertextCount).SelectMany(ciphertext => Compose(
                parameters,
                [
                    .. Enumerable.Range(0, 2).Select(limb =>
                    {
                        ulong[] noise = ProductOf(group, vector, ciphertext, limb, answer.Party, set);
                        PolynomialKernel.Default.SubtractFrom(answer.Limb(ciphertext, limb), noise, parameters.Encryption.Moduli[limb]);
                        return noise;
                    }),
                ])),
        ];
    }

    private static ulong[] ProductOf(ThresholdGroup group, CkksVector vector, int ciphertext, int limb, int party, PartySet set)
    {
        var product = new ulong[group.Context.Parameters.Encryption.Degree];
        var share = group.Context.Parameters.NeedsAll
            ? group.Share(party).Polynomial
            : LagrangeFactors.Fold(group.Context.Ring, group.Share(party), set);
        group.Context.Ring.Transforms[limb].InverseOfProduct(vector.Limb(ciphertext, 1, limb), share.Limb(limb), product);
        return product;
    }

    /// <summary>Composes residues modulo two primes into integers about zero.</summary>
    private static Int128[] Compose(ThresholdParameters parameters, ulong[][] limbs)
    {
        (ulong p, ulong q) = (parameters.Encryption.Moduli[0], parameters.Encryption.Moduli[1]);
        ulong inverse = Crypto.Kernels.Modular.ModularArithmetic.Inverse(p % q, q);
        Int128 modulus = (Int128)p * q;
        return
        [
            .. limbs[0].Zip(limbs[1], (x, y) =>
            {
                ulong digit = (ulong)((UInt128)(((y + q) - (x % q)) % q) * inverse % q);
                Int128 value = x + ((Int128)p * digit);
                return value > modulus / 2 ? value - modulus : value;
            }),
        ];
    }

    private static double[] Convolve(double[] density, int values)
    {
        var sums = new double[density.Length + values - 1];
        for (int i = 0; i < density.Length; i++)
        {
            for (int j = 0; j < values; j++)
            {
                sums[i + j] += density[i] / values;
            }
        }

        return sums;
    }
}
