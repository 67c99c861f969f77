using System.Buffers;
using System.Buffers.Binary;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Seal.Errors;

namespace FedHe.Crypto.Seal;

/// <summary>
/// A SEAL file layout fixes all bytes but words and seed of the files of ciphertexts at one level, or of public keys,
/// so that bytes are checked by comparing.
/// </summary>
/// <remarks>
/// Files have version 3.7 and are not compressed: every SEAL from 3.7 on loads them. Source: docs/seal-interop.md;
/// SEAL's Ciphertext::save_members.
/// </remarks>
internal sealed class SealFileLayout
{
    // The fields of a ciphertext between its header and, from major version 4 on, the correction factor.
    private const int FieldsStart = SealFiles.HeaderLength;
    private const int FieldsEnd = FieldsStart + Digest.SizeInBytes + 1 + (3 * sizeof(ulong)) + sizeof(double);
    private const int WordsStart = FieldsEnd + SealFiles.HeaderLength + sizeof(ulong);
    private const int CorrectionFactorLength = sizeof(ulong);
    private const int SeedInfoLength = SealFiles.HeaderLength + 1 + SealFiles.SeedLength;

    private readonly ulong[] _primes;
    private readonly int _limbLength;
    private readonly byte[] _beforeWords;
    private readonly byte[] _afterWords;

    private SealFileLayout(SealEncryptionParameters parameters, int primeCount, double scale, bool isSeeded)
    {
        _primes = [.. parameters.CoeffModulus[..primeCount]];
        _limbLength = parameters.Degree * sizeof(ulong);
        IsSeeded = isSeeded;
        Length = WordsStart + WordsLength + (isSeeded ? SeedInfoLength : 0);
        var blank = new ArrayBufferWriter<byte>(Length);
        SealFiles.WriteZeroCiphertext(parameters, primeCount, scale, isSeeded, blank);
        _beforeWords = blank.WrittenSpan[..WordsStart].ToArray();
        _afterWords = isSeeded ? blank.WrittenSpan[^SeedInfoLength..^SealFiles.SeedLength].ToArray() : [];
    }

    /// <summary>The length of a file in bytes.</summary>
    public int Length { get; }

    public bool IsSeeded { get; }

    /// <summary>The number of polynomials whose words a file stores: a seed stands for the second one.</summary>
    public int StoredPolynomials => IsSeeded ? 1 : 2;

    private int PolynomialLength => _primes.Length * _limbLength;

    private int WordsLength => StoredPolynomials * PolynomialLength;

    /// <summary>Creates the layout of ciphertexts with the given number of primes and scale.</summary>
    public static SealFileLayout OfCiphertext(
        SealEncryptionParameters parameters, int primeCount, double scale, bool isSeeded)
        => new(parameters, primeCount, scale, isSeeded);

    /// <summary>Creates the layout of public keys.</summary>
    public static SealFileLayout OfPublicKey(SealEncryptionParameters parameters, bool isSeeded)
        => new(parameters, parameters.CoeffModulus.Length, scale: 1, isSeeded);

    public static int LengthOf(SealParameters parameters, int primeCount, bool isSeeded)
    {
        int polynomial = primeCount * parameters.Degree * sizeof(ulong);
        return WordsStart + (isSeeded ? polynomial + SeedInfoLength : 2 * polynomial);
    }

    /// <summary>
    /// Checks bytes, and names the reason why they are not a file of this layout. Every field must be the expected one
    /// and every word below its prime, and a stored second polynomial must not be zero, which would leave the message
    /// in clear.
    /// </summary>
    public FormatError Check(ReadOnlySpan<byte> file)
    {
        bool isFramed = file.Length == Length
            && file.StartsWith(_beforeWords)
            && file[(WordsStart + WordsLength)..].StartsWith(_afterWords);
        if (!isFramed)
        {
            return FormatError.Inconsistent;
        }

        for (int polynomial = 0; polynomial < StoredPolynomials; polynomial++)
        {
            for (int limb = 0; limb < _primes.Length; limb++)
            {
                if (!AreResidues(Residues(file, polynomial, limb), _primes[limb]))
                {
                    return FormatError.FieldOutOfRange;
                }
            }
        }

        bool isTransparent = !IsSeeded && !file.Slice(WordsStart + PolynomialLength, PolynomialLength).ContainsAnyExcept((byte)0);
        return isTransparent ? FormatError.FieldOutOfRange : FormatError.None;
    }

    /// <summary>Copies the residues of a stored polynomial modulo one prime from a file of this layout.</summary>
    public void CopyResidues(ReadOnlySpan<byte> file, int polynomial, int limb, Span<ulong> destination)
    {
        ReadOnlySpan<byte> words = Residues(file, polynomial, limb);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadUInt64LittleEndian(words[(i * sizeof(ulong))..]);
        }
    }

    /// <summary>Returns the seed at the end of a file of this layout, which must be seeded.</summary>
    public static ReadOnlySpan<byte> SeedOf(ReadOnlySpan<byte> file) => file[^SealFiles.SeedLength..];

    /// <summary>Rewrites a file that SEAL of major version 4 saved to a file of this layout.</summary>
    /// <exception cref="SealOperationException">
    /// The file has another layout, since SEAL was built in a way that is not known here.
    /// </exception>
    public void Rewrite(ReadOnlySpan<byte> saved, Span<byte> file)
    {
        ReadOnlySpan<byte> expected = _beforeWords;
        bool isExpected = saved.Length == Length + CorrectionFactorLength
            && saved[FieldsStart..FieldsEnd].SequenceEqual(expected[FieldsStart..FieldsEnd]);
        if (isExpected)
        {
            ReadOnlySpan<byte> array = saved[(FieldsEnd + CorrectionFactorLength)..];
            array[SealFiles.HeaderLength..].CopyTo(file[(FieldsEnd + SealFiles.HeaderLength)..]);
            expected.CopyTo(file);
            byte generator = IsSeeded ? file[WordsStart + WordsLength + SealFiles.HeaderLength] : default;
            _afterWords.CopyTo(file[(WordsStart + WordsLength)..]);
            isExpected = !IsSeeded || generator == _afterWords[^1];
        }

        if (!isExpected)
        {
            const int Unexpected = unchecked((int)0x8000FFFF);
            throw new SealOperationException("save what was expected", Unexpected);
        }
    }

    private ReadOnlySpan<byte> Residues(ReadOnlySpan<byte> file, int polynomial, int limb)
        => file.Slice(WordsStart + (polynomial * PolynomialLength) + (limb * _limbLength), _limbLength);

    private static bool AreResidues(ReadOnlySpan<byte> words, ulong prime)
    {
        ulong largest = 0;
        for (int i = 0; i < words.Length; i += sizeof(ulong))
        {
            largest = Math.Max(largest, BinaryPrimitives.ReadUInt64LittleEndian(words[i..]));
        }

        return largest < prime;
    }
}
