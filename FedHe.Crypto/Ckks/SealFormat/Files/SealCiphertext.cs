using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.SealFormat.Files;

/// <summary>
/// A SEAL ciphertext is a CKKS ciphertext of two polynomials as SEAL writes it, or a public key, which has the same
/// bytes at the key level.
/// </summary>
/// <remarks>
/// Reading checks every field, and writing produces canonical bytes, so native code never needs to read untrusted
/// bytes. Source: SEAL's Ciphertext::save_members and UniformRandomGeneratorInfo.
/// </remarks>
public sealed class SealCiphertext
{
    private const int FixedLength = Digest.SizeInBytes + 1 + (3 * sizeof(ulong)) + sizeof(double);
    private const int SeedInfoLength = 1 + SealSeed.SizeInBytes;
    private const int PolynomialCount = 2;
    private const byte Blake2xbGenerator = 1;

    private readonly SealEncryptionParameters _parameters;
    private readonly SealSeed? _seed;

    internal SealCiphertext(
        SealEncryptionParameters parameters, SealPolynomials polynomials, double scale, SealSeed? seed = null)
    {
        _parameters = parameters;
        _seed = seed;
        Polynomials = polynomials;
        Scale = scale;
    }

    /// <summary>The number of primes of the level of the ciphertext, or of all primes for a public key.</summary>
    public int PrimeCount => Polynomials.PrimeCount;

    /// <summary>The scale of the encoded values: positive and finite.</summary>
    public double Scale { get; }

    /// <summary>Whether the second polynomial is written as a seed.</summary>
    public bool IsSeeded => _seed is not null;

    internal SealPolynomials Polynomials { get; }

    /// <summary>Returns the same ciphertext with its second polynomial written in full.</summary>
    public SealCiphertext WithoutSeed() => new(_parameters, Polynomials, Scale);

    /// <summary>Parses a ciphertext from untrusted bytes, and checks sizes before anything is allocated.</summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="parameters">The parameters it must belong to.</param>
    /// <param name="ciphertext">The ciphertext.</param>
    /// <param name="reason">The reason of a refusal.</param>
    /// <remarks>
    /// The ciphertext must be at a level of ciphertexts, every word must be below its prime, and the message must not
    /// be in clear.
    /// </remarks>
    public static bool TryRead(
        ReadOnlySpan<byte> source,
        SealEncryptionParameters parameters,
        [NotNullWhen(true)] out SealCiphertext? ciphertext,
        out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return TryRead(source, parameters, atKeyLevel: false, out ciphertext, out reason);
    }

    /// <summary>Parses a public key from untrusted bytes, as carefully as a ciphertext.</summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="parameters">The parameters it must belong to.</param>
    /// <param name="publicKey">The public key as a ciphertext.</param>
    /// <param name="reason">The reason of a refusal.</param>
    public static bool TryReadPublicKey(
        ReadOnlySpan<byte> source,
        SealEncryptionParameters parameters,
        [NotNullWhen(true)] out SealCiphertext? publicKey,
        out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return TryRead(source, parameters, atKeyLevel: true, out publicKey, out reason);
    }

    /// <summary>
    /// Writes the ciphertext as a file that SEAL's <c>Ciphertext::load</c>, or <c>PublicKey::load</c>, reads.
    /// </summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="options">
    /// Version and compression of the file, or null for <see cref="SealWriteOptions.Default"/>.
    /// </param>
    public void WriteTo(IBufferWriter<byte> destination, SealWriteOptions? options = null)
    {
        int written = IsSeeded ? 1 : PolynomialCount;
        SealVersion named = (options ?? SealWriteOptions.Default).Version;
        long length = FixedLength + (named.HasCorrectionFactor ? sizeof(ulong) : 0)
            + SealPolynomials.EncodedLength((long)written * PrimeCount * _parameters.Degree)
            + (IsSeeded ? SealHeader.SizeInBytes + SeedInfoLength : 0);
        SealEnvelope.Write(length, options, destination, (writer, version) =>
        {
            WriteParmsId(writer, _parameters.ParmsIdOf(PrimeCount));
            writer.WriteByte(1);
            writer.WriteUInt64(PolynomialCount);
            writer.WriteUInt64((ulong)_parameters.Degree);
            writer.WriteUInt64((ulong)PrimeCount);
            writer.WriteDouble(Scale);
            if (version.HasCorrectionFactor)
            {
                writer.WriteUInt64(1);
            }

            Polynomials.Write(writer, version, written);
            if (_seed is SealSeed seed)
            {
                SealHeader.WriteInner(writer, version, SeedInfoLength);
                writer.WriteByte(Blake2xbGenerator);
                writer.WriteBytes(seed);
            }
        });
    }

