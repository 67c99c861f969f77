using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ckks.Keys;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Sampling;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.SealFormat;

/// <content>Keys. SEAL keeps them under all primes, the special one included, and does not name them.</content>
public sealed partial class SealExchange
{
    /// <summary>
    /// Writes a secret key as a file that SEAL's <c>SecretKey::load</c> reads: the key in clear. The caller zeroes the
    /// bytes after use.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">
    /// Receives the bytes; must not grow by copying, or copies of the key stay behind.
    /// </param>
    /// <param name="options">How to write, or null for <see cref="SealWriteOptions.Default"/>.</param>
    /// <exception cref="HeMismatchException">The key belongs to other parameters.</exception>
    /// <exception cref="InvalidOperationException">
    /// The key's export policy does not allow <see cref="SecretKeyExportPolicy.Clear"/>.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void WriteSecretKey(SecretKey key, IBufferWriter<byte> destination, SealWriteOptions? options = null)
    {
        CkksSecretKey own = Check<CkksSecretKey>(key);
        using SecretKeyUse use = own.Use();
        own.DemandExport(SecretKeyExportPolicy.Clear);
        using SealPolynomials polynomials = TransformUnderAllPrimes(own.Coefficients);
        using var file = new SealPlaintext(_seal, polynomials, scale: 1);
        file.WriteTo(destination, options);
    }

    /// <summary>
    /// Makes a new public key of a secret key and writes it, seeded, as a file that SEAL's <c>PublicKey::load</c>
    /// reads. What SEAL encrypts under it, the secret key decrypts: its vectors carry the same <see cref="KeyId"/>.
    /// </summary>
    /// <remarks>
    /// FedHe's own public key knows nothing of SEAL's special prime, and without the secret key nobody can add it.
    /// </remarks>
    /// <param name="key">The secret key.</param>
    /// <param name="destination">Receives the bytes, which are public.</param>
    /// <param name="options">How to write, or null for <see cref="SealWriteOptions.Default"/>.</param>
    /// <exception cref="HeMismatchException">The key belongs to other parameters.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void WritePublicKey(SecretKey key, IBufferWriter<byte> destination, SealWriteOptions? options = null)
    {
        CkksSecretKey own = Check<CkksSecretKey>(key);
        using SecretKeyUse use = own.Use();
        var seed = SealSeed.Create(_random);
        var polynomials = SealPolynomials.OfPublic(_seal.Degree, polynomialCount: 2, _seal.CoeffModulus.Length);
        new SealSeedExpander(seed).Expand(_seal.Degree, _seal.CoeffModulus.AsSpan(), polynomials.Polynomial(1));
        using SealPolynomials secret = TransformUnderAllPrimes(own.Coefficients);
        using CkksWorkspace workspace = _ring.Workspaces.Rent();
        new SecretSampler(_random).Error(workspace.Error);
        for (int limb = 0; limb < _keyTransforms.Length; limb++)
        {
            // b = -(a*s + e), in pinned memory until it is whole: a*s alone would give the key away.
            NttPlan ntt = _keyTransforms[limb];
            Span<ulong> b = workspace.Polynomial;
            Span<ulong> product = workspace.SecondPolynomial;
            b.Clear();
            PolynomialKernel.Default.AddSmallSigned(b, workspace.Error, ntt.Modulus);
            ntt.Forward(b);
            MultiplyBySecret(polynomials.Limb(1, limb), secret.Limb(0, limb), product, ntt.Modulus);
            PolynomialKernel.Default.Add(b, product, ntt.Modulus);
            product.Clear();
            PolynomialKernel.Default.SubtractFrom(product, b, ntt.Modulus);
            b.CopyTo(polynomials.Limb(0, limb));
        }

        new SealCiphertext(_seal, polynomials, scale: 1, seed).WriteTo(destination, options);
    }

    /// <summary>
    /// Reads a public key that SEAL made, from untrusted bytes. It loses the special prime, so that vectors encrypted
    /// under it here have the noise of FedHe's public-key encryption. Its identity is the hash of what remains.
    /// </summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="key">The key.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    public bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
    {
        key = null;
        if (!SealCiphertext.TryReadPublicKey(source, _seal, out SealCiphertext? file, out reason))
        {
            return false;
        }

        key = CkksPublicKey.Import(_ring, (polynomial, limb) => file.Polynomials.Limb(polynomial, limb));
        return true;
    }

