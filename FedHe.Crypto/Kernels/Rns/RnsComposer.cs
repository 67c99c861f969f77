using System.Diagnostics;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;

namespace FedHe.Crypto.Kernels.Rns;

/// <summary>
/// A composer turns residues modulo several primes into the integer of smallest magnitude with these residues, as a double.
/// </summary>
/// <remarks>
/// The relative error is below 2^-51, and no branch depends on a value. Source: Garner's mixed-radix algorithm; Knuth, "The Art
/// of Computer Programming", volume 2, section 4.3.2.
/// </remarks>
internal sealed class RnsComposer
{
    private const int MaxLimbs = 16;

    private readonly ulong[] _moduli;
    private readonly ShoupFactor[][] _inverses;
    private readonly ShoupFactor[] _ones;
    private readonly ulong[] _halfDigits;

    /// <summary>Computes the tables for at most sixteen distinct primes, each below 2^50.</summary>
    public RnsComposer(ReadOnlySpan<ulong> moduli)
    {
        Debug.Assert(moduli.Length is >= 1 and <= MaxLimbs, "Between one and sixteen primes.");
        _moduli = moduli.ToArray();
        _ones = new ShoupFactor[_moduli.Length];
        _inverses = new ShoupFactor[_moduli.Length][];
        _halfDigits = new ulong[_moduli.Length];
        for (int i = 0; i < _moduli.Length; i++)
        {
            ulong modulus = _moduli[i];
            _ones[i] = ShoupFactor.Create(1, modulus);
            _inverses[i] = new ShoupFactor[i];
            for (int lower = 0; lower < i; lower++)
            {
                _inverses[i][lower] = ShoupFactor.Create(ModularArithmetic.Inverse(_moduli[lower] % modulus, modulus), modulus);
            }

            // (q-1)/2 in mixed radix: every digit is (p-1)/2, since q-1 has every digit p-1.
            _halfDigits[i] = (modulus - 1) / 2;
        }
    }

    /// <summary>The number of primes in the modulus.</summary>
    public int LimbCount => _moduli.Length;

    /// <summary>Composes the residue polynomials of all primes into one polynomial.</summary>
    /// <param name="limbs">The limbs one after the other, each <paramref name="degree"/> long.</param>
    /// <param name="degree">Distance between limbs.</param>
    /// <param name="destination">Receives the coefficients, signed.</param>
    public void Compose(ReadOnlySpan<ulong> limbs, int degree, Span<double> destination)
    {
        if (LimbCount == 1)
        {
            PolynomialKernel.Default.CenterToReal(limbs, destination, _moduli[0]);
            return;
        }

        Span<ulong> digits = stackalloc ulong[MaxLimbs];
        Span<ulong> residues = stackalloc ulong[MaxLimbs];
        digits = digits[..LimbCount];
        residues = residues[..LimbCount];
        for (int index = 0; index < destination.Length; index++)
        {
            for (int limb = 0; limb < LimbCount; limb++)
            {
                residues[limb] = limbs[(limb * degree) + index];
            }

            MixedRadix(residues, digits);
            ulong negative = IsAboveHalf(digits);
            for (int limb = 0; limb < LimbCount; limb++)
            {
                ulong negated = ModularArithmetic.Subtract(0, residues[limb], _moduli[limb]);
                residues[limb] ^= (residues[limb] ^ negated) & negative;
            }

            MixedRadix(residues, digits);
            double magnitude = Evaluate(digits);
            long sign = BitConverter.DoubleToInt64Bits(magnitude) | (long)(negative & 0x8000_0000_0000_0000);
            destination[index] = BitConverter.Int64BitsToDouble(sign);
        }
    }

    /// <summary>Computes the digits d with x = d0 + p0*(d1 + p1*(d2 + ...)), where digit i is in [0, pi).</summary>
    private void MixedRadix(ReadOnlySpan<ulong> residues, Span<ulong> digits)
    {
        for (int i = 0; i < digits.Length; i++)
        {
            ulong modulus = _moduli[i];
            ulong digit = residues[i];
            for (int j = 0; j < i; j++)
            {
                ulong lower = _ones[i].Multiply(digits[j], modulus);
                digit = _inverses[i][j].Multiply(ModularArithmetic.Subtract(digit, lower, modulus), modulus);
            }

            digits[i] = digit;
        }
    }

    /// <summary>Returns all ones if the number exceeds (q-1)/2, else zero: the borrow of (q-1)/2 - x, digit by digit.</summary>
    private ulong IsAboveHalf(ReadOnlySpan<ulong> digits)
    {
        ulong borrow = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            borrow = (_halfDigits[i] - digits[i] - borrow) >> 63;
        }

        return 0 - borrow;
    }

    /// <summary>Computes d0 + p0*(d1 + p1*(d2 + ...)) in floating point.</summary>
    private double Evaluate(ReadOnlySpan<ulong> digits)
    {
        double value = 0;
        for (int i = digits.Length - 1; i >= 0; i--)
        {
            value = (value * _moduli[i]) + digits[i];
        }

        return value;
    }
}
