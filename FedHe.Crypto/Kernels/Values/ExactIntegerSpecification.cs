using System.Runtime.InteropServices;

namespace FedHe.Crypto.Kernels.Values;

/// <summary>The specification of the exact-integer kernel computes with products of 128 bits.</summary>
internal sealed class ExactIntegerSpecification : ExactIntegerKernel
{
    public override void Encode(ReadOnlySpan<double> values, double scale, ExactFields fields, Span<long> coefficients)
    {
        values = values[..(fields.Count * coefficients.Length)];
        for (int i = 0; i < coefficients.Length; i++)
        {
            long sum = 0;
            for (int start = values.Length - coefficients.Length; start >= 0; start -= coefficients.Length)
            {
                sum = (sum << fields.FieldBits) + (long)Math.Round(values[start + i] * scale);
            }

            coefficients[i] = Spread((ulong)sum & fields.PlaintextMask, fields);
        }
    }

    public override void Decode(Span<double> coefficients, double inverseScale, ExactFields fields, Span<double> values)
    {
        Span<ulong> integers = MemoryMarshal.Cast<double, ulong>(coefficients);
        ulong reciprocal = (ulong)(((UInt128)1 << (64 + fields.LogPlaintextModulus)) / fields.Modulus);
        ulong offset = fields.Offset;
        for (int i = 0; i < coefficients.Length; i++)
        {
            integers[i] = Gather((long)coefficients[i], reciprocal, fields) + offset;
        }

        for (int i = 0, field = 0; i < values.Length; field++)
        {
            for (int j = 0; j < integers.Length && i < values.Length; j++, i++)
            {
                values[i] = ((long)((integers[j] >> (field * fields.FieldBits)) & fields.FieldMask) - fields.Middle) * inverseScale;
            }
        }
    }

    /// <summary>Computes floor(m*p/T + 1/2).</summary>
    private static long Spread(ulong plaintext, ExactFields fields)
    {
        int shift = fields.LogPlaintextModulus;
        ulong high = Math.BigMul(plaintext, fields.Modulus, out ulong low); // m*p
        ulong rounded = low + (1UL << (shift - 1)); // m*p + T/2
        high += (low & ~rounded) >> 63;
        return (long)((high << (64 - shift)) | (rounded >> shift)); // floor((m*p + T/2)/T)
    }

    /// <summary>Computes floor(x*T/p + 1/2) up to a multiple of T.</summary>
    private static ulong Gather(long coefficient, ulong reciprocal, ExactFields fields)
    {
        // The quotient is at most one too small, so the rest is below 2p, and twice the rest tells how often p/2 is in it.
        ulong modulus = fields.Modulus;
        ulong residue = (ulong)(coefficient + ((long)modulus & (coefficient >> 63))); // x mod p
        ulong quotient = Math.BigMul(residue, reciprocal, out _); // floor(x*T/p) or one less
        ulong twice = ((residue << fields.LogPlaintextModulus) - (quotient * modulus)) << 1;
        return quotient + 2 - ((twice - modulus) >> 63) - ((twice - (3 * modulus)) >> 63);
    }
}