    /// <summary>
    /// Reads a secret key that SEAL made or stored, from untrusted bytes, together with the public key that gives it
    /// its identity. They are refused unless they belong together.
    /// </summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="publicKey">The public key of the same pair, SEAL's or FedHe's.</param>
    /// <param name="exportPolicy">In which forms the key may be exported from now on.</param>
    /// <param name="key">The key; the caller disposes it.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    /// <exception cref="HeMismatchException">The public key belongs to other parameters.</exception>
    public bool TryReadSecretKey(
        ReadOnlySpan<byte> source,
        PublicKey publicKey,
        SecretKeyExportPolicy exportPolicy,
        [NotNullWhen(true)] out SecretKey? key,
        out FormatError reason)
    {
        CkksPublicKey own = Check<CkksPublicKey>(publicKey);
        key = null;
        sbyte[] coefficients = SecretMemory.Allocate<sbyte>(_ring.Degree);
        try
        {
            if (!TryReadCoefficients(source, coefficients, out reason))
            {
                return false;
            }

            var candidate = new CkksSecretKey(_ring, own.KeyId, coefficients, exportPolicy);
            if (!BelongTogether(candidate, own))
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

    /// <summary>
    /// Reads a secret key that SEAL made, from untrusted bytes, and makes a new public key for it. Do this once, at the
    /// key authority, and hand out FedHe's keys: every call gives the pair another identity.
    /// </summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="exportPolicy">In which forms the secret key may be exported from now on.</param>
    /// <param name="keys">The pair; the caller disposes it.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    public bool TryReadKeyPair(
        ReadOnlySpan<byte> source,
        SecretKeyExportPolicy exportPolicy,
        [NotNullWhen(true)] out KeyPair? keys,
        out FormatError reason)
    {
        keys = null;
        sbyte[] coefficients = SecretMemory.Allocate<sbyte>(_ring.Degree);
        try
        {
            if (!TryReadCoefficients(source, coefficients, out reason))
            {
                return false;
            }

            keys = CkksKeyGenerator.Create(_ring, coefficients, _random, exportPolicy);
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
        if (key is not TKey own || key.ParametersId != _ring.Parameters.Id)
        {
            Throw.ParametersMismatch();
            return null!;
        }

        return own;
    }

    private SealPolynomials TransformUnderAllPrimes(ReadOnlySpan<sbyte> coefficients)
    {
        var polynomials = SealPolynomials.OfSecret(_seal.Degree, _keyTransforms.Length);
        for (int limb = 0; limb < _keyTransforms.Length; limb++)
        {
            NttPlan ntt = _keyTransforms[limb];
            PolynomialKernel.Default.AddSmallSigned(polynomials.Limb(0, limb), coefficients, ntt.Modulus);
            ntt.Forward(polynomials.Limb(0, limb));
        }

        return polynomials;
    }

    /// <summary>The coefficients of a secret key, which must be -1, 0 or 1 and the same under every prime.</summary>
    private bool TryReadCoefficients(ReadOnlySpan<byte> source, Span<sbyte> coefficients, out FormatError reason)
    {
        if (!SealPlaintext.TryReadSecretKey(source, _seal, out SealPlaintext? file, out reason))
        {
            return false;
        }

        using (file)
        using (CkksWorkspace workspace = _ring.Workspaces.Rent())
        {
            // Nothing here branches on a coefficient: differences gather, and are looked at once.
            Span<long> centred = workspace.Coefficients;
            long wrong = 0;
            for (int limb = 0; limb < _keyTransforms.Length; limb++)
            {
                NttPlan ntt = _keyTransforms[limb];
                Span<ulong> residues = file.Polynomials.Limb(0, limb);
                ntt.Inverse(residues);
                PolynomialKernel.Default.Center(residues, centred, ntt.Modulus);
                for (int i = 0; i < centred.Length; i++)
                {
                    long coefficient = centred[i];
                    coefficients[i] = limb == 0 ? unchecked((sbyte)coefficient) : coefficients[i];
                    long digit = coefficient + 1;
                    wrong |= (coefficient ^ coefficients[i]) | (digit & ~3L) | (digit & (digit >> 1));
                }
            }

            reason = wrong == 0 ? FormatError.None : FormatError.FieldOutOfRange;
            return wrong == 0;
        }
    }

    /// <summary>Whether b + a*s is an error polynomial.</summary>
    private bool BelongTogether(CkksSecretKey secret, CkksPublicKey publicKey)
    {
        using SecretKeyUse use = secret.Use();
        using CkksWorkspace workspace = _ring.Workspaces.Rent();
        long largest = 0;
        for (int limb = 0; limb < _ring.LimbCount; limb++)
        {
            NttPlan ntt = _ring.Transforms[limb];
            Span<ulong> sum = workspace.Polynomial;
            PolynomialKernel.Default.Multiply(publicKey.A.Limb(limb).Values, secret.Transformed.Limb(limb), sum, ntt.Modulus);
            PolynomialKernel.Default.Add(sum, publicKey.B.Limb(limb).Values, ntt.Modulus);
            ntt.Inverse(sum);
            PolynomialKernel.Default.Center(sum, workspace.Coefficients, ntt.Modulus);
            foreach (long coefficient in workspace.Coefficients.Span)
            {
                largest = Math.Max(largest, Math.Abs(coefficient));
            }
        }

        return largest <= NoiseKernel.BinomialMax;
    }
}
