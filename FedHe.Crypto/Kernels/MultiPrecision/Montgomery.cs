using System.Runtime.CompilerServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>Montgomery reduction works on integers that are given by their columns.</summary>
/// <remarks>
/// <para>
/// The method is finely integrated product scanning: a column is summed in registers and leaves them once. It is compiled
/// once and fully: profile-guided tiers move the loops apart and take registers from them, at up to twice the time.
/// </para>
/// Sources: Montgomery, "Modular multiplication without trial division", Mathematics of Computation 44, 1985; Koc, Acar and
/// Kaliski, "Analyzing and comparing Montgomery multiplication algorithms", IEEE Micro 16(3), 1996 (FIPS).
/// </remarks>
internal static class Montgomery<TColumn>
    where TColumn : struct, ILimbColumn<TColumn>
{
    /// <summary>Computes destination = (sum + quotients*n)/R, where the division is exact.</summary>
    /// <remarks>R is the radix to the power <paramref name="limbs"/>. The result is sum/R mod n, below sum/R + n.</remarks>
    /// <param name="sum">The integer to reduce, in [0, R*R).</param>
    /// <param name="limbs">Limbs of the modulus.</param>
    /// <param name="modulus">The odd modulus n, in (0, R).</param>
    /// <param name="negatedInverse">-1/n modulo the radix.</param>
    /// <param name="quotients">Receives -sum/n mod R, in [0, R).</param>
    /// <param name="destination">Receives the result; must not overlap operands of the sum.</param>
    [MethodImpl(KernelLoop.Compilation)]
    public static void Reduce<TSum>(
        in TSum sum, int limbs, ref ulong modulus, ref ulong negatedInverse, ref ulong quotients, ref ulong destination)
        where TSum : struct, IColumns<TColumn>, allows ref struct
    {
        TColumn column = default;
        for (int c = 0; c < limbs; c++)
        {
            column = sum.AddTo(column, c);
            column.Expect(c + 1);
            column = AddProducts(column, ref quotients, ref modulus, 0, c - 1, c);
            ref ulong quotient = ref Limb(ref quotients, c);
            column.StoreQuotient(ref negatedInverse, ref quotient); // q[c] = -column/n[0] mod radix
            column.AddProduct(ref quotient, ref modulus); // the lowest limb of the column is 0 now
            column.Shift();
        }

        for (int c = limbs; c < 2 * limbs; c++)
        {
            column = sum.AddTo(column, c);
            column.Expect((2 * limbs) - 1 - c);
            column = AddProducts(column, ref quotients, ref modulus, c - limbs + 1, limbs - 1, c);
            column.StoreLimb(ref Limb(ref destination, c - limbs));
            column.Shift();
        }
    }

    /// <summary>Computes destination = sum, for sums that fit <paramref name="limbs"/> limbs.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    public static void Evaluate<TSum>(in TSum sum, int limbs, ref ulong destination)
        where TSum : struct, IColumns<TColumn>, allows ref struct
    {
        TColumn column = default;
        for (int c = 0; c < limbs; c++)
        {
            column = sum.AddTo(column, c);
            column.StoreLimb(ref Limb(ref destination, c));
            column.Shift();
        }
    }

    /// <summary>Computes column += left[i]*right[c-i], summed over first &lt;= i &lt;= last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TColumn AddProducts(TColumn column, ref ulong left, ref ulong right, int first, int last, int c)
    {
        nint end = (nint)(last + 1) * TColumn.Lanes;
        nint y = (nint)(c - first) * TColumn.Lanes;
        for (nint x = (nint)first * TColumn.Lanes; x < end; x += TColumn.Lanes, y -= TColumn.Lanes)
        {
            column.AddProduct(ref Unsafe.Add(ref left, x), ref Unsafe.Add(ref right, y));
        }

        return column;
    }

    /// <summary>Returns a reference to the limbs of a group at a position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref ulong Limb(ref ulong group, int position) => ref Unsafe.Add(ref group, (nint)position * TColumn.Lanes);
}
