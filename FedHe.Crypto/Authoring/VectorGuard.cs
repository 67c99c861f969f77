using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Authoring;

/// <summary>The vector guard checks that vectors belong together and fit, in the same words for every scheme.</summary>
public static class VectorGuard
{
    /// <summary>Returns a vector as one of the scheme's own.</summary>
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

    /// <summary>Returns a vector as one of the scheme's own, of the given number of values.</summary>
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

    /// <summary>Returns a vector as one of the scheme's own, encrypted under the given key.</summary>
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

    /// <summary>Refuses a vector of another level than the sum's.</summary>
    /// <exception cref="HeMismatchException">The levels differ.</exception>
    public static void CheckLevel(int expected, int actual)
    {
        if (actual != expected)
        {
            throw Throw.LevelMismatch();
        }
    }

    /// <summary>Refuses a rescaling when no multiplicative level is left.</summary>
    /// <exception cref="HeCapacityException">There is none.</exception>
    public static void CheckHasLevel(bool hasLevel)
    {
        if (!hasLevel)
        {
            throw Throw.NoLevelLeft();
        }
    }

    /// <summary>Refuses values too large for the scheme's encoding.</summary>
    /// <exception cref="HeCapacityException">They are.</exception>
    public static void CheckEncodable(bool isEncodable)
    {
        if (!isEncodable)
        {
            throw Throw.ValuesExceedCapacity();
        }
    }

    /// <summary>Refuses a bound that <see cref="Fits"/> denies.</summary>
    /// <exception cref="HeCapacityException">Values of the bound do not fit the modulus.</exception>
    public static void CheckFits(HeParameters parameters, VectorBound bound)
    {
        if (!Fits(parameters, bound))
        {
            throw Throw.ValuesExceedCapacity();
        }
    }

    /// <summary>
    /// Tells whether magnitude and error together stay below the parameters' capacity. The noise must be finite on its own:
    /// only one of its two figures counts towards the error, and a hostile vector may declare anything for the other.
    /// </summary>
    public static bool Fits(HeParameters parameters, VectorBound bound)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return bound.MaxAbs + bound.ErrorBound < parameters.Capacity
            && double.IsFinite(bound.NoiseMax) && double.IsFinite(bound.NoiseVariance);
    }
}
