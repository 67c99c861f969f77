using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.SealFormat.Files;

/// <summary>
/// SEAL encryption parameters are SEAL's <c>EncryptionParameters</c> of scheme CKKS: ring degree and primes, without
/// scale or packing. They are immutable.
/// </summary>
/// <remarks>
/// SEAL encrypts under all primes but the last one (the special prime), which serves keys and public-key encryption
/// only; a single prime serves both. So CKKS parameters of k primes belong to SEAL parameters of k + 1 primes, or of one
/// prime if k is 1.
/// Source: SEAL's EncryptionParameters, SEALContext and CoeffModulus.
/// </remarks>
public sealed class SealEncryptionParameters
{
    /// <summary>The most bits of a prime that SEAL allows. FedHe's own arithmetic allows 50.</summary>
    public const int MaxPrimeBits = 60;

    private const int MaxPrimes = 64;
    private const int ModulusLength = SealHeader.SizeInBytes + sizeof(ulong);
    private const int FixedLength = 1 + (2 * sizeof(ulong)) + ModulusLength;
    private const string What = "set of SEAL parameters";

    private readonly ImmutableArray<Digest> _levels;

    private SealEncryptionParameters(int degree, ImmutableArray<ulong> coeffModulus)
    {
        Degree = degree;
        CoeffModulus = coeffModulus;
        _levels =
        [
            .. Enumerable.Range(1, coeffModulus.Length).Select(count => SealParmsId.Compute(degree, coeffModulus[..count])),
        ];
    }

    /// <summary>The ring degree N, <c>poly_modulus_degree</c>.</summary>
    public int Degree { get; }

    /// <summary>The list of all primes, <c>coeff_modulus</c>.</summary>
    public ImmutableArray<ulong> CoeffModulus { get; }

    /// <summary>The number of primes that ciphertexts are encrypted under: all but the last, or the only one.</summary>
    public int DataPrimeCount => Math.Max(1, CoeffModulus.Length - 1);

    /// <summary>The identity of all primes, <c>key_parms_id</c>.</summary>
    public Digest KeyParmsId => _levels[^1];

    /// <summary>The identity of the primes of fresh ciphertexts, <c>first_parms_id</c>.</summary>
    public Digest FirstParmsId => ParmsIdOf(DataPrimeCount);

    /// <summary>The primes of fresh ciphertexts.</summary>
    public ImmutableArray<ulong> DataModuli => CoeffModulus[..DataPrimeCount];

    /// <summary>Creates parameters with primes as SEAL's <c>CoeffModulus::Create</c> chooses them.</summary>
    /// <param name="degree">Ring degree N: 1024, 2048, 4096, 8192, 16384 or 32768.</param>
    /// <param name="bitSizes">Number of bits of each prime, the special one last; up to <see cref="MaxPrimeBits"/>.</param>
    /// <exception cref="HeParameterException">There are no such parameters; the exception names the reason.</exception>
    public static SealEncryptionParameters Create(int degree, ImmutableArray<int> bitSizes)
    {
        Check(CheckRing(degree, bitSizes.IsDefault ? 0 : bitSizes.Length));
        Check(bitSizes.All(bits => bits is > 1 and <= MaxPrimeBits)
            ? ParameterError.None
            : ParameterError.ModulusSizeNotSupported);
        Check(PrimeSearch.TryFind(degree, bitSizes, out ImmutableArray<ulong> primes)
            ? ParameterError.None
            : ParameterError.NotEnoughPrimes);
        return new SealEncryptionParameters(degree, primes);
    }

    /// <summary>
    /// Creates the SEAL parameters of CKKS parameters. A single prime stays alone; several primes get a special prime
    /// of the size of the largest one.
    /// </summary>
    /// <exception cref="HeParameterException">
    /// The packing is <see cref="CkksPacking.ExactIntegers"/>, which SEAL cannot express, or with the special prime the
    /// modulus is too large for 128 bits of security.
    /// </exception>
    public static SealEncryptionParameters Of(CkksParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Check(parameters.Packing == CkksPacking.ExactIntegers ? ParameterError.PackingNotSupported : ParameterError.None);
        if (parameters.Moduli.Length == 1)
        {
            return new SealEncryptionParameters(parameters.Degree, parameters.Moduli);
        }

        int bits = CkksParameters.WidthOf(parameters.Moduli.Max());
        ulong special = RingPrimes.LargestFirst(parameters.Degree, bits).Except(parameters.Moduli).FirstOrDefault();
        Check(special == 0 ? ParameterError.NotEnoughPrimes : ParameterError.None);
        var result = new SealEncryptionParameters(parameters.Degree, parameters.Moduli.Add(special));
        Check(result.CheckSecurity());
        return result;
    }

    /// <summary>Creates the CKKS parameters that compute on ciphertexts of these SEAL parameters.</summary>
    /// <param name="logScale">Binary logarithm of the scale that every encoder uses, 14 to 52.</param>
    /// <param name="depth">Multiplicative depth: 0, or 1 for one plaintext-scalar product with its rescale.</param>
    /// <param name="packing">Slots, as SEAL's encoder packs, or coefficients, for which SEAL has no encoder.</param>
    /// <exception cref="HeParameterException">
    /// FedHe cannot express them: a prime has more than 50 bits, the security is below 128 bits, the scale leaves no
    /// room, or exact integers are asked for.
    /// </exception>
    public CkksParameters ToCkksParameters(int logScale, int depth = 0, CkksPacking packing = CkksPacking.Slots)
    {
        Check(packing == CkksPacking.ExactIntegers ? ParameterError.PackingNotSupported : ParameterError.None);
        Check(CheckPrimesFitKernels());
        Check(CkksParametersValidator.Validate(Degree, DataModuli, packing, logScale, depth));
        Check(CheckSecurity());
        return new CkksParameters(Degree, DataModuli, packing, logScale, depth, exactIntegers: null);
    }

