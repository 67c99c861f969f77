using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Ntt;

/// <summary>The specification of the number-theoretic transform on residues of 32 bits, with products of 64 bits.</summary>
/// <remarks>Source: Longa and Naehrig, ePrint 2016/504, Algorithm 2, without lazy reductions.</remarks>
internal sealed class HalfNttSpecification : HalfNttKernel
{
    private readonly ulong _modulus;
    private readonly ShoupFactor[] _inverseRoots;
    private readonly ShoupFactor _inverseDegree;
    private readonly BarrettModulus _arithmetic;

    public HalfNttSpecification(NttRoots roots)
        : base(roots.Degree)
    {
        _modulus = roots.Modulus;
        _arithmetic = new BarrettModulus(_modulus);
        _inverseRoots = [.. roots.InversePowers.Select(root => ShoupFactor.Create(root, _modulus))];
        _inverseDegree = ShoupFactor.Create(roots.InverseDegree, _modulus);
    }

    protected override void InverseOfProductCore(ReadOnlySpan<uint> left, HalfFactors right, Span<uint> destination)
    {
        ulong p = _modulus;
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (uint)_arithmetic.Multiply(left[i], right.Values[i]);
        }

        int half = 1;
        for (int groups = Degree / 2; groups >= 1; groups /= 2, half *= 2)
        {
            for (int group = 0; group < groups; group++)
            {
                ShoupFactor root = _inverseRoots[groups + group];
                Span<uint> low = destination.Slice(2 * group * half, half);
                Span<uint> high = destination.Slice((2 * group * half) + half, half)[..low.Length];
                for (int i = 0; i < low.Length; i++)
                {
                    // (x, y) -> (x + y, w*(x - y))
                    ulong x = low[i];
                    ulong y = high[i];
                    low[i] = (uint)ModularArithmetic.SubtractOnce(x + y, p);
                    high[i] = (uint)root.Multiply(x - y + p, p);
                }
            }
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (uint)_inverseDegree.Multiply(destination[i], p);
        }
    }
}
