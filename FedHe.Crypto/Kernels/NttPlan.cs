using System.Diagnostics;
using System.Numerics;

namespace FedHe.Crypto.Kernels;

/// <summary>
/// The negacyclic number-theoretic transform of degree N modulo one prime: the scalar integer specification with which
/// every faster kernel must agree bit for bit. Branch-free in the data.
/// </summary>
/// <remarks>
/// Forward: natural order in, bit-reversed out, out[i] = a(psi^(2*brev(i)+1)), with psi the smallest primitive 2N-th
/// root of unity (the convention of Microsoft SEAL). Both directions take and give values in [0, p).
/// Source: Longa and Naehrig, ePrint 2016/504, Algorithms 1 and 2; lazy reductions as in Harvey 2014.
/// </remarks>
internal sealed class NttPlan
{
    private readonly ShoupFactor[] _roots;
    private readonly ShoupFactor[] _inverseRoots;
    private readonly ShoupFactor _inverseDegree;

    public NttPlan(int degree, ulong modulus)
    {
        Debug.Assert(BitOperations.IsPow2(degree) && modulus % (2 * (ulong)degree) == 1, "The modulus must be 1 mod 2N.");
        Degree = degree;
        Modulus = modulus;
        Root = SmallestPrimitiveRoot(degree, modulus);
        _roots = PowersInBitReversedOrder(Root, degree, modulus);
        _inverseRoots = [.. _roots.Select(root => ShoupFactor.Create(ModularArithmetic.Inverse(root.Value, modulus), modulus))];
        _inverseDegree = ShoupFactor.Create(ModularArithmetic.Inverse((ulong)degree, modulus), modulus);
    }

    public int Degree { get; }

    public ulong Modulus { get; }

    /// <summary>psi, the smallest primitive 2N-th root of unity.</summary>
    public ulong Root { get; }

    public void Forward(Span<ulong> values)
    {
        Debug.Assert(values.Length == Degree, "One polynomial at a time.");
        ulong p = Modulus;
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
                    // Inputs in [0, 4p), outputs in [0, 4p).
                    ulong x = ModularArithmetic.SubtractOnce(low[i], 2 * p);
                    ulong y = root.MultiplyLazy(high[i], p);
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

    public void Inverse(Span<ulong> values)
    {
        Debug.Assert(values.Length == Degree, "One polynomial at a time.");
        ulong p = Modulus;
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
                    // Inputs in [0, 2p), outputs in [0, 2p).
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

    private static ShoupFactor[] PowersInBitReversedOrder(ulong root, int degree, ulong modulus)
    {
        var powers = new ShoupFactor[degree];
        int logDegree = BitOperations.Log2((uint)degree);
        ulong power = 1;
        for (int i = 0; i < degree; i++)
        {
            powers[BitReversal.Reverse(i, logDegree)] = ShoupFactor.Create(power, modulus);
            power = ModularArithmetic.Multiply(power, root, modulus);
        }

        return powers;
    }

    private static ulong SmallestPrimitiveRoot(int degree, ulong modulus)
    {
        ulong order = 2 * (ulong)degree;
        ulong cofactor = (modulus - 1) / order;
        ulong root = 0;
        for (ulong generator = 2; ; generator++)
        {
            root = ModularArithmetic.Power(generator, cofactor, modulus);

            // The order divides 2N, a power of two; it is 2N exactly when the N-th power is -1.
            if (ModularArithmetic.Power(root, order / 2, modulus) == modulus - 1)
            {
                break;
            }
        }

        // The other primitive roots are the odd powers of this one.
        ulong square = ModularArithmetic.Multiply(root, root, modulus);
        ulong smallest = root;
        for (int i = 1; i < degree; i++)
        {
            root = ModularArithmetic.Multiply(root, square, modulus);
            smallest = Math.Min(smallest, root);
        }

        return smallest;
    }
}
