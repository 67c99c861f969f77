using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Encryption;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Rns;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.SealFormat;

/// <summary>
/// Exchanges keys, plaintexts and ciphertexts with programs that use Microsoft SEAL, under one CKKS parameter set. No
/// native code takes part. Thread-safe.
/// </summary>
/// <remarks>
/// A vector is a sequence of SEAL ciphertexts, one file each, of as many values as a ciphertext holds. The conventions
/// of both libraries differ in where polynomials are kept transformed and how seeds are expanded; docs/seal-interop.md
/// says what the other side has to do.
/// </remarks>
public sealed partial class SealExchange
{
    private readonly CkksRing _ring;
    private readonly RandomSource _random;
    private readonly SealEncryptionParameters _seal;
    private readonly RnsComposer[] _composers;
    private readonly NttPlan[] _keyTransforms;
    private readonly double _scale;

    /// <summary>Joins a context with the SEAL parameters of the other side.</summary>
    /// <param name="context">
    /// A context of CKKS parameters, as <see cref="SealEncryptionParameters.ToCkksParameters"/> makes them.
    /// </param>
    /// <param name="parameters">Whose data primes are those of the context.</param>
    /// <exception cref="HeParameterException">The context is not one of CKKS, or packs exact integers.</exception>
    /// <exception cref="HeMismatchException">Degree or primes differ.</exception>
    public SealExchange(HeContext context, SealEncryptionParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(parameters);
        if (context is not CkksContext own)
        {
            Throw.WrongScheme(CkksParameters.Name);
            return;
        }

        CkksParameters ckks = own.Ring.Parameters;
        if (ckks.Degree != parameters.Degree || !ckks.Moduli.AsSpan().SequenceEqual(parameters.DataModuli.AsSpan()))
        {
            Throw.ParametersMismatch();
        }

        // The special prime must suit the kernels and the security table as well.
        _ = parameters.ToCkksParameters(ckks.LogScale, ckks.Depth, ckks.Packing);
        _ring = own.Ring;
        _random = own.Random;
        _seal = parameters;
        _scale = Math.ScaleB(1, ckks.LogScale);
        _composers =
            [.. Enumerable.Range(1, _ring.LimbCount).Select(limbs => new RnsComposer(ckks.Moduli.AsSpan()[..limbs]))];
        _keyTransforms =
        [
            .. _ring.Transforms,
            .. parameters.CoeffModulus.Skip(_ring.LimbCount).Select(prime => new NttPlan(parameters.Degree, prime)),
        ];
    }

    /// <summary>The other side's parameters.</summary>
    public SealEncryptionParameters Parameters => _seal;

    /// <summary>
    /// The bound of a fresh vector that SEAL encrypted: that of FedHe's own public-key encryption, which exceeds the
    /// noise of every way in which SEAL encrypts.
    /// </summary>
    /// <param name="maxAbs">Largest magnitude of a value; positive and finite.</param>
    /// <remarks>
    /// SEAL's errors are centred binomial of at most 21, or normal of standard deviation 3.2 cut off at 19.2; its
    /// secrets are uniform ternary. With the secret key the noise of a coefficient is one error. With the public key
    /// and a special prime p it is (e*u + e0 + e1*s)/p + r0 + r1*s with roundings r of at most 1/2; with a single prime
    /// it is that of FedHe. SEAL's encoder rounds to nearest and transforms N points in double precision, with no more
    /// stages than FedHe's.
    /// </remarks>
    /// <exception cref="HeCapacityException">Values of this magnitude do not fit the modulus.</exception>
    public VectorBound FreshBound(double maxAbs) => CkksEncryptor.FreshBound(_ring, maxAbs, VectorForm.Full);

