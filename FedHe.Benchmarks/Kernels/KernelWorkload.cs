using System.Security.Cryptography;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Ciphers;
using FedHe.Crypto.Kernels.Fft;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Sampling;
using FedHe.Crypto.Kernels.Tags;
using FedHe.Crypto.Kernels.Values;
using FedHe.MLBridge.Kernels;

namespace FedHe.Benchmarks.Kernels;

/// <summary>A kernel workload holds the inputs of one polynomial of the default parameters, and runs every kernel at
/// one lane width.</summary>
internal sealed class KernelWorkload
{
    public const int Degree = 4096;
    public const ulong Prime = 0x3ffffffffc001;
    public const int UploadWidth = 26;
    public const int PrimeWidth = 50;
    public const uint HalfPrime = 0x1fff2001;
    public const int HalfWidth = 29;
    public const int KeptWidth = 24;

    private const int Messages = 16;
    private const double Scale = 1L << 30;

    // 16 bits for up to ten clients, two fields.
    private static readonly ExactFields Fields = new(Prime, FieldBits: 20, Count: 2);

    private static readonly BlockCipher Cipher = BlockCipher.Create(new byte[BlockCipher.KeyLength]);
    private static readonly BlockCipher LibraryCipher = new LibraryBlockCipher(new byte[BlockCipher.KeyLength]);

    private readonly NttKernel _ntt;
    private readonly HalfNttKernel _halfNtt;
    private readonly HalfPolynomialKernel _halfPolynomial;
    private readonly HalfPackingKernel _halfPacking;
    private readonly PolynomialKernel _polynomial;
    private readonly BitPackingKernel _packing;
    private readonly PackedSumKernel _packedSums;
    private readonly HalfSumKernel _halfSums;
    private readonly NoiseKernel _noise;
    private readonly UniformKernel _uniform;
    private readonly UniversalHashKernel _hash;
    private readonly FixedPointKernel _fixedPoint;
    private readonly ExactIntegerKernel _exactIntegers;
    private readonly SelectionKernel _selection;
    private readonly TagKernel _tags;
    private readonly DigestKernel _digests;
    private readonly ComplexFft _fft;
    private readonly ShoupFactor _factor = ShoupFactor.Create(12345, Prime);

    private readonly AlignedArray<ulong> _left = Aligned<ulong>();
    private readonly AlignedArray<ulong> _right = Aligned<ulong>();
    private readonly AlignedArray<ulong> _quotients = Aligned<ulong>();
    private readonly AlignedArray<ulong> _narrow = Aligned<ulong>();
    private readonly AlignedArray<uint> _halves = Aligned<uint>();
    private readonly AlignedArray<ulong> _wordSums = Aligned<ulong>();
    private readonly AlignedArray<uint> _halfWordSums = Aligned<uint>();
    private readonly HalfFactorBuffer _halfFactors = new(Degree);
    private readonly AlignedArray<long> _signed = Aligned<long>();
    private readonly AlignedArray<sbyte> _small = Aligned<sbyte>();
    private readonly AlignedArray<double> _reals = Aligned<double>();
    private readonly AlignedArray<double> _imaginaries = Aligned<double>();
    private readonly AlignedArray<double> _twoFields = new(2 * Degree);
    private readonly ulong[] _tenth = new ulong[Degree / SelectionKernel.BitsPerWord];
    private readonly AlignedArray<ulong> _points = new(HashPoints.Length);
    private readonly AlignedArray<ulong> _sums = new(TagKernel.AccumulatorLength);
    private readonly BarrettModulus _modulus = new(Prime);
    private readonly AlignedArray<byte> _bytes = new(sizeof(ulong) * Degree);
    private readonly byte[] _packed = new byte[BitPackingKernel.PackedLength(Degree, PrimeWidth)];
    private readonly byte[] _packedNarrow = new byte[BitPackingKernel.PackedLength(Degree, UploadWidth)];
    private readonly byte[] _packedHalves = new byte[BitPackingKernel.PackedLength(Degree, HalfWidth)];
    private readonly byte[] _packedKept = new byte[BitPackingKernel.PackedLength(Degree, KeptWidth)];
    private readonly int[] _lengths = [.. Enumerable.Repeat(Degree / Messages, Messages)];
    private readonly byte[] _digestsOfMessages = new byte[DigestKernel.DigestLength * Messages];
    private readonly byte[] _digest = new byte[UniversalHashKernel.HashLength];
    private readonly CipherBlocks _blocks = new(Degree);

