using System.Diagnostics;
using System.Numerics;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Ntt;

/// <summary>The roots of unity of one negacyclic transform are the numbers from which every kernel builds its tables.</summary>
internal sealed class NttRoots
{
    public NttRoots(int degree, ulong modulus)
    {
        Debug.Assert(BitOperations.IsPow2(degree) && modulus % (2 * (ulong)degree) == 1, "The modulus must be 1 mod 2N.");
        Degree = degree;
        Modulus = modulus;
        Root = SmallestPrimitiveRoot(degree, modulus);
        Powers = PowersInBitReversedOrder(Root, degree, modulus);
        InversePowers = PowersInBitReversedOrder(ModularArithmetic.Inverse(Root, modulus), degree, modulus);
        InverseDegree = ModularArithmetic.Inverse((ulong)degree, modulus);
    }

    /// <summary>The degree N of the transform.</summary>
    public int Degree { get; }

    /// <summary>The prime modulus p.</summary>
    public ulong Modulus { get; }

    /// <summary>The smallest primitive 2N-th root of unity, psi.</summary>
    public ulong Root { get; }

    /// <summary>The powers of psi, with psi^brev(i) at index i.</summary>
    /// <remarks>Stage by stage, the twiddle of group g among G groups is at G + g.</remarks>
    public ulong[] Powers { get; }

    /// <summary>The inverses of <see cref="Powers"/>.</summary>
    public ulong[] InversePowers { get; }

    /// <summary>The inverse 1/N modulo p.</summary>
    public ulong InverseDegree { get; }

    private static ulong[] PowersInBitReversedOrder(ulong root, int degree, ulong modulus)
    {
        var powers = new ulong[degree];
        int logDegree = BitOperations.Log2((uint)degree);
        ulong power = 1;
        for (int i = 0; i < degree; i++)
        {
            powers[BitReversal.Reverse(i, logDegree)] = power;
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
