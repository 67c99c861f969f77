using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;

namespace FedHe.Crypto.KeyAdditive.Vectors;

/// <summary>
/// Packed coefficients are the coefficients of a vector's ciphertexts as they travel, in pooled memory or in the caller's.
/// </summary>
internal sealed class PackedCoefficients : IDisposable
{
    private readonly BlockBuffer? _buffer;
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly int _length;
    private readonly int _ciphertextLength;
    private int _isDisposed;

    /// <summary>Rents memory, which still holds its former content.</summary>
    public PackedCoefficients(KeyAdditiveParameters parameters, int ciphertexts, SumRange range)
        : this(parameters, ciphertexts, range, new BlockBuffer((LengthOf(parameters, ciphertexts, range) + sizeof(ulong) - 1) / sizeof(ulong)))
    {
    }

    /// <summary>Takes memory over that begins with the coefficients.</summary>
    public PackedCoefficients(KeyAdditiveParameters parameters, int ciphertexts, SumRange range, BlockBuffer buffer)
    {
        Range = range;
        _length = LengthOf(parameters, ciphertexts, range);
        _ciphertextLength = CiphertextLength(parameters, range);
        _buffer = buffer;
    }

    /// <summary>Leaves the coefficients where they are; the memory stays as it is until the disposal.</summary>
    public PackedCoefficients(KeyAdditiveParameters parameters, int ciphertexts, SumRange range, ReadOnlyMemory<byte> memory)
    {
        Range = range;
        _length = LengthOf(parameters, ciphertexts, range);
        _ciphertextLength = CiphertextLength(parameters, range);
        _memory = memory;
    }

    private PackedCoefficients(SumRange range)
    {
        Range = range;
        _isDisposed = 1;
    }

    /// <summary>The range that the coefficients are coded in.</summary>
    public SumRange Range { get; }

    /// <summary>The bytes of all ciphertexts.</summary>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
            return _buffer is null ? _memory.Span : _buffer.Bytes[.._length];
        }
    }

    /// <summary>Creates coefficients as they are after their disposal.</summary>
    public static PackedCoefficients Disposed(SumRange range) => new(range);

    public static long SizeInBytes(KeyAdditiveParameters parameters, int ciphertexts, SumRange range)
        => (long)ciphertexts * CiphertextLength(parameters, range);

    public static int CiphertextLength(KeyAdditiveParameters parameters, SumRange range)
        => BitPackingKernel.PackedLength(parameters.Degree, range.Width);

    /// <summary>Tells whether every coefficient is a sum of a number of uploads. Every k bits are an upload.</summary>
    public static bool AreInRange(ReadOnlySpan<byte> packed, KeyAdditiveRing ring, int ciphertexts, SumRange range, int contributors)
    {
        if (contributors == 1)
        {
            return true;
        }

        int ciphertextLength = CiphertextLength(ring.Parameters, range);
        int refused = 0;
        ParallelRanges.Run(packed, ciphertexts, ring.MaxDegreeOfParallelism, (bytes, first, end) =>
        {
            ReadOnlySpan<byte> source = bytes[(first * ciphertextLength)..(end * ciphertextLength)];
            int count = (end - first) * ring.Degree;
            bool areInRange = range.Width <= HalfPackingKernel.MaxWidth
                ? HalfPackingKernel.Default.AreInRange(source, count, range.Width, range.Count)
                : BitPackingKernel.Default.AreInRange(source, count, range.Width, range.Count);
            if (!areInRange)
            {
                Volatile.Write(ref refused, 1);
            }
        });
        return refused == 0;
    }

    private static int LengthOf(KeyAdditiveParameters parameters, int ciphertexts, SumRange range)
    {
        long length = SizeInBytes(parameters, ciphertexts, range);
        return length <= Array.MaxLength - sizeof(ulong) ? (int)length : throw Throw.VectorTooLong();
    }

    /// <summary>The bytes of one ciphertext.</summary>
    public ReadOnlySpan<byte> Ciphertext(int index) => Bytes.Slice(index * _ciphertextLength, _ciphertextLength);

    /// <summary>The bytes of the ciphertexts from the first one to before the end.</summary>
    public ReadOnlySpan<byte> Ciphertexts(int first, int end) => Bytes[(first * _ciphertextLength)..(end * _ciphertextLength)];

    /// <summary>The pooled memory of all ciphertexts.</summary>
    public Span<byte> Room() => _buffer!.Bytes[.._length];

    /// <summary>The pooled memory of one ciphertext.</summary>
    public Span<byte> Room(int index) => Room().Slice(index * _ciphertextLength, _ciphertextLength);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _buffer?.Release();
        }
    }
}
