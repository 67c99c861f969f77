using System.Numerics;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Authoring;

/// <summary>A value guard checks the arguments of encryption and decryption, in the same words for every scheme.</summary>
public static class ValueGuard
{
    /// <summary>
    /// Refuses an empty vector, a bound that is not positive and finite, and values that are not finite or exceed the
    /// bound.
    /// </summary>
    /// <param name="values">The values; none may be NaN, infinite or outside the bound.</param>
    /// <param name="maxAbs">The bound on their magnitude: positive and finite.</param>
    /// <exception cref="ArgumentException">There are no values, or the bound is not positive and finite.</exception>
    /// <exception cref="HeValueException">A value is refused; the exception tells the index of the first one.</exception>
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

        // At least one value is refused: the exception names the first one.
        for (int i = 0; i < values.Length; i++)
        {
            if (!(T.Abs(values[i]) <= bound) || !T.IsFinite(values[i]))
            {
                throw new HeValueException(T.IsFinite(values[i]) ? ValueError.OutsideBound : ValueError.NotFinite, i);
            }
        }
    }

    /// <summary>Refuses a vector without values.</summary>
    /// <exception cref="ArgumentException">There is no value.</exception>
    public static void CheckNotEmpty<T>(ReadOnlySpan<T> values)
    {
        if (values.IsEmpty)
        {
            throw new ArgumentException("There is nothing to encrypt: pass at least one value.", nameof(values));
        }
    }

    /// <summary>Refuses a bound on magnitudes that is not positive and finite.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not positive and finite.</exception>
    public static void CheckBound(double maxAbs)
    {
        if (!(maxAbs > 0) || !double.IsFinite(maxAbs))
        {
            throw new ArgumentOutOfRangeException(nameof(maxAbs), "The bound on magnitudes must be positive and finite.");
        }
    }

    /// <summary>Refuses a destination whose length differs from the length of the vector.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void CheckDestination(EncryptedVector vector, Span<double> destination)
    {
        ArgumentNullException.ThrowIfNull(vector);
        if (destination.Length != vector.Length)
        {
            throw new ArgumentException($"The destination must have {vector.Length} values.", nameof(destination));
        }
    }

    /// <summary>Refuses a precision outside 1 to 40 bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The precision is out of range.</exception>
    public static void CheckPrecision(int precisionBits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(precisionBits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precisionBits, 40);
    }
}
