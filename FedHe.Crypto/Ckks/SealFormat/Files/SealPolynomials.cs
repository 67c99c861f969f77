using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.SealFormat.Files;

/// <summary>
/// SEAL polynomials are the words of one or two transformed polynomials, each limb by limb, in SEAL's DynArray. Words
/// of plaintexts and secret keys are pinned, and zeroed on dispose.
/// </summary>
internal sealed class SealPolynomials : IDisposable
{
    private readonly ulong[] _words;
    private readonly int _degree;

    private SealPolynomials(ulong[] words, int degree, int primeCount)
    {
        _words = words;
        _degree = degree;
        PrimeCount = primeCount;
    }

    public int PrimeCount { get; }

    /// <summary>Creates public polynomials.</summary>
    public static SealPolynomials OfPublic(int degree, int polynomialCount, int primeCount)
        => new(new ulong[degree * polynomialCount * primeCount], degree, primeCount);

    /// <summary>Creates one polynomial of a plaintext or a secret key.</summary>
    public static SealPolynomials OfSecret(int degree, int primeCount)
        => new(SecretMemory.Allocate<ulong>(degree * primeCount), degree, primeCount);

    /// <summary>Computes the number of bytes of a DynArray with the given number of words.</summary>
    public static long EncodedLength(long words) => SealHeader.SizeInBytes + sizeof(ulong) + (words * sizeof(ulong));

    public Span<ulong> Limb(int polynomial, int limb)
        => _words.AsSpan(((polynomial * PrimeCount) + limb) * _degree, _degree);

    /// <summary>Returns all limbs of a polynomial.</summary>
    public Span<ulong> Polynomial(int polynomial)
        => _words.AsSpan(polynomial * PrimeCount * _degree, PrimeCount * _degree);

    /// <summary>Reads the header of a DynArray and returns its number of words, which the source must hold.</summary>
    public static ulong ReadCount(ref WireReader reader)
    {
        WireReader ahead = reader;
        SealHeader header = SealHeader.Read(ref ahead);
        ulong count = ahead.ReadUInt64();
        bool isThere = count <= (ulong)ahead.Remaining / sizeof(ulong);
        ahead.Require(isThere, FormatError.Truncated);
        ahead.Require(header.Compression == (byte)SealCompression.None, FormatError.FieldOutOfRange);
        ahead.Require(ahead.Failed || header.Size == (ulong)EncodedLength((long)count), FormatError.Inconsistent);
        reader = ahead;
        return ahead.Failed ? 0 : count;
    }

    /// <summary>Reads the words of the first polynomials, and checks that each is below its prime.</summary>
    public void ReadWords(ref WireReader reader, int polynomials, ReadOnlySpan<ulong> primes)
    {
        for (int polynomial = 0; polynomial < polynomials; polynomial++)
        {
            for (int limb = 0; limb < PrimeCount; limb++)
            {
                ReadOnlySpan<byte> bytes = reader.ReadBytes(_degree * sizeof(ulong));
                reader.Require(
                    reader.Failed || IntegerBytes.TryReadResidues(bytes, primes[limb], Limb(polynomial, limb)),
                    FormatError.FieldOutOfRange);
            }
        }
    }

    /// <summary>Writes a DynArray of the first polynomials.</summary>
    public void Write(WireWriter writer, SealVersion version, int polynomials)
    {
        int length = polynomials * PrimeCount * _degree;
        SealHeader.WriteInner(writer, version, EncodedLength(length) - SealHeader.SizeInBytes);
        writer.WriteUInt64((ulong)length);
        writer.WriteWith(
            length * sizeof(ulong),
            (_words, length),
            static (bytes, state) => IntegerBytes.WriteWords(state._words.AsSpan(0, state.length), bytes));
    }

    public void Dispose() => SecretMemory.Zero<ulong>(_words);
}
