using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class HalfNttKernelTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(1024)]
    [InlineData(2048)]
    [InlineData(4096)]
    public void InverseOfProduct_OfEveryWidth_AgreesWithTheSpecificationOfWords(int degree)
    {
        foreach (int bits in (int[])[31, 29, 24, 18])
        {
            ulong prime = RingPrimes.LargestFirst(degree, bits).First();
            var roots = new NttRoots(degree, prime);
            var words = new NttSpecification(roots);
            foreach (ulong[] factors in KernelInputs.Polynomials(degree, prime))
            {
                var buffer = new HalfFactorBuffer(degree);
                buffer.Set(factors, prime);
                ulong[] quotients = [.. factors.Select(factor => ShoupFactor.Create(factor, prime).Quotient)];
                foreach (ulong[] polynomial in KernelInputs.Polynomials(degree, prime))
                {
                    var expected = new ulong[degree];
                    words.InverseOfProduct(polynomial, new FixedFactors(factors, quotients), expected);
                    uint[] halves = [.. polynomial.Select(value => (uint)value)];
                    SupportedWidths.AllAgree<ulong>(width =>
                    {
                        var kernel = HalfNttKernel.Create(roots, width);
                        var apart = new uint[degree];
                        kernel.InverseOfProduct(halves, buffer.Factors, apart);
                        uint[] inPlace = [.. halves];
                        kernel.InverseOfProduct(inPlace, buffer.Factors, inPlace);
                        inPlace.Should().Equal(apart);
                        return [.. apart.Select(value => (ulong)value)];
                    });
                    var specified = new uint[degree];
                    new HalfNttSpecification(roots).InverseOfProduct(halves, buffer.Factors, specified);
                    specified.Should().Equal(expected.Select(value => (uint)value));
                }
            }
        }
    }
}
