using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.Ckks.SealFormat;

/// <summary>
/// A SEAL exchange converts keys, plaintexts and ciphertexts for programs that use Microsoft SEAL, under one CKKS
/// parameter set and without native code. It is thread-safe.
/// </summary>
/// <remarks>
/// A vector is a sequence of SEAL ciphertexts, one file each, of as many values as a ciphertext holds. The conventions
/// of both libraries differ in where polynomials are kept transformed and how seeds are expanded; docs/seal-interop.md
/// says what the other side has to do.
/// </remarks>
public sealed class SealExchange
{
    private readonly SealKeyConverter _keys;
    private readonly SealPlaintextConverter _plaintexts;
    private readonly SealVectorConverter _vectors;

    /// <summary>Joins a context with the SEAL parameters of the other program.</summary>
    /// <param name="context">
    /// A context of CKKS parameters, as <see cref="SealEncryptionParameters.ToCkksParameters"/> makes them.
    /// </param>
    /// <param name="parameters">The parameters of the other program, with the data primes of the context.</param>
    /// <exception cref="HeParameterException">The context is not one of CKKS, or packs exact integers.</exception>
    /// <exception cref="HeMismatchException">Degree or primes differ.</exception>
    public SealExchange(HeContext context, SealEncryptionParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(parameters);
        if (context is not CkksContext own)
        {
            throw Throw.WrongScheme(CkksParameters.Name);
        }

        CkksParameters ckks = own.Ring.Parameters;
        if (ckks.Degree != parameters.Degree || !ckks.Moduli.AsSpan().SequenceEqual(parameters.DataModuli.AsSpan()))
        {
            throw Throw.ParametersMismatch();
        }

        // The special prime must suit the kernels and the security table as well.
        _ = parameters.ToCkksParameters(ckks.LogScale, ckks.Depth, ckks.Packing);
        Parameters = parameters;
        _keys = new SealKeyConverter(own.Ring, parameters, own.Random);
        _plaintexts = new SealPlaintextConverter(own.Ring, parameters);
        _vectors = new SealVectorConverter(own.Ring, parameters);
    }

    /// <summary>The SEAL parameters of the other program.</summary>
    public SealEncryptionParameters Parameters { get; }

    /// <summary>
    /// Computes the bound of a fresh vector that SEAL encrypted. It is the bound of FedHe's own public-key encryption,
    /// whose noise exceeds the noise of every way in which SEAL encrypts.
    /// </summary>
    /// <param name="maxAbs">Largest magnitude of a value; positive and finite.</param>
    /// <remarks>
    /// SEAL's errors are centered binomial of at most 21, or normal of standard deviation 3.2 cut off at 19.2; its
    /// secrets are uniform ternary. With the secret key the noise of a coefficient is one error. With the public key
    /// and a special prime p it is (e*u + e0 + e1*s)/p + r0 + r1*s with roundings r of at most 1/2; with a single prime
    /// it is the same as in FedHe. SEAL's encoder rounds to nearest and transforms N points in double precision, with
    /// no more stages than FedHe's.
    /// </remarks>
    /// <exception cref="HeCapacityException">Values of this magnitude do not fit the modulus.</exception>
    public VectorBound FreshBound(double maxAbs) => _vectors.FreshBound(maxAbs);

    /// <summary>
    /// Creates an encryptor that lets the other program encrypt, and checks the files that come back like any untrusted
    /// bytes. The encryptor is thread-safe if the other program is.
    /// </summary>
    /// <param name="keyId">The key that the other program encrypts under.</param>
    /// <param name="encrypt">
    /// Encrypts the values of one ciphertext. The encryptor passes its exceptions on, and throws a
    /// <see cref="HeFormatException"/> for bytes that are refused.
    /// </param>
    public IEncryptor CreateEncryptor(KeyId keyId, SealBatchEncryption encrypt)
    {
        ArgumentNullException.ThrowIfNull(encrypt);
        return new PeerEncryptor(_vectors, keyId, encrypt);
    }

    /// <summary>
    /// Computes the bound after SEAL multiplied by a scalar, encoded at the scale of the last data prime, and rescaled.
    /// The scale is exactly the same as before.
    /// </summary>
    /// <param name="bound">The bound before.</param>
    /// <param name="scalar">The scalar, of magnitude at most 1.</param>
    /// <exception cref="HeCapacityException">The parameters have no prime to spend.</exception>
    public VectorBound RescaledBound(VectorBound bound, double scalar) => _vectors.RescaledBound(bound, scalar);