    public KernelWorkload(LaneWidth width)
    {
        _ntt = NttKernel.Create(new NttRoots(Degree, Prime), width);
        _halfNtt = HalfNttKernel.Create(new NttRoots(Degree, HalfPrime), width);
        _halfPolynomial = HalfPolynomialKernel.Create(width);
        _halfPacking = HalfPackingKernel.Create(width);
        _polynomial = PolynomialKernel.Create(width);
        _packing = BitPackingKernel.Create(width);
        _packedSums = PackedSumKernel.Create(width);
        _halfSums = HalfSumKernel.Create(width);
        _noise = NoiseKernel.Create(width);
        _uniform = UniformKernel.Create(width);
        _hash = UniversalHashKernel.Create(width);
        _fixedPoint = FixedPointKernel.Create(width);
        _exactIntegers = ExactIntegerKernel.Create(width);
        _selection = SelectionKernel.Create(width);
        _tags = TagKernel.Create(width);
        _digests = DigestKernel.Create(width);
        _fft = ComplexFft.Create(Degree / 2, width);
        var random = new Random(1);
        random.NextBytes(_bytes);
        for (int i = 0; i < Degree; i++)
        {
            _left.Span[i] = (ulong)random.NextInt64((long)Prime);
            (_right.Span[i], _quotients.Span[i]) = ShoupFactor.Create((ulong)random.NextInt64((long)Prime), Prime);
            _narrow.Span[i] = (ulong)random.NextInt64(1L << UploadWidth);
            _halves.Span[i] = (uint)random.NextInt64(HalfPrime);
            _signed.Span[i] = random.NextInt64(-(1L << 40), 1L << 40);
            _small.Span[i] = (sbyte)random.Next(-21, 22);
            _reals.Span[i] = random.NextDouble() - 0.5;
            _tenth[i / SelectionKernel.BitsPerWord] |= random.Next(10) == 0 ? 1UL << (i % SelectionKernel.BitsPerWord) : 0;
        }

        for (int hash = 0; hash < TagKernel.HashCount; hash++)
        {
            HashPoints.Write(_points, hash, _left.Span[hash], _right.Span[hash], _modulus);
        }

        _halfFactors.Set([.. _left.Span.ToArray().Select(value => value % HalfPrime)], HalfPrime);
        _halfPacking.Pack(_halves, HalfWidth, _packedHalves);
        _packing.Pack(_left, PrimeWidth, _packed);
        _packing.Pack(_narrow, UploadWidth, _packedNarrow);
    }

    public void NttForward() => _ntt.Forward(_left);

    public void NttInverse() => _ntt.Inverse(_left);

    public void NttInverseOfProduct() => _ntt.InverseOfProduct(_left, new FixedFactors(_right, _quotients), _left);

    public void HalfNttInverseOfProduct() => _halfNtt.InverseOfProduct(_halves, _halfFactors.Factors, _halves);

    public void Multiply() => _polynomial.Multiply(_left, new FixedFactors(_right, _quotients), _left, Prime);

    public void AddScaled() => _polynomial.AddScaled(_left, _right, _factor, Prime);

    public void ScaleBy() => _polynomial.Scale(_left, _factor, Prime);

    public void Add() => _polynomial.Add(_left, _right, Prime);

    public void SubtractFrom() => _polynomial.SubtractFrom(_right, _left, Prime);

    public void ReduceSigned() => _polynomial.ReduceSigned(_signed, _left, Prime);

    public void AddSmallSigned() => _polynomial.AddSmallSigned(_left, _small, Prime);

    public void MaskMessage() => _polynomial.MaskMessage(_signed, _small, _right, _left, Prime);

    public void Center() => _polynomial.CenterToReal(_left, _imaginaries, Prime);

    public void Pack50() => _packing.Pack(_left, PrimeWidth, _packed);

    public void Unpack50() => _packing.TryUnpack(_packed, PrimeWidth, 1UL << PrimeWidth, _left);

    public void Pack26() => _packing.Pack(_right, UploadWidth, _packedNarrow, PrimeWidth - UploadWidth);

    public void Unpack26()
        => _packing.TryUnpack(_packedNarrow, UploadWidth, 1UL << PrimeWidth, _narrow, PrimeWidth - UploadWidth);

    public void RestorePublic() => _packedSums.TryRestore(_packedHalves, HalfWidth, HalfPrime, shift: 0, offset: 0, _narrow);

    public void UnpackHalves() => _halfPacking.TryUnpack(_packedHalves, HalfWidth, HalfPrime, _halves);

    public void AddPacked() => _packedSums.Accumulate(_packedNarrow, UploadWidth, offset: 0, _wordSums);

