using System.Runtime.InteropServices;

namespace FedHe.Crypto.Kernels;

/// <summary>
/// Integers modulo T = 2^L of several signed fields each, spread over the residues modulo a prime p above T and back.
/// Exact, and branch-free in the data.
/// </summary>
/// <remarks>
/// A product with round(p/T) would lose more than the noise does (the rest of p/T counts T times); round(m*p/T) loses half
/// a unit. Source: Fan and Vercauteren, ePrint 2012/144, with the rounding of Kim, Polyakov and Zucca, ePrint 2021/204.
/// </remarks>
internal sealed class ExactIntegerKernel
{
    private readonly ulong _modulus;
    private readonly int _logPlaintextModulus;
    private readonly ulong _plaintextMask;
    private readonly ulong _reciprocal;

    /// <param name="modulus">The prime p, above T and below 2^62.</param>
    /// <param name="logPlaintextModulus">L, 1 to 60.</param>
    public ExactIntegerKernel(ulong modulus, int logPlaintextModulus)
    {
        _modulus = modulus;
        _logPlaintextModulus = logPlaintextModulus;
        _plaintextMask = (1UL << logPlaintextModulus) - 1;
        _reciprocal = (ulong)(((UInt128)1 << (64 + logPlaintextModulus)) / modulus);
    }

    /// <summary>The values beside each other as integers: <paramref name="values"/> is overwritten.</summary>
    /// <returns>round(values*scale), in the memory of the values.</returns>
    public static Span<long> Quantise(Span<double> values, double scale)
    {
        Span<long> integers = MemoryMarshal.Cast<double, long>(values);
        FixedPointKernel.Default.Encode(values, scale, integers);
        return integers;
    }

    /// <summary>
    /// coefficients = round(m*p/T) with m the sum of fields[j]*2^(j*fieldBits), modulo T; field j of all coefficients
    /// follows that of j - 1.
    /// </summary>
    public void Spread(ReadOnlySpan<long> fields, int fieldBits, Span<long> coefficients)
    {
        int degree = coefficients.Length;
        int count = fields.Length / degree;
        fields[((count - 1) * degree)..].CopyTo(coefficients);
        for (int field = count - 2; field >= 0; field--)
        {
            ReadOnlySpan<long> lower = fields.Slice(field * degree, degree);
            for (int i = 0; i < coefficients.Length; i++)
            {
                coefficients[i] = (coefficients[i] << fieldBits) + lower[i];
            }
        }

        ulong half = 1UL << (_logPlaintextModulus - 1);
        for (int i = 0; i < coefficients.Length; i++)
        {
            ulong high = Math.BigMul((ulong)coefficients[i] & _plaintextMask, _modulus, out ulong low);
            ulong rounded = low + half;
            high += (low & ~rounded) >> 63;
            coefficients[i] = (long)((high << (64 - _logPlaintextModulus)) | (rounded >> _logPlaintextModulus));
        }
    }

    /// <summary>
    /// fields = the signed fields of round(x*T/p) modulo T, times a scale. The rounding is exact unless x*T/p is within
    /// 2^-13 of the middle between two integers.
    /// </summary>
    /// <param name="coefficients">Integers x in (-p/2, p/2].</param>
    /// <param name="fieldBits">Bits of a field: fields are at least -2^(fieldBits-1) and below 2^(fieldBits-1).</param>
    /// <param name="scale">What 1 stands for, a power of two.</param>
    /// <param name="values">Receives field 0 of all coefficients, then field 1, as far as it reaches.</param>
    public void Gather(ReadOnlySpan<double> coefficients, int fieldBits, double scale, Span<double> values)
    {
        // Half a field added to every field makes all of them positive at once: no borrows between fields.
        ulong offset = 0;
        for (int shift = fieldBits - 1; shift < _logPlaintextModulus; shift += fieldBits)
        {
            offset |= 1UL << shift;
        }

        ulong fieldMask = (1UL << fieldBits) - 1;
        long middle = 1L << (fieldBits - 1);
        for (int start = 0, shift = 0; start < values.Length; start += coefficients.Length, shift += fieldBits)
        {
            Span<double> field = values[start..Math.Min(start + coefficients.Length, values.Length)];
            for (int i = 0; i < field.Length; i++)
            {
                ulong fields = Unspread((long)coefficients[i]) + offset;
                field[i] = ((long)((fields >> shift) & fieldMask) - middle) * scale;
            }
        }
    }

    private ulong Unspread(long coefficient)
    {
        ulong residue = (ulong)(coefficient + ((long)_modulus & (coefficient >> 63)));
        ulong high = Math.BigMul(residue, _reciprocal, out ulong low);
        return high + (low >> 63);
    }
}