    /// <summary>
    /// Makes a vector in full form of ciphertexts that SEAL encrypted or computed, from untrusted bytes. All
    /// ciphertexts must be at one level and exactly at the scale of the parameters.
    /// </summary>
    /// <param name="ciphertexts">One file for each ciphertext, in order.</param>
    /// <param name="length">Number of values; the last ciphertext may hold fewer than the others.</param>
    /// <param name="keyId">The key that the caller says they are encrypted under: SEAL's files do not name it.</param>
    /// <param name="bound">
    /// Magnitude and error of the values: <see cref="FreshBound"/> for fresh ciphertexts, and its multiples and sums, by
    /// <see cref="VectorBound.Scale"/> and <see cref="VectorBound.Add"/>, for ciphertexts that SEAL computed.
    /// </param>
    /// <param name="vector">The vector; the caller disposes it.</param>
    /// <param name="reason">The reason of a refusal.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The length is not positive, or the bound promises less noise than fresh encryption has.
    /// </exception>
    /// <exception cref="HeCapacityException">The bound exceeds the capacity of the parameters.</exception>
    public bool TryReadVector(
        IReadOnlyList<ReadOnlyMemory<byte>> ciphertexts,
        int length,
        KeyId keyId,
        VectorBound bound,
        [NotNullWhen(true)] out EncryptedVector? vector,
        out FormatError reason)
        => _vectors.TryReadVector(ciphertexts, length, keyId, bound, out vector, out reason);

    /// <summary>Makes a vector as <see cref="TryReadVector"/> does, and throws when the bytes are refused.</summary>
    /// <param name="ciphertexts">One file for each ciphertext, in order.</param>
    /// <param name="length">Number of values; the last ciphertext may hold fewer than the others.</param>
    /// <param name="keyId">The key that the caller says they are encrypted under.</param>
    /// <param name="bound">Magnitude and error of the values.</param>
    /// <exception cref="HeFormatException">
    /// The bytes are not ciphertexts of these parameters at one level and the right scale.
    /// </exception>
    public EncryptedVector ReadVector(
        IReadOnlyList<ReadOnlyMemory<byte>> ciphertexts, int length, KeyId keyId, VectorBound bound)
        => _vectors.ReadVector(ciphertexts, length, keyId, bound);

    /// <summary>
    /// Writes one ciphertext of a vector, fresh or a sum, as a file that SEAL's <c>Ciphertext::load</c> reads.
    /// </summary>
    /// <param name="vector">The vector.</param>
    /// <param name="ciphertext">Index of the ciphertext, below <see cref="EncryptedVector.CiphertextCount"/>.</param>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="options">
    /// Version and compression of the file, or null for <see cref="SealWriteOptions.Default"/>.
    /// </param>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ciphertext.</exception>
    public void WriteCiphertext(
        EncryptedVector vector, int ciphertext, IBufferWriter<byte> destination, SealWriteOptions? options = null)
        => _vectors.WriteCiphertext(vector, ciphertext, destination, options);

    /// <summary>
    /// Writes a secret key in clear as a file that SEAL's <c>SecretKey::load</c> reads. The caller zeroes the bytes
    /// after use.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">
    /// Receives the bytes. A buffer that grows by copying would leave copies of the key behind.
    /// </param>
    /// <param name="options">
    /// Version and compression of the file, or null for <see cref="SealWriteOptions.Default"/>.
    /// </param>
    /// <exception cref="HeMismatchException">The key belongs to other parameters.</exception>
    /// <exception cref="InvalidOperationException">
    /// The key's export policy does not allow <see cref="SecretKeyExportPolicy.Clear"/>.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void WriteSecretKey(SecretKey key, IBufferWriter<byte> destination, SealWriteOptions? options = null)
        => _keys.WriteSecretKey(key, destination, options);