    internal static void WriteParmsId(WireWriter writer, Digest parmsId)
    {
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes];
        parmsId.CopyTo(bytes);
        writer.WriteBytes(bytes);
    }

    private static bool TryRead(
        ReadOnlySpan<byte> source,
        SealEncryptionParameters parameters,
        bool atKeyLevel,
        [NotNullWhen(true)] out SealCiphertext? ciphertext,
        out FormatError reason)
    {
        ciphertext = null;
        int mostPrimes = atKeyLevel ? parameters.CoeffModulus.Length : parameters.DataPrimeCount;
        long mostWords = (long)PolynomialCount * mostPrimes * parameters.Degree;
        long longest = FixedLength + sizeof(ulong) + SealPolynomials.EncodedLength(mostWords);
        using var envelope = SealEnvelope.Open(source, checked((int)longest));
        reason = envelope.Error;
        if (reason != FormatError.None)
        {
            return false;
        }

        var reader = new WireReader(envelope.Content);
        ReadOnlySpan<byte> parmsId = reader.ReadBytes(Digest.SizeInBytes);
        int primeCount = reader.Failed ? 0 : parameters.PrimeCountOf(new Digest(parmsId));
        bool isLevel = primeCount > 0 && (atKeyLevel ? primeCount == mostPrimes : primeCount <= mostPrimes);
        reader.Require(isLevel, FormatError.WrongParameters);
        reader.Require(reader.ReadByte() == 1, FormatError.FieldOutOfRange);
        reader.Require(reader.ReadUInt64() == PolynomialCount, FormatError.FieldOutOfRange);
        reader.Require(reader.ReadUInt64() == (ulong)parameters.Degree, FormatError.Inconsistent);
        reader.Require(reader.ReadUInt64() == (ulong)primeCount, FormatError.Inconsistent);
        double scale = reader.ReadDouble(double.Epsilon, double.MaxValue);
        ulong correctionFactor = envelope.Version.HasCorrectionFactor ? reader.ReadUInt64() : 1;
        reader.Require(correctionFactor == 1, FormatError.FieldOutOfRange);
        ciphertext = ReadPolynomials(ref reader, parameters, primeCount, scale);
        reason = reader.Error;
        return ciphertext is not null;
    }

    private static SealCiphertext? ReadPolynomials(
        ref WireReader reader, SealEncryptionParameters parameters, int primeCount, double scale)
    {
        ulong wordsPerPolynomial = (ulong)primeCount * (ulong)parameters.Degree;
        ulong words = SealPolynomials.ReadCount(ref reader);
        bool isSeeded = words == wordsPerPolynomial;
        reader.Require(isSeeded || words == PolynomialCount * wordsPerPolynomial, FormatError.Inconsistent);
        if (reader.Failed)
        {
            return null;
        }

        ReadOnlySpan<ulong> primes = parameters.CoeffModulus.AsSpan()[..primeCount];
        var polynomials = SealPolynomials.OfPublic(parameters.Degree, PolynomialCount, primeCount);
        polynomials.ReadWords(ref reader, isSeeded ? 1 : PolynomialCount, primes);
        SealSeed? seed = isSeeded ? ReadSeed(ref reader) : null;
        reader.ExpectEnd();
        if (!reader.Failed && seed is SealSeed known)
        {
            new SealSeedExpander(known).Expand(parameters.Degree, primes, polynomials.Polynomial(1));
        }

        // Without a second polynomial the first one is the message.
        reader.Require(reader.Failed || polynomials.Polynomial(1).ContainsAnyExcept(0UL), FormatError.FieldOutOfRange);
        return reader.Failed ? null : new SealCiphertext(parameters, polynomials, scale, seed);
    }

    private static SealSeed? ReadSeed(ref WireReader reader)
    {
        SealHeader.ReadInner(ref reader, SeedInfoLength);
        reader.Require(reader.ReadByte() == Blake2xbGenerator, FormatError.UnsupportedExpansion);
        ReadOnlySpan<byte> bytes = reader.ReadBytes(SealSeed.SizeInBytes);
        return reader.Failed ? null : SealSeed.Read(bytes);
    }
}
