using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.KeyAdditive.Vectors;

namespace FedHe.Crypto.KeyAdditive.Evaluation;

/// <summary>Coefficient sums are the integer sums of the coefficients of uploads, in words as short as the largest sum allows.</summary>
internal abstract class CoefficientSums
{
    private readonly KeyAdditiveRing _ring;
    private readonly int _ciphertexts;
    private readonly int _ciphertextLength;

    /// <summary>Rents memory for the sums of ciphertexts, which still holds its former content.</summary>
    protected CoefficientSums(KeyAdditiveRing ring, int ciphertexts)
    {
        _ring = ring;
        _ciphertexts = ciphertexts;
        _ciphertextLength = SizeInBytes(ring.Parameters) * ring.Degree;
        Buffer = new BlockBuffer(checked((int)((long)ciphertexts * _ciphertextLength / sizeof(ulong))));
    }

    protected BlockBuffer Buffer { get; }

    /// <summary>Computes the bytes of one sum.</summary>
    public static int SizeInBytes(KeyAdditiveParameters parameters) => AreHalf(parameters) ? sizeof(uint) : sizeof(ulong);

    /// <summary>Rents memory for the sums of ciphertexts, each of which is set before another ciphertext is added.</summary>
    /// <param name="ring">The ring of the ciphertexts.</param>
    /// <param name="ciphertexts">The number of ciphertexts, whose coefficients are fewer than an array may have elements.</param>
    public static CoefficientSums Create(KeyAdditiveRing ring, int ciphertexts)
        => AreHalf(ring.Parameters) ? new HalfSums(ring, ciphertexts) : new WordSums(ring, ciphertexts);

    /// <summary>
    /// Begins the sums of one ciphertext with its coefficients, as they travel in a range, or returns false where one of them is found outside.
    /// </summary>
    public abstract bool TrySet(int ciphertext, ReadOnlySpan<byte> packed, SumRange range);

    /// <summary>Adds the coefficients of one ciphertext, as they travel in a range.</summary>
    public abstract void Add(int ciphertext, ReadOnlySpan<byte> packed, SumRange range);

    /// <summary>Packs all sums in a range, or returns null where one of them is outside.</summary>
    public PackedCoefficients? TryCopyPacked(SumRange range)
    {
        var packed = new PackedCoefficients(_ring.Parameters, _ciphertexts, range);
        if (TryForEach((ciphertext, workspace) => TryPack(ciphertext, range, workspace, packed.Room(ciphertext))))
        {
            return packed;
        }

        packed.Dispose();
        return null;
    }

    /// <summary>Tells whether all sums are in a range.</summary>
    public bool AreWithin(SumRange range) => TryForEach((ciphertext, workspace) => TrySubtract(ciphertext, range, workspace));

    /// <summary>Packs all sums in a range in which they are, in the memory where they lie, which is handed over.</summary>
    /// <remarks>No second memory of the length of the model is needed at the end of a round.</remarks>
    public PackedCoefficients TakePacked(SumRange range)
    {
        int packedLength = PackedCoefficients.CiphertextLength(_ring.Parameters, range);
        int[] ends = new int[_ciphertexts];
        ParallelRanges.Run(_ciphertexts, _ring.MaxDegreeOfParallelism, (first, end) =>
        {
            using KeyAdditiveWorkspace workspace = _ring.Workspaces.Rent();
            Span<byte> bytes = Buffer.Bytes[(first * _ciphertextLength)..(end * _ciphertextLength)];
            for (int ciphertext = first; ciphertext < end; ciphertext++)
            {
                // A code is no longer than its sum, so that only sums that were read are written over.
                Span<byte> destination = bytes.Slice((ciphertext - first) * packedLength, packedLength);
                if (!TryPack(ciphertext, range, workspace, destination))
                {
                    throw new InvalidOperationException("A sum is outside the range of all sums.");
                }
            }

            ends[first] = end;
        });
        for (int first = 0; first < _ciphertexts; first = ends[first])
        {
            Span<byte> packed = Buffer.Bytes.Slice(first * _ciphertextLength, (ends[first] - first) * packedLength);
            packed.CopyTo(Buffer.Bytes[(first * packedLength)..]);
        }

        return new PackedCoefficients(_ring.Parameters, _ciphertexts, range, Buffer);
    }

    /// <summary>Returns the memory.</summary>
    public void Release() => Buffer.Release();

    /// <summary>Subtracts the least sum of a range from the sums of one ciphertext, or returns false where one of them is outside.</summary>
    protected abstract bool TrySubtract(int ciphertext, SumRange range, KeyAdditiveWorkspace workspace);

    /// <summary>Packs what <see cref="TrySubtract"/> left in the workspace.</summary>
    protected abstract void PackCodes(SumRange range, KeyAdditiveWorkspace workspace, Span<byte> destination);

    /// <summary>Tells whether the largest sum fits 32 bits.</summary>
    private static bool AreHalf(KeyAdditiveParameters parameters)
        => SumRange.Full(parameters, parameters.MaxContributors).Width <= HalfPackingKernel.MaxWidth;

    private bool TryPack(int ciphertext, SumRange range, KeyAdditiveWorkspace workspace, Span<byte> destination)
    {
        if (!TrySubtract(ciphertext, range, workspace))
        {
            return false;
        }

        PackCodes(range, workspace, destination);
        return true;
    }

    /// <summary>Does something for every ciphertext, and returns false as soon as it fails for one.</summary>
    private bool TryForEach(Func<int, KeyAdditiveWorkspace, bool> tryOne)
    {
        int failed = 0;
        ParallelRanges.Run(_ciphertexts, _ring.MaxDegreeOfParallelism, (first, end) =>
        {
            using KeyAdditiveWorkspace workspace = _ring.Workspaces.Rent();
            for (int ciphertext = first; ciphertext < end && Volatile.Read(ref failed) == 0; ciphertext++)
            {
                if (!tryOne(ciphertext, workspace))
                {
                    Volatile.Write(ref failed, 1);
                }
            }
        });
        return failed == 0;
    }
}