    /// <summary>
    /// Makes a new public key for a secret key and writes it, seeded, as a file that SEAL's <c>PublicKey::load</c>
    /// reads. Vectors that SEAL encrypts under it carry the same <see cref="KeyId"/> as the secret key, which decrypts
    /// them.
    /// </summary>
    /// <remarks>
    /// FedHe's own public key does not cover SEAL's special prime, which nobody can add without the secret key.
    /// </remarks>
    /// <param name="key">The secret key.</param>
    /// <param name="destination">Receives the bytes, which are public.</param>
    /// <param name="options">
    /// Version and compression of the file, or null for <see cref="SealWriteOptions.Default"/>.
    /// </param>
    /// <exception cref="HeMismatchException">The key belongs to other parameters.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void WritePublicKey(SecretKey key, IBufferWriter<byte> destination, SealWriteOptions? options = null)
        => _keys.WritePublicKey(key, destination, options);

    /// <summary>Reads a public key that SEAL made, from untrusted bytes, and leaves out the special prime.</summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="key">The key.</param>
    /// <param name="reason">The reason of a refusal.</param>
    /// <remarks>
    /// Vectors encrypted under the key here have the noise of FedHe's public-key encryption. The identity of the key is
    /// the hash of the key without the special prime.
    /// </remarks>
    public bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
        => _keys.TryReadPublicKey(source, out key, out reason);

    /// <summary>
    /// Reads a secret key that SEAL made or stored, from untrusted bytes, and refuses it unless it belongs to the given
    /// public key. The identity of the public key becomes the identity of the secret key.
    /// </summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="publicKey">The public key of the same pair, SEAL's or FedHe's.</param>
    /// <param name="exportPolicy">In which forms the key may be exported from now on.</param>
    /// <param name="key">The key; the caller disposes it.</param>
    /// <param name="reason">The reason of a refusal.</param>
    /// <exception cref="HeMismatchException">The public key belongs to other parameters.</exception>
    public bool TryReadSecretKey(
        ReadOnlySpan<byte> source,
        PublicKey publicKey,
        SecretKeyExportPolicy exportPolicy,
        [NotNullWhen(true)] out SecretKey? key,
        out FormatError reason)
        => _keys.TryReadSecretKey(source, publicKey, exportPolicy, out key, out reason);

    /// <summary>
    /// Reads a secret key that SEAL made, from untrusted bytes, and makes a new public key for it. Every call gives the
    /// pair another identity, so call once, at the key authority, and hand out FedHe's keys.
    /// </summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="exportPolicy">In which forms the secret key may be exported from now on.</param>
    /// <param name="keys">The pair; the caller disposes it.</param>
    /// <param name="reason">The reason of a refusal.</param>
    public bool TryReadKeyPair(
        ReadOnlySpan<byte> source,
        SecretKeyExportPolicy exportPolicy,
        [NotNullWhen(true)] out KeyPair? keys,
        out FormatError reason)
        => _keys.TryReadKeyPair(source, exportPolicy, out keys, out reason);

    /// <summary>
    /// Encodes the values of one ciphertext as a plaintext of the first level, which SEAL encrypts without an encoder.
    /// </summary>
    /// <param name="values">The values, at most as many as a ciphertext holds; the rest is zero.</param>
    /// <param name="maxAbs">Bound on their magnitude.</param>
    /// <param name="destination">Receives the bytes, which are secret.</param>
    /// <param name="options">
    /// Version and compression of the file, or null for <see cref="SealWriteOptions.Default"/>.
    /// </param>
    /// <exception cref="ArgumentException">There are no values, or too many.</exception>
    /// <exception cref="HeValueException">A value is NaN, infinite or outside the bound.</exception>
    /// <exception cref="HeCapacityException">Values of this magnitude do not fit the modulus.</exception>
    public void WritePlaintext(
        ReadOnlySpan<double> values, double maxAbs, IBufferWriter<byte> destination, SealWriteOptions? options = null)
        => _plaintexts.WritePlaintext(values, maxAbs, destination, options);

    /// <summary>Decodes a plaintext that SEAL decrypted, from untrusted bytes.</summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="destination">Receives the first values, at most as many as a ciphertext holds.</param>
    /// <param name="reason">The reason of a refusal.</param>
    /// <exception cref="ArgumentException">The destination is empty, or longer than the values of a ciphertext.</exception>
    public bool TryReadPlaintext(ReadOnlySpan<byte> source, Span<double> destination, out FormatError reason)
        => _plaintexts.TryReadPlaintext(source, destination, out reason);
}
