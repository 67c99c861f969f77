using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.KeyAdditive.Protection;

/// <summary>
/// Round-key protection encrypts round keys under an additively homomorphic scheme, so that nothing but their sum can be
/// decrypted: the outer layer of an upload. It is thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// A coefficient s in [-21, 21] travels as the value s/32, and the decrypted sum is rounded to a multiple of 1/32. The
/// rounding is always right, so that decryption is a function of the plaintexts only and the sum of the round keys may
/// become known.
/// </para>
/// <para>
/// Schemes of exact integers must have steps of 1/32 or finer: <c>CkksParameters.ForExactIntegers</c> and
/// <c>PaillierParameters.Create</c> with <see cref="PrecisionBits"/>. Under any other scheme the error of a sum must stay
/// below a 64th of half a step at a standard deviation.
/// </para>
/// Source: hybrid encryption for sums as in Bell-Clark et al., ePrint 2024/936 (KAHE under AHE).
/// </remarks>
public sealed class RoundKeyProtection
{
    /// <summary>The number of bits of exact integers that hold a coefficient without loss: 6.</summary>
    public const int PrecisionBits = 6;

    private const double Scale = 1 << (PrecisionBits - 1);
    private const double MarginInDeviations = 64;

    private readonly KeyAdditiveContext _context;
    private readonly HePublicContext _outer;
    private readonly VectorBound _fresh;

