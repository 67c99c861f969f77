using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class NttKernelTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(1024)]
    [InlineData(2048)]
    [InlineData(4096)]
    [InlineData(8192)]
    [InlineData(16384)]
    [InlineData(32768)]
    public void Transforms_OfEveryWidth_AgreeWithTheSpecification(int degree)
    {
        foreach (ulong prime in KernelInputs.Primes)
        {
            var roots = new NttRoots(degree, prime);
            ulong[] factors = [.. KernelInputs.Polynomials(degree, prime).First()];
            ulong[] quotients = [.. factors.Select(factor => ShoupFactor.Create(factor, prime).Quotient)];
            foreach (ulong[] polynomial in KernelInputs.Polynomials(degree, prime))
            {
                SupportedWidths.AllAgree<ulong>(width =>
                {
                    var kernel = NttKernel.Create(roots, width);
                    return
                    [
                        .. Transform(polynomial, kernel.Forward),
                        .. Transform(polynomial, kernel.Inverse),
                        .. Transform(polynomial, values =>
                            kernel.InverseOfProduct(values, new FixedFactors(factors, quotients), values)),
                    ];
                });
            }
        }
    }

    [Fact]
    public void InverseOfProduct_OfTheSpecification_IsTheInverseOfThePointwiseProduct()
    {
        const int Degree = 1024;
        foreach (ulong prime in KernelInputs.Primes)
        {
            var specification = new NttSpecification(new NttRoots(Degree, prime));
            ulong[] factors = [.. KernelInputs.Polynomials(Degree, prime).First()];
            ulong[] quotients = [.. factors.Select(factor => ShoupFactor.Create(factor, prime).Quotient)];
            foreach (ulong[] polynomial in KernelInputs.Polynomials(Degree, prime))
            {
                ulong[] expected = Transform(polynomial, values =>
                {
                    PolynomialKernel.Default.Multiply(values, new FixedFactors(factors, quotients), values, prime);
                    specification.Inverse(values);
                });
                Transform(polynomial, values => specification.InverseOfProduct(values, new FixedFactors(factors, quotients), values))
                    .Should().Equal(expected);
            }
        }
    }

    private delegate void InPlace(Span<ulong> values);

    private static ulong[] Transform(ulong[] polynomial, InPlace transform)
    {
        ulong[] copy = [.. polynomial];
        transform(copy);
        return copy;
    }
}
