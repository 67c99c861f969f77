using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class ModularArithmeticTests
{
    private const ulong Prime = 0x3ffffffffc001;

    [Fact]
    public void IsPrime_UpToTenThousand_AgreesWithTrialDivision()
    {
        for (ulong candidate = 0; candidate < 10_000; candidate++)
        {
            bool expected = candidate >= 2;
            for (ulong divisor = 2; divisor * divisor <= candidate; divisor++)
            {
                expected &= candidate % divisor != 0;
            }

            ModularArithmetic.IsPrime(candidate).Should().Be(expected, "of {0}", candidate);
        }
    }

    [Theory]
    [InlineData(3215031751)] // strong pseudoprime to bases 2, 3, 5, 7
    [InlineData(3825123056546413051)] // strong pseudoprime to the first nine primes
    [InlineData(561)] // Carmichael
    public void IsPrime_StrongPseudoprime_IsRefused(ulong composite)
        => ModularArithmetic.IsPrime(composite).Should().BeFalse();

    [Fact]
    public void ShoupFactor_RandomAndExtremeOperands_AgreesWithWideArithmetic()
    {
        var random = new System.Random(1);
        foreach (ulong prime in (ulong[])[Prime, 0x3fff001, 12289])
        {
            ulong[] operands = [0, 1, 2, prime / 2, prime - 2, prime - 1];
            ulong[] sample = [.. operands, .. Enumerable.Range(0, 200).Select(_ => (ulong)random.NextInt64((long)prime))];
            foreach (ulong factor in sample)
            {
                var shoup = ShoupFactor.Create(factor, prime);
                foreach (ulong x in sample)
                {
                    shoup.Multiply(x, prime).Should().Be(ModularArithmetic.Multiply(x, factor, prime));
                }

                shoup.MultiplyLazy(ulong.MaxValue, prime).Should().BeLessThan(2 * prime);
            }
        }
    }

    [Fact]
    public void Inverse_TimesItself_IsOne()
    {
        foreach (ulong x in (ulong[])[1, 2, 4096, Prime - 1, 123456789])
        {
            ModularArithmetic.Multiply(x, ModularArithmetic.Inverse(x, Prime), Prime).Should().Be(1);
        }
    }
}
