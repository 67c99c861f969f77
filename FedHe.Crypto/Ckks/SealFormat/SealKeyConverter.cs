using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ckks.Keys;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.SealFormat;

/// <summary>
/// A SEAL key converter converts keys to and from SEAL's files, in which keys have all primes, the special one
/// included, and no identity.
/// </summary>
internal sealed class SealKeyConverter(CkksRing ring, SealEncryptionParameters seal, EncryptionRandomSource random)
{
    private readonly NttPlan[] _transforms =
    [
        .. ring.Transforms,
        .. seal.CoeffModulus.Skip(ring.LimbCount).Select(prime => new NttPlan(seal.Degree, prime)),
    ];

    public void WriteSecretKey(SecretKey key, IBufferWriter<byte> destination, SealWriteOptions? options)
    {
        CkksSecretKey own = Check<CkksSecretKey>(key);
        using SecretKeyUse use = own.Use();
        own.DemandExport(SecretKeyExportPolicy.Clear);
        using SealPolynomials polynomials = TransformUnderAllPrimes(own.Coefficients);
        using var file = new SealPlaintext(seal, polynomials, scale: 1);
        file.WriteTo(destination, options);
    }

    /// <summary>
    /// Makes a new public key for a secret key, and writes it with a seed in place of its second polynomial.
    /// </summary>
    public void WritePublicKey(SecretKey key, IBufferWriter<byte> destination, SealWriteOptions? options)
    {
        CkksSecretKey own = Check<CkksSecretKey>(key);
        using SecretKeyUse use = own.Use();
        var seed = SealSeed.Create(random);
        var polynomials = SealPolynomials.OfPublic(seal.Degree, polynomialCount: 2, seal.CoeffModulus.Length);
        new SealSeedExpander(seed).Expand(seal.Degree, seal.CoeffModulus.AsSpan(), polynomials.Polynomial(1));
        using SealPolynomials secret = TransformUnderAllPrimes(own.Coefficients);
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        new SecretSampler(random).Error(workspace.Error);
        for (int limb = 0; limb < _transforms.Length; limb++)
        {
            // b is computed in pinned memory: a*s alone would give the key away.
            NttPlan ntt = _transforms[limb];
            Span<ulong> b = workspace.Polynomial;
            Span<ulong> product = workspace.SecondPolynomial;
            b.Clear();
            PolynomialKernel.Default.AddSmallSigned(b, workspace.Error, ntt.Modulus);
            ntt.Forward(b); // e
            MultiplyBySecret(polynomials.Limb(1, limb), secret.Limb(0, limb), product, ntt.Modulus); // a*s
            PolynomialKernel.Default.Add(b, product, ntt.Modulus); // a*s + e
            product.Clear();
            PolynomialKernel.Default.SubtractFrom(product, b, ntt.Modulus); // b = -(a*s + e)
            b.CopyTo(polynomials.Limb(0, limb));
        }

        new SealCiphertext(seal, polynomials, scale: 1, seed).WriteTo(destination, options);
    }

    /// <summary>Reads a public key and leaves out the special prime.</summary>
    public bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
    {
        key = null;
        if (!SealCiphertext.TryReadPublicKey(source, seal, out SealCiphertext? file, out reason))
        {
            return false;
        }

        key = CkksPublicKey.Import(ring, (polynomial, limb) => file.Polynomials.Limb(polynomial, limb), out reason);
        return key is not null;
    }