    /// <summary>
    /// Creates an encryptor that has SEAL encrypt: wherever one is asked for, SEAL can take the place of FedHe. Its
    /// vectors are checked like any that come from elsewhere. It is thread-safe if the other program is.
    /// </summary>
    /// <param name="keyId">The key that the other program encrypts under.</param>
    /// <param name="encrypt">
    /// Encrypts the values of one ciphertext. What it throws, the encryptor throws; bytes that are refused end in a
    /// <see cref="HeFormatException"/>.
    /// </param>
    public IEncryptor CreateEncryptor(KeyId keyId, SealBatchEncryption encrypt)
    {
        ArgumentNullException.ThrowIfNull(encrypt);
        return new PeerEncryptor(this, _ring.Parameters, keyId, encrypt);
    }

    /// <summary>
    /// The bound after SEAL multiplied by a scalar, encoded at the scale of the last data prime, and rescaled: the
    /// scale is then what it was, exactly.
    /// </summary>
    /// <param name="bound">The bound before.</param>
    /// <param name="scalar">The scalar, of magnitude at most 1.</param>
    /// <exception cref="HeCapacityException">The parameters have no prime to spend.</exception>
    public VectorBound RescaledBound(VectorBound bound, double scalar)
    {
        if (_ring.Parameters.Depth == 0)
        {
            Throw.NoLevelLeft();
        }

        return _ring.Errors.AfterScalarProduct(bound, scalar, _ring.Parameters.Moduli[^1]);
    }

    /// <summary>
    /// Makes a vector of ciphertexts that SEAL encrypted or computed with, from untrusted bytes. All must be at one
    /// level and at the scale of the parameters, exactly. A seed is expanded: the vector is in full form.
    /// </summary>
    /// <param name="ciphertexts">One file for each ciphertext, in order.</param>
    /// <param name="length">Number of values; the last ciphertext may hold fewer than the others.</param>
    /// <param name="keyId">The key that they are said to be encrypted under: SEAL's files do not name it.</param>
    /// <param name="bound">
    /// Magnitude and error of what they hold: <see cref="FreshBound"/> for fresh ones, and its multiples and sums, by
    /// <see cref="VectorBound.Scale"/> and <see cref="VectorBound.Add"/>, for what SEAL computed.
    /// </param>
    /// <param name="vector">The vector; the caller disposes it.</param>
    /// <param name="reason">Why the bytes were refused.</param>
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
    {
        ArgumentNullException.ThrowIfNull(ciphertexts);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        CheckBound(bound);
        vector = null;
        if (ciphertexts.Count != CkksBlock.CiphertextsOf(_ring.Parameters, length))
        {
            reason = FormatError.Inconsistent;
            return false;
        }

        CkksBlock? block = null;
        for (int i = 0; i < ciphertexts.Count; i++)
        {
            if (!TryReadCiphertext(ciphertexts[i].Span, out SealCiphertext? ciphertext, out reason))
            {
                block?.Dispose();
                return false;
            }

            block ??= CreateBlock(length, ciphertext.PrimeCount, bound);
            if (ciphertext.PrimeCount != block.LimbCount)
            {
                block.Dispose();
                reason = FormatError.Inconsistent;
                return false;
            }

            Store(ciphertext, i, block);
        }

        reason = FormatError.None;
        vector = new CkksVector(_ring, keyId, length, bound, block!);
        return true;
    }

    /// <summary>As <see cref="TryReadVector"/>, or throws.</summary>
    /// <param name="ciphertexts">One file for each ciphertext, in order.</param>
    /// <param name="length">Number of values; the last ciphertext may hold fewer than the others.</param>
    /// <param name="keyId">The key that they are said to be encrypted under.</param>
    /// <param name="bound">Magnitude and error of what they hold.</param>
    /// <exception cref="HeFormatException">
    /// The bytes are not ciphertexts of these parameters at one level and the right scale.
    /// </exception>
    public EncryptedVector ReadVector(
        IReadOnlyList<ReadOnlyMemory<byte>> ciphertexts, int length, KeyId keyId, VectorBound bound)
        => TryReadVector(ciphertexts, length, keyId, bound, out EncryptedVector? vector, out FormatError reason)
            ? vector
            : throw new HeFormatException(reason, "SEAL ciphertext");

