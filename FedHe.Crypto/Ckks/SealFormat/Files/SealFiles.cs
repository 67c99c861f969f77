using System.Buffers;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Ntt;

namespace FedHe.Crypto.Ckks.SealFormat.Files;

/// <summary>
/// This class writes and reads SEAL's files for a program that runs SEAL itself: the bytes that all ciphertexts of a
/// level share, and secret keys as ternary polynomials.
/// </summary>
/// <remarks>Source: SEAL's Ciphertext::save_members and SecretKey::save; docs/seal-interop.md.</remarks>
public static class SealFiles
{
    /// <summary>The number of bytes of the header before every object: 16.</summary>
    public const int HeaderLength = SealHeader.SizeInBytes;

    /// <summary>The number of bytes of a seed: 64.</summary>
    public const int SeedLength = SealSeed.SizeInBytes;

    /// <summary>Writes a ciphertext of two polynomials that are zero, as SEAL 3.7 saves it without compression.</summary>
    /// <param name="parameters">SEAL's parameters.</param>
    /// <param name="primeCount">Number of primes of the level of the ciphertext.</param>
    /// <param name="scale">The scale of the ciphertext.</param>
    /// <param name="isSeeded">Whether a seed takes the place of the second polynomial.</param>
    /// <param name="destination">Receives the file.</param>
    public static void WriteZeroCiphertext(
        SealEncryptionParameters parameters, int primeCount, double scale, bool isSeeded, IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var zero = SealPolynomials.OfPublic(parameters.Degree, polynomialCount: 2, primeCount);
        new SealCiphertext(parameters, zero, scale, isSeeded ? default(SealSeed) : null).WriteTo(destination);
    }

    /// <summary>
    /// Computes the length in bytes of a ternary secret of the given degree, at two bits per coefficient.
    /// </summary>
    public static int TernaryLength(int degree) => TernaryPacking.LengthOf(degree);

    /// <summary>
    /// Reads a secret key of SEAL, and tells whether it is a ternary polynomial like every key that SEAL makes.
    /// </summary>
    /// <param name="file">The file, of one secret key.</param>
    /// <param name="parameters">SEAL's parameters.</param>
    /// <param name="ternary">
    /// Receives <see cref="TernaryLength"/> bytes, which the caller zeroes; unchanged unless the key is ternary.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="ternary"/> has another length.</exception>
    public static bool TryReadSecretKey(ReadOnlySpan<byte> file, SealEncryptionParameters parameters, Span<byte> ternary)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        CheckLength(ternary.Length, parameters, nameof(ternary));
        if (!SealPlaintext.TryReadSecretKey(file, parameters, out SealPlaintext? key, out _))
        {
            return false;
        }

        sbyte[] coefficients = SecretMemory.Allocate<sbyte>(parameters.Degree);
        try
        {
            using (key)
            {
                ulong differences = 0;
                for (int limb = 0; limb < parameters.CoeffModulus.Length; limb++)
                {
                    ulong prime = parameters.CoeffModulus[limb];
                    Span<ulong> residues = key.Polynomials.Limb(0, limb);
                    TransformOf(parameters, prime).Inverse(residues);
                    differences |= limb == 0 ? ReadTernary(residues, prime, coefficients) : Difference(residues, prime, coefficients);
                }

                if (differences != 0)
                {
                    return false;
                }

                TernaryPacking.Pack(coefficients, ternary);
                return true;
            }
        }
        finally
        {
            SecretMemory.Zero<sbyte>(coefficients);
        }
    }

    /// <summary>
    /// Writes a ternary polynomial as a secret key that SEAL loads, and tells whether it can be a uniform secret: ternary,
    /// and neither zero nor sparse.
    /// </summary>
    /// <param name="ternary">The polynomial, <see cref="TernaryLength"/> bytes.</param>
    /// <param name="parameters">SEAL's parameters.</param>
    /// <param name="destination">
    /// Receives the file, which is secret. Nothing is written where the polynomial is refused.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="ternary"/> has another length.</exception>
    public static bool TryWriteSecretKey(
        ReadOnlySpan<byte> ternary, SealEncryptionParameters parameters, IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        CheckLength(ternary.Length, parameters, nameof(ternary));
        sbyte[] coefficients = SecretMemory.Allocate<sbyte>(parameters.Degree);
        ulong[] scratch = SecretMemory.Allocate<ulong>(parameters.Degree);
        using var polynomials = SealPolynomials.OfSecret(parameters.Degree, parameters.CoeffModulus.Length);
        try
        {
            if (!TernaryPacking.TryUnpack(ternary, scratch, coefficients) || !TernarySecret.IsPlausible(coefficients))
            {
                return false;
            }

            for (int limb = 0; limb < parameters.CoeffModulus.Length; limb++)
            {
                ulong prime = parameters.CoeffModulus[limb];
                Span<ulong> residues = polynomials.Limb(0, limb);
                for (int i = 0; i < residues.Length; i++)
                {
                    residues[i] = ResidueOf(coefficients[i], prime);
                }

                TransformOf(parameters, prime).Forward(residues);
            }

            using var plaintext = new SealPlaintext(parameters, polynomials, scale: 1);
            plaintext.WriteTo(destination);
            return true;
        }
        finally
        {
            SecretMemory.Zero<sbyte>(coefficients);
            SecretMemory.Zero<ulong>(scratch);
        }
    }

    /// <summary>Reads coefficients modulo a prime; the result is zero only if each is -1, 0 or 1.</summary>
    private static ulong ReadTernary(ReadOnlySpan<ulong> residues, ulong prime, Span<sbyte> coefficients)
    {
        ulong others = 0;
        for (int i = 0; i < residues.Length; i++)
        {
            // A residue is 0, 1 or p-1; no branch depends on it.
            ulong isNegative = (residues[i] + 1) / prime;
            ulong isPositive = residues[i] * (1 - isNegative);
            others |= isPositive >> 1;
            coefficients[i] = (sbyte)((int)(isPositive & 1) - (int)isNegative);
        }

        return others;
    }

    /// <summary>Compares coefficients modulo a prime with ternary ones; the result is zero only if they are the same.</summary>
    private static ulong Difference(ReadOnlySpan<ulong> residues, ulong prime, ReadOnlySpan<sbyte> coefficients)
    {
        ulong difference = 0;
        for (int i = 0; i < residues.Length; i++)
        {
            difference |= residues[i] ^ ResidueOf(coefficients[i], prime);
        }

        return difference;
    }

    /// <summary>Computes a ternary coefficient modulo a prime: the sign, spread over all bits, selects the prime.</summary>
    private static ulong ResidueOf(sbyte coefficient, ulong prime)
        => unchecked((ulong)coefficient + (prime & (ulong)(long)(coefficient >> 7)));

    private static void CheckLength(int length, SealEncryptionParameters parameters, string parameter)
    {
        if (length != TernaryLength(parameters.Degree))
        {
            throw new ArgumentException($"A ternary secret of this degree has {TernaryLength(parameters.Degree)} bytes.", parameter);
        }
    }

    /// <summary>Creates the scalar transform, which takes primes of any size. Keys are transformed rarely.</summary>
    private static NttSpecification TransformOf(SealEncryptionParameters parameters, ulong prime)
        => new(new NttRoots(parameters.Degree, prime));
}