    /// <summary>Reads a secret key, and refuses it unless it belongs to the public key.</summary>
    public bool TryReadSecretKey(
        ReadOnlySpan<byte> source,
        PublicKey publicKey,
        SecretKeyExportPolicy exportPolicy,
        [NotNullWhen(true)] out SecretKey? key,
        out FormatError reason)
    {
        CkksPublicKey own = Check<CkksPublicKey>(publicKey);
        key = null;
        sbyte[] coefficients = SecretMemory.Allocate<sbyte>(ring.Degree);
        try
        {
            if (!TryReadCoefficients(source, coefficients, out reason))
            {
                return false;
            }

            var candidate = new CkksSecretKey(ring, own.KeyId, coefficients, exportPolicy);
            if (!CkksKeyCheck.IsPair(ring, own, candidate))
            {
                candidate.Dispose();
                reason = FormatError.Inconsistent;
                return false;
            }

            key = candidate;
            return true;
        }
        finally
        {
            SecretMemory.Zero<sbyte>(coefficients);
        }
    }

    /// <summary>Reads a secret key, and makes a new public key for it.</summary>
    public bool TryReadKeyPair(
        ReadOnlySpan<byte> source,
        SecretKeyExportPolicy exportPolicy,
        [NotNullWhen(true)] out KeyPair? keys,
        out FormatError reason)
    {
        keys = null;
        sbyte[] coefficients = SecretMemory.Allocate<sbyte>(ring.Degree);
        try
        {
            if (!TryReadCoefficients(source, coefficients, out reason))
            {
                return false;
            }

            keys = CkksKeyGenerator.Create(ring, coefficients, random, exportPolicy);
            return true;
        }
        finally
        {
            SecretMemory.Zero<sbyte>(coefficients);
        }
    }

    private static void MultiplyBySecret(
        ReadOnlySpan<ulong> values, ReadOnlySpan<ulong> secret, Span<ulong> destination, ulong modulus)
    {
        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = ShoupFactor.Create(values[i], modulus).Multiply(secret[i], modulus);
        }
    }

    private TKey Check<TKey>(EncryptionKey key)
        where TKey : EncryptionKey
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key is not TKey own || key.ParametersId != ring.Parameters.Id)
        {
            throw Throw.ParametersMismatch();
        }

        return own;
    }

    private SealPolynomials TransformUnderAllPrimes(ReadOnlySpan<sbyte> coefficients)
    {
        var polynomials = SealPolynomials.OfSecret(seal.Degree, _transforms.Length);
        for (int limb = 0; limb < _transforms.Length; limb++)
        {
            NttPlan ntt = _transforms[limb];
            PolynomialKernel.Default.AddSmallSigned(polynomials.Limb(0, limb), coefficients, ntt.Modulus);
            ntt.Forward(polynomials.Limb(0, limb));
        }

        return polynomials;
    }

    /// <summary>
    /// Reads the coefficients of a secret key, which must be -1, 0 or 1, each of them frequent, and the same under every prime.
    /// </summary>
    private bool TryReadCoefficients(ReadOnlySpan<byte> source, Span<sbyte> coefficients, out FormatError reason)
    {
        if (!SealPlaintext.TryReadSecretKey(source, seal, out SealPlaintext? file, out reason))
        {
            return false;
        }

        using (file)
        using (CkksWorkspace workspace = ring.Workspaces.Rent())
        {
            // No branch depends on a coefficient: all deviations are gathered, and tested once.
            Span<long> centered = workspace.Coefficients;
            long wrong = 0;
            for (int limb = 0; limb < _transforms.Length; limb++)
            {
                NttPlan ntt = _transforms[limb];
                Span<ulong> residues = file.Polynomials.Limb(0, limb);
                ntt.Inverse(residues);
                PolynomialKernel.Default.Center(residues, centered, ntt.Modulus);
                for (int i = 0; i < centered.Length; i++)
                {
                    long coefficient = centered[i];
                    coefficients[i] = limb == 0 ? unchecked((sbyte)coefficient) : coefficients[i];
                    long digit = coefficient + 1;
                    wrong |= (coefficient ^ coefficients[i]) | (digit & ~3L) | (digit & (digit >> 1));
                }
            }

            bool isKey = wrong == 0 && TernarySecret.IsPlausible(coefficients);
            reason = isKey ? FormatError.None : FormatError.FieldOutOfRange;
            return isKey;
        }
    }
}
