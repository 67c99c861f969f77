using System.Numerics;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Operations;

/// <summary>Checks arguments that every scheme checks alike.</summary>
internal static class ValueGuard
{
    /// <summary>Refuses empty input, a senseless bound, and values that are not finite or outside the bound.</summary>
    public static void CheckValues<T>(ReadOnlySpan<T> values, double maxAbs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckBound(maxAbs);
        CheckNotEmpty(values);
        var bound = T.CreateSaturating(maxAbs);
        if (T.IsFinite(bound) && ValueKernel.AreWithin(values, bound))
        {
            return;
        }

        // Something is to be refused; find out what.
        for (int i = 0; i < values.Length; i++)
        {
            if (!(T.Abs(values[i]) <= bound) || !T.IsFinite(values[i]))
            {
                throw new HeValueException(T.IsFinite(values[i]) ? ValueError.OutsideBound : ValueError.NotFinite, i);
            }
        }
    }

    public static void CheckNotEmpty<T>(ReadOnlySpan<T> values)
    {
        if (values.IsEmpty)
        {
            throw new ArgumentException("There is nothing to encrypt: pass at least one value.", nameof(values));
        }
    }

    public static void CheckBound(double maxAbs)
    {
        if (!(maxAbs > 0) || !double.IsFinite(maxAbs))
        {
            throw new ArgumentOutOfRangeException(nameof(maxAbs), "The bound on magnitudes must be positive and finite.");
        }
    }

    public static void CheckDestination(EncryptedVector vector, Span<double> destination)
    {
        ArgumentNullException.ThrowIfNull(vector);
        if (destination.Length != vector.Length)
        {
            throw new ArgumentException($"The destination must have {vector.Length} values.", nameof(destination));
        }
    }

    public static void CheckPrecision(int precisionBits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(precisionBits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precisionBits, 40);
    }
}