    public void AddPackedHalves() => _halfSums.Accumulate(_packedNarrow, UploadWidth, offset: 0, _halfWordSums);

    public void Pack24() => _packing.Pack(_narrow, KeptWidth, _packedKept, HalfWidth - KeptWidth);

    public void PackHalves() => _halfPacking.Pack(_halves, KeptWidth, _packedKept, HalfWidth - KeptWidth);

    public void MaskHalves() => _halfPolynomial.MaskValues(_reals, 1 << 27, _small, _halves, _halves, HalfPrime);

    public void UnmaskSum()
        => _polynomial.UnmaskSum(_narrow, _narrow, addend: 0.5, inverseScale: 1.0 / 3, _imaginaries, HalfPrime);

    public void UnmaskHalves() => _halfPolynomial.UnmaskValues(
        _halves, _halves, new MaskOpening(1 << (HalfWidth - KeptWidth), Offset: 46, Addend: 0.5, InverseScale: 1.0 / 3), _imaginaries, HalfPrime);

    public void Encode() => _fixedPoint.Encode(_reals, Scale, _signed);

    public void EncodeExact() => _exactIntegers.Encode(_twoFields, 1 << 15, Fields, _signed);

    public void DecodeExact()
    {
        _reals.Span.CopyTo(_imaginaries);
        _exactIntegers.Decode(_imaginaries, 1.0 / (1 << 15), Fields, _twoFields);
    }

    public void Decode() => _fixedPoint.Decode(_reals, 1 / Scale, _imaginaries);

    public void Gather() => _selection.Gather(_reals, _tenth, isMember: false, _imaginaries);

    public void Merge() => _selection.Merge(_reals, _twoFields.Span[..Degree], _tenth, _imaginaries);

    public void CenteredBinomial()
        => _noise.CenteredBinomial(_bytes.Span[..NoiseKernel.BinomialLength(Degree)], _small);

    public void Ternary() => _noise.Ternary(_bytes, _small);

    /// <summary>Hashes eight rows for both tags.</summary>
    public void HashRows() => _tags.MultiplyAdd(_left, dropped: 0, column: 0, new HashPoints(_points), _sums, _modulus);

    /// <summary>Hashes eight rows of packed values for both tags.</summary>
    public void HashPacked() => _tags.TryMultiplyAdd(
        _packedNarrow, UploadWidth, limit: 1UL << UploadWidth, offset: 0, new HashPoints(_points), _sums, _modulus);

    /// <summary>Digests sixteen messages that together are as long as a polynomial of bytes.</summary>
    public void Digest() => _digests.Compute(_lengths, (message, start, destination) =>
        _bytes.Span.Slice((message * Degree / Messages) + start, destination.Length).CopyTo(destination), _digestsOfMessages);

    /// <summary>Folds the sums of both hashes, whatever they hold.</summary>
    public void FoldHash()
    {
        _sums.Span.Clear();
        _tags.Fold(_sums, new HashPoints(_points), _modulus);
    }

    /// <summary>Hashes one polynomial's worth of values under half as long a key, as the digest of a plaintext does.</summary>
    public void HashValues()
    {
        ReadOnlySpan<byte> values = UniversalHashKernel.BytesOf<double>(_reals);
        int half = values.Length / 2;
        _hash.Hash(values[..half], _bytes, _digest);
        _hash.Hash(values[half..], _bytes, _digest);
    }

    /// <summary>Expands one polynomial: counters, cipher and range check.</summary>
    public void ExpandSeed()
    {
        _blocks.EncryptCounters(Cipher, Degree, first: 0, label: 0);
        _uniform.Mask(_blocks.Words, (1UL << PrimeWidth) - 1, Prime, _left);
    }

    public void Fft()
    {
        _imaginaries.Span.Clear();
        _fft.TransformBitReversed(_imaginaries.Span[..(Degree / 2)], _imaginaries.Span[(Degree / 2)..], 1);
    }

    /// <summary>Encrypts as many bytes as seed expansion, and does nothing else.</summary>
    public void EncryptCounters() => _blocks.EncryptCounters(Cipher, Degree, first: 0, label: 0);

    /// <summary>Does the same with the cipher of the operating system's library.</summary>
    public void EncryptCountersWithLibrary() => _blocks.EncryptCounters(LibraryCipher, Degree, first: 0, label: 0);

    /// <summary>Draws as many random bytes as error sampling, and does nothing else.</summary>
    public void FillWithRandomBytes() => RandomNumberGenerator.Fill(_bytes.Span[..NoiseKernel.BinomialLength(Degree)]);

    private static AlignedArray<T> Aligned<T>()
        where T : unmanaged
        => new(Degree);
}
