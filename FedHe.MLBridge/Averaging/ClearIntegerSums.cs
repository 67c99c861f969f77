using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Kernels;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Averaging;

/// <summary>Clear integer sums put the sums of integers in clear between the decrypted ones, in the order of the vector of integers.</summary>
/// <param name="clear">The sums in clear, in units of 2^-30 of the bound of the terms.</param>
/// <param name="terms">The terms, whose mask leaves integers in clear.</param>
internal sealed class ClearIntegerSums(ClearIntegers clear, AggregationTerms terms) : IDisposable
{
    private readonly int _shift = IntegerUpdates.ClearShiftOf(terms);
    private readonly long[] _sums = new long[EncryptionMask.BlockLength];
    private readonly SecretBuffer _encryptedPart = new(EncryptionMask.BlockLength);
    private readonly SecretBuffer _clearPart = new(EncryptionMask.BlockLength);
    private readonly SecretBuffer _block = new(EncryptionMask.BlockLength);
    private long _next;
    private long _nextClear;
    private int _position;
    private int _length;

    public delegate Span<double> Decryption(int maxLength);

    /// <summary>Returns the next sums, at least one; a sum in clear that no integers have is no integer.</summary>
    /// <param name="maxLength">The largest number of sums.</param>
    /// <param name="decrypt">Returns the next decrypted sums.</param>
    public Span<double> Take(int maxLength, Decryption decrypt)
    {
        if (_position == _length)
        {
            (_position, _length) = (0, (int)Math.Min(EncryptionMask.BlockLength, terms.Mask.ParameterCount - _next));
            Fill(decrypt);
        }

        Span<double> sums = _block.Span.Slice(_position, Math.Min(maxLength, _length - _position));
        _position += sums.Length;
        return sums;
    }

    public void Dispose()
    {
        _encryptedPart.Dispose();
        _clearPart.Dispose();
        _block.Dispose();
    }

    private void Fill(Decryption decrypt)
    {
        var range = new MaskRange(_next, _length);
        int encrypted = (int)terms.Mask.CountEncrypted(range);
        Span<ulong> words = stackalloc ulong[EncryptionMask.WordsInBlock];
        for (Span<double> rest = _encryptedPart.Span[..encrypted]; !rest.IsEmpty;)
        {
            Span<double> sums = decrypt(rest.Length);
            sums.CopyTo(rest);
            rest = rest[sums.Length..];
        }

        Span<long> inClear = _sums.AsSpan(0, _length - encrypted);
        clear.CopyTo(_nextClear, inClear);
        for (int i = 0; i < inClear.Length; i++)
        {
            // A power of two divides exactly.
            _clearPart.Span[i] = Math.ScaleB(inClear[i], -_shift);
        }

        SelectionKernel.Default.Merge(_encryptedPart.Span, _clearPart.Span, terms.Mask.WordsOf(range, words), _block.Span[.._length]);
        _nextClear += inClear.Length;
        _next += _length;
    }
}
