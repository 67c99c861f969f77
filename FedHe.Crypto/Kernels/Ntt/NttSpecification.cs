using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Ntt;

/// <summary>The specification of the number-theoretic transform, with which every faster kernel agrees bit for bit.</summary>
/// <remarks>
/// Source: Longa and Naehrig, ePrint 2016/504, Algorithms 1 and 2; lazy reductions as in Harvey 2014.
/// </remarks>
internal sealed class NttSpecification : NttKernel
{
    private readonly ulong _modulus;
    private readonly ShoupFactor[] _roots;
    private readonly ShoupFactor[] _inverseRoots;
    private readonly ShoupFactor _inverseDegree;

    public NttSpecification(NttRoots roots)
        : base(roots.Degree)
    {
        _modulus = roots.Modulus;
        _roots = [.. roots.Powers.Select(Factor)];
        _inverseRoots = [.. roots.InversePowers.Select(Factor)];
        _inverseDegree = Factor(roots.InverseDegree);
    }

    protected override void ForwardCore(Span<ulong> values)
    {
        ulong p = _modulus;
        int half = Degree / 2;
        for (int groups = 1; groups < Degree; groups *= 2, half /= 2)
        {
            for (int group = 0; group < groups; group++)
            {
                ShoupFactor root = _roots[groups + group];
                Span<ulong> low = values.Slice(2 * group * half, half);
                Span<ulong> high = values.Slice((2 * group * half) + half, half)[..low.Length];
                for (int i = 0; i < low.Length; i++)
                {
                    // (x, y) -> (x + w*y, x - w*y), from [0, 4p) to [0, 4p)
                    ulong x = ModularArithmetic.SubtractOnce(low[i], 2 * p); // in [0, 2p)
                    ulong y = root.MultiplyLazy(high[i], p); // in [0, 2p)
                    low[i] = x + y;
                    high[i] = x - y + (2 * p);
                }
            }
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ModularArithmetic.SubtractOnce(ModularArithmetic.SubtractOnce(values[i], 2 * p), p);
        }
    }

    protected override void InverseCore(Span<ulong> values)
    {
        ulong p = _modulus;
        int half = 1;
        for (int groups = Degree / 2; groups >= 1; groups /= 2, half *= 2)
        {
            for (int group = 0; group < groups; group++)
            {
                ShoupFactor root = _inverseRoots[groups + group];
                Span<ulong> low = values.Slice(2 * group * half, half);
                Span<ulong> high = values.Slice((2 * group * half) + half, half)[..low.Length];
                for (int i = 0; i < low.Length; i++)
                {
                    // (x, y) -> (x + y, w*(x - y)), from [0, 2p) to [0, 2p)
                    ulong x = low[i];
                    ulong y = high[i];
                    low[i] = ModularArithmetic.SubtractOnce(x + y, 2 * p);
                    high[i] = root.MultiplyLazy(x - y + (2 * p), p);
                }
            }
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] = _inverseDegree.Multiply(values[i], p);
        }
    }

    protected override void InverseOfProductCore(ReadOnlySpan<ulong> left, FixedFactors right, Span<ulong> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = new ShoupFactor(right.Values[i], right.Quotients[i]).Multiply(left[i], _modulus);
        }

        InverseCore(destination);
    }

    private ShoupFactor Factor(ulong value) => ShoupFactor.Create(value, _modulus);
}
