using System.Buffers;
using FedHe.Crypto.Kernels.Values;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Kernels;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Averaging;

/// <summary>
/// Average values merge the averages of the encrypted and the clear part and write them in the order of the flat
/// vector, in their tensors' own units. Sums that no values within their bounds have are refused, not clamped.
/// </summary>
internal sealed class AverageValues : IDisposable
{
    private readonly AggregationTerms _terms;
    private readonly TensorFlattener _flattener;
    private readonly DecryptedValues _encrypted;
    private readonly ClearIntegers _clear;
    private readonly double _divisor;
    private readonly double _largestSum;
    private readonly SecretBuffer _block;
    private readonly SecretBuffer _encryptedPart;
    private readonly SecretBuffer _clearPart;
    private readonly long[] _sums;
    private long _clearPosition;

    public AverageValues(
        AggregationTerms terms,
        TensorFlattener flattener,
        DecryptedValues encrypted,
        AverageDivisor divisor,
        ClearIntegers clear)
    {
        _terms = terms;
        _flattener = flattener;
        _encrypted = encrypted;
        _divisor = divisor.Value;

        // An honest value exceeds the stated error with probability 2^-80; twice the error leaves room for rounding.
        _largestSum = (1 + (2 * divisor.EncryptedError)) * divisor.Value;
        _clear = clear;
        _block = new SecretBuffer(EncryptionMask.BlockLength);
        _encryptedPart = new SecretBuffer(terms.Mask.IsAll ? 0 : EncryptionMask.BlockLength);
        _clearPart = new SecretBuffer(_encryptedPart.Span.Length);
        _sums = ArrayPool<long>.Shared.Rent(EncryptionMask.BlockLength);
    }

    public void WriteTo(IFlatModelWriter destination)
    {
        long position = 0;
        while (position < _terms.Layout.ParameterCount)
        {
            // Averages of a block stay in the first-level cache; written over the sums they would all go back to memory.
            int remaining = (int)Math.Min(EncryptionMask.BlockLength, _terms.Layout.ParameterCount - position);
            bool isAll = _terms.Mask.IsAll;
            Span<double> values = isAll ? _encrypted.Take(remaining) : Fill(position, remaining);
            Span<double> averages = _block.Span[..values.Length];
            var (factor, largest) = isAll ? (1 / _divisor, _largestSum) : (1, double.PositiveInfinity);
            if (!_flattener.TryDenormalize(position, values, factor, largest, averages))
            {
                throw Throw.ImpossibleAverage();
            }

            destination.Write(position, averages);
            position += averages.Length;
        }
    }

    public void Dispose()
    {
        _block.Dispose();
        _encryptedPart.Dispose();
        _clearPart.Dispose();
        ArrayPool<long>.Shared.Return(_sums);
    }

    /// <summary>
    /// Computes the next block of averages in units of their bounds, with encrypted and clear values in the order of the flat vector.
    /// </summary>
    private Span<double> Fill(long start, int remaining)
    {
        Span<double> block = _block.Span[..Math.Min(remaining, _block.Span.Length)];
        var range = new MaskRange(start, block.Length);
        int encryptedCount = (int)_terms.Mask.CountEncrypted(range);
        Span<ulong> words = stackalloc ulong[EncryptionMask.WordsInBlock];
        TakeEncrypted(_encryptedPart.Span[..encryptedCount]);
        TakeClear(_clearPart.Span[..(block.Length - encryptedCount)]);
        SelectionKernel.Default.Merge(_encryptedPart.Span, _clearPart.Span, _terms.Mask.WordsOf(range, words), block);
        return block;
    }

    private void TakeEncrypted(Span<double> destination)
    {
        while (!destination.IsEmpty)
        {
            Span<double> sums = _encrypted.Take(destination.Length);
            if (!ValueKernel.AreWithin<double>(sums, _largestSum))
            {
                throw Throw.ImpossibleAverage();
            }

            FlatKernel.Multiply(sums, 1 / _divisor, destination);
            destination = destination[sums.Length..];
        }
    }

    private void TakeClear(Span<double> destination)
    {
        Span<long> sums = _sums.AsSpan(0, destination.Length);
        _clear.CopyTo(_clearPosition, sums);
        ClearPart.Average(sums, _divisor, destination);
        _clearPosition += destination.Length;
    }
}
