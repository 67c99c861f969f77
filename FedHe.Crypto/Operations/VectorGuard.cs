using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Operations;

/// <summary>Checks that vectors belong together, in the same words for every scheme.</summary>
internal static class VectorGuard
{
    public static TVector Check<TVector>(HeParameters parameters, EncryptedVector vector)
        where TVector : EncryptedVector
    {
        ArgumentNullException.ThrowIfNull(vector);
        if (vector is not TVector own || vector.Parameters.Id != parameters.Id)
        {
            Throw.ParametersMismatch();
            return null!;
        }

        return own;
    }

    public static TVector Check<TVector>(HeParameters parameters, EncryptedVector vector, int length)
        where TVector : EncryptedVector
    {
        TVector own = Check<TVector>(parameters, vector);
        if (vector.Length != length)
        {
            Throw.LengthMismatch(length, vector.Length);
        }

        return own;
    }

    /// <summary>Checks a vector that is about to be decrypted under <paramref name="keyId"/>.</summary>
    public static TVector Check<TVector>(HeParameters parameters, EncryptedVector vector, KeyId keyId)
        where TVector : EncryptedVector
    {
        TVector own = Check<TVector>(parameters, vector);
        if (vector.KeyId != keyId)
        {
            Throw.KeyMismatch();
        }

        return own;
    }

    /// <summary>
    /// Whether magnitude and error together stay below the parameters' capacity. The noise must be finite on its own:
    /// only one of its two figures counts towards the error, and a hostile vector may declare anything for the other.
    /// </summary>
    public static bool Fits(HeParameters parameters, VectorBound bound)
        => bound.MaxAbs + bound.ErrorBound < parameters.Capacity
            && double.IsFinite(bound.NoiseMax) && double.IsFinite(bound.NoiseVariance);
}
