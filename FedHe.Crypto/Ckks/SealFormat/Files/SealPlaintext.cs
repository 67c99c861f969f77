using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.SealFormat.Files;

/// <summary>
/// A SEAL plaintext is an encoded CKKS plaintext as SEAL writes it, or a secret key, which has the same bytes at the
/// key level. It is secret: its words are pinned, and zeroed on dispose.
/// </summary>
/// <remarks>Reading checks every field. Source: SEAL's Plaintext::save_members.</remarks>
public sealed class SealPlaintext : IDisposable
{
    private const int FixedLength = Digest.SizeInBytes + sizeof(ulong) + sizeof(double);

    private readonly SealEncryptionParameters _parameters;

    internal SealPlaintext(SealEncryptionParameters parameters, SealPolynomials polynomials, double scale)
    {
        _parameters = parameters;
        Polynomials = polynomials;
        Scale = scale;
    }

    /// <summary>The number of primes of the level of the plaintext, or of all primes for a secret key.</summary>
    public int PrimeCount => Polynomials.PrimeCount;

    /// <summary>The scale of the encoded values: positive and finite; 1 for a secret key.</summary>
    public double Scale { get; }

    internal SealPolynomials Polynomials { get; }

    /// <summary>Parses a plaintext from untrusted bytes, and checks first sizes, then every word.</summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="parameters">The parameters it must belong to.</param>
    /// <param name="plaintext">The plaintext; the caller disposes it.</param>
    /// <param name="reason">The reason of a refusal.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> source,
        SealEncryptionParameters parameters,
        [NotNullWhen(true)] out SealPlaintext? plaintext,
        out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return TryRead(source, parameters, atKeyLevel: false, out plaintext, out reason);
    }

    /// <summary>
    /// Parses a secret key from untrusted bytes. <see cref="SealExchange"/> finds out whether it is a small polynomial.
    /// </summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="parameters">The parameters it must belong to.</param>
    /// <param name="secretKey">The secret key as a plaintext; the caller disposes it.</param>
    /// <param name="reason">The reason of a refusal.</param>
    public static bool TryReadSecretKey(
        ReadOnlySpan<byte> source,
        SealEncryptionParameters parameters,
        [NotNullWhen(true)] out SealPlaintext? secretKey,
        out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return TryRead(source, parameters, atKeyLevel: true, out secretKey, out reason);
    }

    /// <summary>
    /// Writes the plaintext as a file that SEAL's <c>Plaintext::load</c>, or <c>SecretKey::load</c>, reads. The file is
    /// secret.
    /// </summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="options">
    /// Version and compression of the file, or null for <see cref="SealWriteOptions.Default"/>.
    /// </param>
    public void WriteTo(IBufferWriter<byte> destination, SealWriteOptions? options = null)
    {
        long words = (long)PrimeCount * _parameters.Degree;
        SealEnvelope.Write(FixedLength + SealPolynomials.EncodedLength(words), options, destination, (writer, version) =>
        {
            SealCiphertext.WriteParmsId(writer, _parameters.ParmsIdOf(PrimeCount));
            writer.WriteUInt64((ulong)words);
            writer.WriteDouble(Scale);
            Polynomials.Write(writer, version, polynomials: 1);
        });
    }

    /// <summary>Zeroes the words of the plaintext.</summary>
    public void Dispose() => Polynomials.Dispose();

    private static bool TryRead(
        ReadOnlySpan<byte> source,
        SealEncryptionParameters parameters,
        bool atKeyLevel,
        [NotNullWhen(true)] out SealPlaintext? plaintext,
        out FormatError reason)
    {
        plaintext = null;
        int mostPrimes = atKeyLevel ? parameters.CoeffModulus.Length : parameters.DataPrimeCount;
        long longest = FixedLength + SealPolynomials.EncodedLength((long)mostPrimes * parameters.Degree);
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
        ulong words = (ulong)primeCount * (ulong)parameters.Degree;
        reader.Require(reader.ReadUInt64() == words, FormatError.Inconsistent);
        double scale = reader.ReadDouble(double.Epsilon, double.MaxValue);
        reader.Require(SealPolynomials.ReadCount(ref reader) == words, FormatError.Inconsistent);
        reader.Require(reader.Failed || reader.Remaining == (long)words * sizeof(ulong), FormatError.TrailingBytes);
        if (!reader.Failed)
        {
            var polynomials = SealPolynomials.OfSecret(parameters.Degree, primeCount);
            polynomials.ReadWords(ref reader, polynomials: 1, parameters.CoeffModulus.AsSpan()[..primeCount]);
            plaintext = new SealPlaintext(parameters, polynomials, scale);
            if (reader.Failed)
            {
                plaintext.Dispose();
                plaintext = null;
            }
        }

        reason = reader.Error;
        return plaintext is not null;
    }
}
