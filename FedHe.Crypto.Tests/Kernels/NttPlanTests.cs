using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Ntt;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class NttPlanTests
{
    private const ulong Prime = 0x3ffffffffc001;

    /// <summary>Source: smallest primitive roots that Microsoft SEAL 4.4.3 uses for these primes.</summary>
    [Theory]
    [InlineData(2048, 0x3ffffffffc001, 1080667890455)]
    [InlineData(4096, 0x3ffffffffc001, 46909545429)]
    [InlineData(8192, 0x3ffffffffc001, 11286399139)]
    [InlineData(2048, 0x3fffffffcc001, 740453799136)]
    [InlineData(4096, 0x3fffffffcc001, 12064401162)]
    [InlineData(8192, 0x3fffffffcc001, 126325704370)]
    public void Root_OfKnownPrimes_IsTheSmallest(int degree, ulong prime, ulong root)
        => new NttPlan(degree, prime).Root.Should().Be(root);

    [Fact]
    public void Forward_SmallDegree_EvaluatesAtOddPowersOfTheRootInBitReversedOrder()
    {
        const int Degree = 16;
        var ntt = new NttPlan(Degree, Prime);
        ulong[] polynomial = RandomPolynomial(Degree, seed: 2);
        ulong[] transformed = [.. polynomial];
        ntt.Forward(transformed);
        for (int i = 0; i < Degree; i++)
        {
            ulong point = ModularArithmetic.Power(ntt.Root, (2 * (ulong)BitReversal.Reverse(i, 4)) + 1, Prime);
            transformed[i].Should().Be(Evaluate(polynomial, point), "at index {0}", i);
        }
    }

    [Theory]
    [InlineData(8, 97)]
    [InlineData(64, Prime)]
    [InlineData(1024, 0x3fff001)]
    public void PointwiseProduct_EqualsNaiveNegacyclicConvolution(int degree, ulong prime)
    {
        var ntt = new NttPlan(degree, prime);
        ulong[] left = RandomPolynomial(degree, seed: 3, prime);
        ulong[] right = RandomPolynomial(degree, seed: 4, prime);
        ulong[] expected = NegacyclicConvolution(left, right, prime);
        ntt.Forward(left);
        ntt.Forward(right);
        ulong[] product = [.. left.Zip(right, (x, y) => ModularArithmetic.Multiply(x, y, prime))];
        ntt.Inverse(product);
        product.Should().Equal(expected);
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(4096)]
    [InlineData(32768)]
    public void Inverse_OfForward_IsTheIdentity_ForRandomAndExtremePolynomials(int degree)
    {
        const ulong LargePrime = 0x3ffffffdf0001;
        var ntt = new NttPlan(degree, LargePrime);
        ulong[][] polynomials =
        [
            RandomPolynomial(degree, seed: 5, LargePrime),
            [.. Enumerable.Repeat(LargePrime - 1, degree)],
            new ulong[degree],
        ];
        foreach (ulong[] polynomial in polynomials)
        {
            ulong[] copy = [.. polynomial];
            ntt.Forward(copy);
            copy.Should().OnlyContain(value => value < LargePrime);
            ntt.Inverse(copy);
            copy.Should().Equal(polynomial);
        }
    }

    private static ulong[] RandomPolynomial(int degree, int seed, ulong prime = Prime)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, degree).Select(_ => (ulong)random.NextInt64((long)prime))];
    }

    private static ulong Evaluate(ulong[] polynomial, ulong point)
    {
        ulong value = 0;
        foreach (ulong coefficient in polynomial.Reverse())
        {
            value = (ModularArithmetic.Multiply(value, point, Prime) + coefficient) % Prime;
        }

        return value;
    }

    private static ulong[] NegacyclicConvolution(ulong[] left, ulong[] right, ulong prime)
    {
        int degree = left.Length;
        var result = new ulong[degree];
        for (int i = 0; i < degree; i++)
        {
            for (int j = 0; j < degree; j++)
            {
                ulong product = ModularArithmetic.Multiply(left[i], right[j], prime);
                int k = (i + j) % degree;
                result[k] = i + j < degree
                    ? (result[k] + product) % prime
                    : (result[k] + prime - product) % prime;
            }
        }

        return result;
    }
}