    /// <summary>
    /// Writes one ciphertext of a vector, fresh or a sum, as a file that SEAL's <c>Ciphertext::load</c> reads.
    /// </summary>
    /// <param name="vector">The vector.</param>
    /// <param name="ciphertext">Index of the ciphertext, below <see cref="EncryptedVector.CiphertextCount"/>.</param>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="options">How to write, or null for <see cref="SealWriteOptions.Default"/>.</param>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ciphertext.</exception>
    public void WriteCiphertext(
        EncryptedVector vector, int ciphertext, IBufferWriter<byte> destination, SealWriteOptions? options = null)
    {
        CkksVector own = VectorGuard.Check<CkksVector>(_ring.Parameters, vector);
        ArgumentOutOfRangeException.ThrowIfNegative(ciphertext);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ciphertext, own.CiphertextCount);
        var polynomials = SealPolynomials.OfPublic(_ring.Degree, polynomialCount: 2, own.LimbCount);
        using var c1 = new CkksPolynomialSource(_ring, own);
        using CkksWorkspace workspace = _ring.Workspaces.Rent();
        for (int limb = 0; limb < own.LimbCount; limb++)
        {
            Span<ulong> c0 = polynomials.Limb(0, limb);
            own.Limb(ciphertext, polynomial: 0, limb).CopyTo(c0);
            _ring.Transforms[limb].Forward(c0);
            c1.Limb(ciphertext, limb, workspace).CopyTo(polynomials.Limb(1, limb));
        }

        new SealCiphertext(_seal, polynomials, _scale).WriteTo(destination, options);
    }

    private bool TryReadCiphertext(
        ReadOnlySpan<byte> source, [NotNullWhen(true)] out SealCiphertext? ciphertext, out FormatError reason)
    {
        if (!SealCiphertext.TryRead(source, _seal, out ciphertext, out reason))
        {
            return false;
        }

        // A level that was spent without depth has no room for what the scale promises.
        int leastPrimes = _ring.LimbCount - _ring.Parameters.Depth;
        reason = ciphertext.PrimeCount < leastPrimes || !ciphertext.Scale.Equals(_scale)
            ? FormatError.FieldOutOfRange
            : FormatError.None;
        return reason == FormatError.None;
    }

    /// <summary>
    /// Room for all ciphertexts at the level of the first one, under a bound that can be one of that level.
    /// </summary>
    private CkksBlock CreateBlock(int length, int limbCount, VectorBound bound)
    {
        // A bound that no reader of the wire format would believe is a mistake of the caller's.
        if (limbCount == _ring.LimbCount)
        {
            VectorBound least = _ring.Errors.Seeded(bound.MaxAbs);
            ArgumentOutOfRangeException.ThrowIfLessThan(bound.NoiseMax, least.NoiseMax, nameof(bound));
            ArgumentOutOfRangeException.ThrowIfLessThan(bound.NoiseVariance, least.NoiseVariance, nameof(bound));
        }

        return new CkksBlock(_ring.Parameters, length, polynomialCount: 2, limbCount);
    }

    private void Store(SealCiphertext source, int ciphertext, CkksBlock block)
    {
        for (int limb = 0; limb < block.LimbCount; limb++)
        {
            Span<ulong> c0 = block.Limb(ciphertext, polynomial: 0, limb);
            source.Polynomials.Limb(0, limb).CopyTo(c0);
            _ring.Transforms[limb].Inverse(c0);
            source.Polynomials.Limb(1, limb).CopyTo(block.Limb(ciphertext, polynomial: 1, limb));
        }
    }

    private void CheckBound(VectorBound bound)
    {
        ValueGuard.CheckBound(bound.MaxAbs);
        double least = Math.Min(bound.Rounding, Math.Min(bound.NoiseMax, bound.NoiseVariance));
        ArgumentOutOfRangeException.ThrowIfNegative(least, nameof(bound));
        if (!VectorGuard.Fits(_ring.Parameters, bound))
        {
            Throw.ValuesExceedCapacity();
        }
    }
}
