using System.Security.Cryptography;
using FedHe.Crypto.Kernels;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels;

/// <summary>The inputs of one polynomial of the default parameters, and every kernel at one lane width.</summary>
internal sealed class KernelWorkload
{
    public const int Degree = 4096;
    public const ulong Prime = 0x3ffffffffc001;
    public const int UploadWidth = 26;
    public const int PrimeWidth = 50;

    private const double Scale = 1L << 30;

    // 16 bits for up to ten clients, two fields.
    private static readonly ExactFields Fields = new(Prime, FieldBits: 20, Count: 2);

    private readonly NttKernel _ntt;
    private readonly PolynomialKernel _polynomial;
    private readonly BitPackingKernel _packing;
    private readonly NoiseKernel _noise;
    private readonly UniformKernel _uniform;
    private readonly FixedPointKernel _fixedPoint;
    private readonly ExactIntegerKernel _exactIntegers;
    private readonly ComplexFft _fft;
    private readonly ShoupFactor _factor = ShoupFactor.Create(12345, Prime);

    private readonly ulong[] _left = Pinned<ulong>();
    private readonly ulong[] _right = Pinned<ulong>();
    private readonly ulong[] _quotients = Pinned<ulong>();
    private readonly ulong[] _narrow = Pinned<ulong>();
    private readonly long[] _signed = Pinned<long>();
    private readonly sbyte[] _small = Pinned<sbyte>();
    private readonly double[] _reals = Pinned<double>();
    private readonly double[] _imaginaries = Pinned<double>();
    private readonly double[] _twoFields = GC.AllocateArray<double>(2 * Degree, pinned: true);
    private readonly byte[] _bytes = GC.AllocateArray<byte>(sizeof(ulong) * Degree, pinned: true);
    private readonly byte[] _packed = new byte[BitPackingKernel.PackedLength(Degree, PrimeWidth)];
    private readonly byte[] _packedNarrow = new byte[BitPackingKernel.PackedLength(Degree, UploadWidth)];
    private readonly Aes _aes = Aes.Create();

    public KernelWorkload(LaneWidth width)
    {
        _ntt = NttKernel.Create(new NttRoots(Degree, Prime), width);
        _polynomial = PolynomialKernel.Create(width);
        _packing = BitPackingKernel.Create(width);
        _noise = NoiseKernel.Create(width);
        _uniform = UniformKernel.Create(width);
        _fixedPoint = FixedPointKernel.Create(width);
        _exactIntegers = ExactIntegerKernel.Create(width);
        _fft = ComplexFft.Create(Degree / 2, width);
        _aes.SetKey(new byte[32]);
        var random = new Random(1);
        random.NextBytes(_bytes);
        for (int i = 0; i < Degree; i++)
        {
            _left[i] = (ulong)random.NextInt64((long)Prime);
            (_right[i], _quotients[i]) = ShoupFactor.Create((ulong)random.NextInt64((long)Prime), Prime);
            _narrow[i] = (ulong)random.NextInt64(1L << UploadWidth);
            _signed[i] = random.NextInt64(-(1L << 40), 1L << 40);
            _small[i] = (sbyte)random.Next(-21, 22);
            _reals[i] = random.NextDouble() - 0.5;
        }

        _packing.Pack(_left, PrimeWidth, _packed);
        _packing.Pack(_narrow, UploadWidth, _packedNarrow);
    }

    public void NttForward() => _ntt.Forward(_left);

    public void NttInverse() => _ntt.Inverse(_left);

    public void Multiply() => _polynomial.Multiply(_left, new FixedFactors(_right, _quotients), _left, Prime);

    public void AddScaled() => _polynomial.AddScaled(_left, _right, _factor, Prime);

    public void ScaleBy() => _polynomial.Scale(_left, _factor, Prime);

    public void Add() => _polynomial.Add(_left, _right, Prime);

    public void SubtractFrom() => _polynomial.SubtractFrom(_right, _left, Prime);

    public void ReduceSigned() => _polynomial.ReduceSigned(_signed, _left, Prime);

    public void AddSmallSigned() => _polynomial.AddSmallSigned(_left, _small, Prime);

    public void Center() => _polynomial.CenterToReal(_left, _imaginaries, Prime);

    public void Pack50() => _packing.Pack(_left, PrimeWidth, _packed);

    public void Unpack50() => _packing.TryUnpack(_packed, PrimeWidth, 1UL << PrimeWidth, _left);

    public void Pack26() => _packing.Pack(_narrow, UploadWidth, _packedNarrow);

    public void Unpack26() => _packing.TryUnpack(_packedNarrow, UploadWidth, 1UL << UploadWidth, _narrow);

    public void Encode() => _fixedPoint.Encode(_reals, Scale, _signed);

    public void EncodeExact() => _exactIntegers.Encode(_twoFields, 1 << 15, Fields, _signed);

    public void DecodeExact()
    {
        _reals.CopyTo(_imaginaries, 0);
        _exactIntegers.Decode(_imaginaries, 1.0 / (1 << 15), Fields, _twoFields);
    }

    public void Decode() => _fixedPoint.Decode(_reals, 1 / Scale, _imaginaries);

    public void CentredBinomial()
        => _noise.CentredBinomial(_bytes.AsSpan(0, Degree * NoiseKernel.BinomialBytes), _small);

    public void Ternary() => _noise.Ternary(_bytes, _small);

    /// <summary>Counters, cipher and range check: what the expansion of one polynomial does.</summary>
    public void ExpandSeed()
    {
        _uniform.WriteCounters(_left, 0, 0);
        Span<byte> bytes = UniformKernel.Bytes(_left);
        _aes.EncryptEcb(bytes, bytes, PaddingMode.None);
        _uniform.Mask(_left, (1UL << PrimeWidth) - 1, Prime);
    }

    public void Fft()
    {
        Array.Clear(_imaginaries);
        _fft.TransformBitReversed(_imaginaries.AsSpan(0, Degree / 2), _imaginaries.AsSpan(Degree / 2), 1);
    }

    /// <summary>The floor of seed expansion: the cipher alone, on as many bytes.</summary>
    public void CipherFloor() => _aes.EncryptEcb(_bytes, _bytes, PaddingMode.None);

    /// <summary>The floor of error sampling: the generator alone, on as many bytes.</summary>
    public void GeneratorFloor() => RandomNumberGenerator.Fill(_bytes.AsSpan(0, Degree * NoiseKernel.BinomialBytes));

    private static T[] Pinned<T>()
        where T : unmanaged
        => GC.AllocateArray<T>(Degree, pinned: true);
}
