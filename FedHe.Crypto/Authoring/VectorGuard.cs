using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Authoring;

/// <summary>A vector guard checks that vectors belong together and fit, in the same words for every scheme.</summary>
public static class VectorGuard
{
    /// <summary>Casts a vector to the vector type of a scheme.</summary>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters.</exception>
    public static TVector Check<TVector>(HeParameters parameters, EncryptedVector vector)
        where TVector : EncryptedVector
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(vector);
        if (vector is not TVector own || vector.Parameters.Id != parameters.Id)
        {
            throw Throw.ParametersMismatch();
        }

        return own;
    }

    /// <summary>Casts a vector of the given number of values to the vector type of a scheme.</summary>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters or has another length.</exception>
    public static TVector Check<TVector>(HeParameters parameters, EncryptedVector vector, int length)
        where TVector : EncryptedVector
    {
        TVector own = Check<TVector>(parameters, vector);
        if (vector.Length != length)
        {
            throw Throw.LengthMismatch(length, vector.Length);
        }

        return own;
    }

    /// <summary>Casts a vector under the given key to the vector type of a scheme.</summary>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters or to another key.</exception>
    public static TVector Check<TVector>(HeParameters parameters, EncryptedVector vector, KeyId keyId)
        where TVector : EncryptedVector
    {
        TVector own = Check<TVector>(parameters, vector);
        if (vector.KeyId != keyId)
        {
            throw Throw.KeyMismatch();
        }

        return own;
    }

    /// <summary>Refuses a vector whose level differs from the expected level.</summary>
    /// <exception cref="HeMismatchException">The levels differ.</exception>
    public static void CheckLevel(int expected, int actual)
    {
        if (actual != expected)
        {
            throw Throw.LevelMismatch();
        }
    }

    /// <summary>Refuses a rescaling of a vector that has no multiplicative level left.</summary>
    /// <exception cref="HeCapacityException">No level is left.</exception>
    public static void CheckHasLevel(bool hasLevel)
    {
        if (!hasLevel)
        {
            throw Throw.NoLevelLeft();
        }
    }

    /// <summary>Refuses values that are too large for the encoding of a scheme.</summary>
    /// <exception cref="HeCapacityException">The values are too large.</exception>
    public static void CheckEncodable(bool isEncodable)
    {
        if (!isEncodable)
        {
            throw Throw.ValuesExceedCapacity();
        }
    }

    /// <summary>Refuses a bound that does not fit the capacity of the parameters, as <see cref="Fits"/> tells.</summary>
    /// <exception cref="HeCapacityException">Values of the bound do not fit the modulus.</exception>
    public static void CheckFits(HeParameters parameters, VectorBound bound)
    {
        if (!Fits(parameters, bound))
        {
            throw Throw.ValuesExceedCapacity();
        }
    }

    /// <summary>
    /// Tells whether the magnitude and the error of a bound together stay below the capacity of the parameters. Both
    /// figures of the noise must be finite, because the error counts only the smaller one and a hostile vector may
    /// declare any value for the other.
    /// </summary>
    public static bool Fits(HeParameters parameters, VectorBound bound)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return bound.MaxAbs + bound.ErrorBound < parameters.Capacity
            && double.IsFinite(bound.NoiseMax) && double.IsFinite(bound.NoiseVariance);
    }
}
