using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;

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
            var specification = new NttSpecification(roots);
            ulong[] factors = [.. KernelInputs.Polynomials(degree, prime).First()];
            ulong[] quotients = [.. factors.Select(factor => ShoupFactor.Create(factor, prime).Quotient)];
            foreach (ulong[] polynomial in KernelInputs.Polynomials(degree, prime))
            {
                ulong[] forward = Transform(polynomial, specification.Forward);
                ulong[] inverse = Transform(polynomial, specification.Inverse);
                ulong[] product = Transform(polynomial, values =>
                {
                    PolynomialKernel.Default.Multiply(values, new FixedFactors(factors, quotients), values, prime);
                    specification.Inverse(values);
                });
                foreach (LaneWidth width in Enum.GetValues<LaneWidth>().Where(LaneSupport.IsSupported))
                {
                    var kernel = NttKernel.Create(roots, width);
                    Transform(polynomial, kernel.Forward).AsSpan().SequenceEqual(forward).Should().BeTrue("forward, {0}", width);
                    Transform(polynomial, kernel.Inverse).AsSpan().SequenceEqual(inverse).Should().BeTrue("inverse, {0}", width);
                    Transform(polynomial, values => kernel.InverseOfProduct(values, new FixedFactors(factors, quotients), values))
                        .AsSpan().SequenceEqual(product).Should().BeTrue("inverse of product, {0}", width);
                }
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