    /// <summary>
    /// Parses SEAL parameters from untrusted bytes. <see cref="ToCkksParameters"/> tells whether FedHe can use them.
    /// </summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="parameters">The parameters.</param>
    /// <param name="reason">The reason of a refusal.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> source, [NotNullWhen(true)] out SealEncryptionParameters? parameters, out FormatError reason)
    {
        parameters = null;
        using var envelope = SealEnvelope.Open(source, FixedLength + (MaxPrimes * ModulusLength));
        if (envelope.Error != FormatError.None)
        {
            reason = envelope.Error;
            return false;
        }

        var reader = new WireReader(envelope.Content);
        reader.Require(reader.ReadByte() == SealParmsId.CkksScheme, FormatError.WrongKind);
        ulong degree = reader.ReadUInt64();
        ulong count = reader.ReadUInt64();
        reader.Require(count is > 0 and <= MaxPrimes, FormatError.LimitExceeded);
        bool isRing = CheckRing((int)Math.Min(degree, int.MaxValue), primeCount: 1) == ParameterError.None;
        reader.Require(isRing, FormatError.FieldOutOfRange);
        int modulusCount = (int)Math.Min(count, MaxPrimes) + 1;
        reader.Require(reader.Remaining == modulusCount * ModulusLength, FormatError.Inconsistent);
        var primes = ImmutableArray.CreateBuilder<ulong>();
        for (ulong i = 0; i < count && !reader.Failed; i++)
        {
            primes.Add(ReadModulus(ref reader));
        }

        reader.Require(ReadModulus(ref reader) == 0, FormatError.FieldOutOfRange);
        reader.ExpectEnd();
        bool arePrimes = !reader.Failed && CheckPrimes((int)degree, primes.ToImmutable()) == ParameterError.None;
        reader.Require(arePrimes, FormatError.FieldOutOfRange);
        reason = reader.Error;
        parameters = reader.Failed ? null : new SealEncryptionParameters((int)degree, primes.ToImmutable());
        return parameters is not null;
    }

    /// <summary>Parses SEAL parameters from untrusted bytes, and throws when the bytes are refused.</summary>
    /// <exception cref="HeFormatException">The bytes are not SEAL parameters of scheme CKKS.</exception>
    public static SealEncryptionParameters Read(ReadOnlySpan<byte> source)
        => TryRead(source, out SealEncryptionParameters? parameters, out FormatError reason)
            ? parameters
            : throw new HeFormatException(reason, What);

    /// <summary>Writes the parameters as a file that SEAL's <c>EncryptionParameters::load</c> reads.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="options">
    /// Version and compression of the file, or null for <see cref="SealWriteOptions.Default"/>.
    /// </param>
    public void WriteTo(IBufferWriter<byte> destination, SealWriteOptions? options = null)
    {
        int length = FixedLength + (CoeffModulus.Length * ModulusLength);
        SealEnvelope.Write(length, options, destination, (writer, version) =>
        {
            writer.WriteByte(SealParmsId.CkksScheme);
            writer.WriteUInt64((ulong)Degree);
            writer.WriteUInt64((ulong)CoeffModulus.Length);
            foreach (ulong prime in CoeffModulus.Add(0))
            {
                SealHeader.WriteInner(writer, version, sizeof(ulong));
                writer.WriteUInt64(prime);
            }
        });
    }

    /// <summary>Returns the identity of the level that has the given number of primes.</summary>
    /// <param name="primeCount">1 to the number of primes.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer primes, or the number is not positive.</exception>
    public Digest ParmsIdOf(int primeCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(primeCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(primeCount, _levels.Length);
        return _levels[primeCount - 1];
    }

    /// <summary>Returns the number of primes of the level that an identity names, or 0.</summary>
    internal int PrimeCountOf(Digest parmsId) => _levels.IndexOf(parmsId) + 1;

    private static ulong ReadModulus(ref WireReader reader)
    {
        SealHeader.ReadInner(ref reader, sizeof(ulong));
        return reader.ReadUInt64();
    }

    private static void Check(ParameterError error)
    {
        if (error != ParameterError.None)
        {
            throw CkksParametersValidator.Describe(error);
        }
    }

    private static ParameterError CheckRing(int degree, int primeCount)
    {
        if (!SecurityTable.Degrees.Contains(degree))
        {
            return ParameterError.DegreeNotSupported;
        }

        return primeCount is >= 1 and <= MaxPrimes ? ParameterError.None : ParameterError.ModulusCountNotSupported;
    }

    private static ParameterError CheckPrimes(int degree, ImmutableArray<ulong> primes)
    {
        if (primes.Any(prime => BitOperations.Log2(prime) >= MaxPrimeBits || prime % (2 * (ulong)degree) != 1))
        {
            return ParameterError.ModulusSizeNotSupported;
        }

        if (primes.Distinct().Count() != primes.Length)
        {
            return ParameterError.ModulusRepeated;
        }

        return primes.All(ModularArithmetic.IsPrime) ? ParameterError.None : ParameterError.ModulusNotPrimeOfTheRing;
    }

    private ParameterError CheckPrimesFitKernels()
        => CoeffModulus.All(prime => prime < 1UL << CkksParametersValidator.MaxLogModulus)
            ? ParameterError.None
            : ParameterError.ModulusSizeNotSupported;

    /// <summary>Checks security with the special prime included, since keys are published under it.</summary>
    private ParameterError CheckSecurity()
        => SecurityTable.LevelOf(Degree, CkksParameters.LogModulusOf(CoeffModulus)) == SecurityLevel.None
            ? ParameterError.SecurityBelowRequired
            : ParameterError.None;
}