    /// <summary>Creates the protection of the round keys of one parameter set under the scheme of a public context.</summary>
    /// <param name="context">The context of the round keys.</param>
    /// <param name="outer">The public context of the scheme that protects them.</param>
    /// <param name="form">The form of fresh vectors: seeded under a secret key, full under a public key.</param>
    /// <exception cref="HeCapacityException">
    /// The outer parameters cannot add up the planned number of round keys, or not exactly.
    /// </exception>
    public RoundKeyProtection(KeyAdditiveContext context, HePublicContext outer, VectorForm form)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(outer);
        CheckPlan(context.Parameters, outer, form);
        _context = context;
        _outer = outer;
        _fresh = outer.FreshBound(maxAbs: 1, form);
    }

    /// <summary>Refuses a scheme that cannot add up the planned number of round keys exactly.</summary>
    /// <param name="parameters">The parameters of the round keys.</param>
    /// <param name="outer">The public context of the scheme that protects them.</param>
    /// <param name="form">The form of fresh vectors.</param>
    /// <exception cref="HeCapacityException">
    /// The outer parameters cannot add up the planned number of round keys, or not exactly.
    /// </exception>
    public static void CheckPlan(KeyAdditiveParameters parameters, HePublicContext outer, VectorForm form)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(outer);
        int contributors = parameters.MaxContributors;
        VectorBound fresh = outer.FreshBound(maxAbs: 1, form);
        VectorBound sum = fresh.Scale(contributors) with { NoiseVariance = contributors * fresh.NoiseVariance };
        if (!VectorGuard.Fits(outer.Parameters, sum) || !IsExact(fresh, sum))
        {
            throw Throw.RoundKeysNotExact(contributors);
        }
    }

    /// <summary>The number of values in the vector of a protected key: one for each coefficient.</summary>
    public int Length => _context.Parameters.Degree;

    /// <summary>Encrypts a round key.</summary>
    /// <param name="key">The key of an upload.</param>
    /// <param name="encryptor">An encryptor of the outer scheme, for vectors of the form of this protection.</param>
    /// <param name="publicContext">
    /// Public bytes that depend on everything that was encrypted with the key, such as tags of its ciphertexts. Public randomness
    /// depends on them, so that it is new wherever the upload is.
    /// </param>
    /// <exception cref="HeMismatchException">
    /// The encryptor or the key belongs to other parameters, or the encryptor makes vectors of another bound.
    /// </exception>
    /// <exception cref="ObjectDisposedException">A key was disposed.</exception>
    public EncryptedVector Encrypt(RoundKey key, IEncryptor encryptor, ReadOnlySpan<byte> publicContext = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(encryptor);
        if (encryptor.Parameters.Id != _outer.Parameters.Id || key.ParametersId != _context.Parameters.Id)
        {
            throw Throw.ParametersMismatch();
        }

        if (encryptor.FreshBound(maxAbs: 1) != _fresh)
        {
            throw Throw.ProtectionFormMismatch();
        }

        long[] coefficients = SecretMemory.Allocate<long>(Length);
        double[] values = SecretMemory.Allocate<double>(Length);
        try
        {
            key.CopyCoefficientsTo(coefficients);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = coefficients[i] / Scale;
            }

            return encryptor.Encrypt(values, maxAbs: 1, publicContext);
        }
        finally
        {
            SecretMemory.Zero<long>(coefficients);
            SecretMemory.Zero<double>(values);
        }
    }

    /// <summary>
    /// Decrypts the sum of the round keys of an attempt. A tag of the sum must have been verified before, because what
    /// a changed ciphertext decrypts to depends on the secret key.
    /// </summary>
    /// <param name="sum">The sum of protected keys.</param>
    /// <param name="decryptor">A decryptor of the outer scheme.</param>
    /// <param name="publicSeed">The public seed of the attempt.</param>
    /// <param name="contributors">The number of keys in the sum.</param>
    /// <exception cref="ArgumentException">The number of contributors is out of range.</exception>
    /// <exception cref="HeMismatchException">
    /// The vector belongs to other parameters or another key, or is not the sum of the given number of round keys.
    /// </exception>
    /// <exception cref="HeCapacityException">The vector promises too little to tell its integers.</exception>
    /// <exception cref="ObjectDisposedException">The secret key or the vector was disposed.</exception>
    public RoundKeySum Decrypt(EncryptedVector sum, IDecryptor decryptor, Digest publicSeed, int contributors)
    {
        double[] values = SecretMemory.Allocate<double>(Length);
        long[] coefficients = SecretMemory.Allocate<long>(Length);
        try
        {
            DecryptIntegers(sum, decryptor, contributors, values);
            for (int i = 0; i < values.Length; i++)
            {
                coefficients[i] = (long)values[i];
            }

            return _context.CreateKeySum(publicSeed, contributors, coefficients);
        }
        finally
        {
            SecretMemory.Zero<double>(values);
            SecretMemory.Zero<long>(coefficients);
        }
    }

    /// <summary>
    /// Decrypts a protected round key, or a sum of several, to its coefficients, for the verification of a tag alone: they open no
    /// upload. Tags of the ciphertext must have been verified before, because what a changed ciphertext decrypts to depends on the
    /// secret key.
    /// </summary>
    /// <param name="protectedKeys">The protected key, or the sum.</param>
    /// <param name="decryptor">A decryptor of the outer scheme.</param>
    /// <param name="contributors">The number of keys, at least 1.</param>
    /// <param name="destination">Receives <see cref="Length"/> integers, which may be out of the range of such keys.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="HeMismatchException">
    /// The vector belongs to other parameters or another key, or does not decrypt to integers.
    /// </exception>
    /// <exception cref="HeCapacityException">The vector promises too little to tell its integers.</exception>
    /// <exception cref="ObjectDisposedException">The secret key or the vector was disposed.</exception>
    public void DecryptCoefficients(EncryptedVector protectedKeys, IDecryptor decryptor, int contributors, Span<int> destination)
    {
        if (destination.Length != Length)
        {
            throw new ArgumentException($"A round key has {Length} coefficients.", nameof(destination));
        }

        double[] values = SecretMemory.Allocate<double>(Length);
        try
        {
            DecryptIntegers(protectedKeys, decryptor, contributors, values);
            for (int i = 0; i < values.Length; i++)
            {
                destination[i] = (int)values[i];
            }
        }
        finally
        {
            SecretMemory.Zero<double>(values);
        }
    }

    /// <summary>Decrypts protected keys and rounds the values to the integers that they stand for.</summary>
    private void DecryptIntegers(EncryptedVector protectedKeys, IDecryptor decryptor, int contributors, Span<double> integers)
    {
        ArgumentNullException.ThrowIfNull(protectedKeys);
        ArgumentNullException.ThrowIfNull(decryptor);
        _ = VectorGuard.Check<EncryptedVector>(_outer.Parameters, protectedKeys, Length);
        if (!IsExact(_fresh, protectedKeys.Bound))
        {
            throw Throw.RoundKeysNotExact(contributors);
        }

        decryptor.Decrypt(protectedKeys, integers);
        double worst = 0;
        for (int i = 0; i < integers.Length; i++)
        {
            double exact = integers[i] * Scale;
            integers[i] = Math.Round(exact);
            worst = Math.Max(worst, Math.Abs(exact - integers[i]));
        }

        // A sum that was added up rightly is far closer to its integers.
        if (!(worst <= 0.25))
        {
            throw Throw.NotASumOfRoundKeys();
        }
    }

    /// <summary>Tells whether a sum of multiples of 1/32 decrypts to a number nearest to its multiple of 1/32.</summary>
    private static bool IsExact(VectorBound fresh, VectorBound sum)
    {
        // Without noise a scheme adds up integers, and multiples of its step, a power of two, lose nothing when they are
        // rounded to it.
        double halfAStep = 0.5 / Scale;
        bool isWithoutNoise = fresh.NoiseMax == 0 && fresh.NoiseVariance == 0;
        bool isIntegers = isWithoutNoise && fresh.Rounding <= halfAStep && double.IsPow2(fresh.Rounding);
        return (isIntegers && sum.NoiseMax == 0 && sum.NoiseVariance == 0)
            || (sum.Rounding < halfAStep / 4 && Math.Min(sum.NoiseMax, MarginInDeviations * sum.NoiseSigma) < halfAStep / 4);
    }
}
