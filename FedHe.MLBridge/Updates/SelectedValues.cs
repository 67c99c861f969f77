using System.Collections.Immutable;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Kernels;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// Selected values are either the encrypted or the clear values of a model, normalized, multiplied by a factor and in order,
/// read from one block of the model at a time.
/// </summary>
internal sealed class SelectedValues : IDisposable
{
    private readonly IFlatModel _model;
    private readonly TensorFlattener _flattener;
    private readonly EncryptionMask _mask;
    private readonly bool _isEncrypted;
    private readonly double? _factor;
    private readonly long[] _clamped;
    private readonly SecretBuffer _block = new(EncryptionMask.BlockLength);
    private readonly SecretBuffer _selected = new(EncryptionMask.BlockLength);
    private ModelParameters? _within;
    private long _next;
    private int _position;
    private int _length;

    /// <summary>Prepares the values of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="flattener">Normalizes the values.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="isEncrypted">Whether the values that the mask encrypts are read, or the others.</param>
    /// <param name="factor">The factor that every value is multiplied by, or null for none.</param>
    public SelectedValues(IFlatModel model, TensorFlattener flattener, EncryptionMask mask, bool isEncrypted, double? factor = null)
    {
        flattener.CheckLayout(model);
        _model = model;
        _flattener = flattener;
        _mask = mask;
        _isEncrypted = isEncrypted;
        _factor = factor;
        _clamped = new long[model.Layout.Tensors.Length];
    }

    /// <summary>
    /// Checks every value of the model, and copies the first selected ones to a span in the same pass. It must come
    /// before any other read.
    /// </summary>
    public ClampReport Survey(Span<double> first)
    {
        Read(first, isSurvey: true);
        _flattener.Survey(_model, _next, _clamped);

        // A model in memory stays as it was surveyed.
        _within = Array.TrueForAll(_clamped, static count => count == 0) ? _model as ModelParameters : null;
        return new ClampReport(ImmutableArray.Create(_clamped));
    }

    /// <summary>
    /// Whether <see cref="CopyTo"/> can be called: after a survey, where all values of a model in memory are selected and none is clamped.
    /// </summary>
    public bool AreAtHand => _within is not null && _mask.IsAll && _isEncrypted;

    /// <summary>Copies selected values from a position on, which may happen on several threads.</summary>
    public void CopyTo(long position, Span<double> destination) => _flattener.FlattenWithin(_within!, position, _factor ?? 1, destination);

    public void Read(Span<double> destination) => Read(destination, isSurvey: false);

    /// <summary>
    /// Returns the next selected values: at least one and at most <paramref name="maxLength"/>. The caller may change
    /// them and must not use them after the next call.
    /// </summary>
    public Span<double> Take(int maxLength) => Take(maxLength, isSurvey: false);

    /// <summary>Skips a number of selected values, without reading the blocks that contain no others.</summary>
    public void Skip(long count)
    {
        while (count > _length - _position)
        {
            count -= _length - _position;
            (_position, _length) = (0, 0);
            MaskRange next = NextBlock();
            long skipped = CountIn(next);
            if (skipped > count)
            {
                Load(isSurvey: false);
            }
            else
            {
                count -= skipped;
                _next = next.End;
            }
        }

        _position += (int)count;
    }

    public void Dispose()
    {
        _block.Dispose();
        _selected.Dispose();
    }

    private void Read(Span<double> destination, bool isSurvey)
    {
        while (!destination.IsEmpty)
        {
            if (TryFlattenInto(destination, out int length))
            {
                destination = destination[length..];
                continue;
            }

            Span<double> values = Take(destination.Length, isSurvey);
            values.CopyTo(destination);
            destination = destination[values.Length..];
        }
    }

    /// <summary>Reads a block of which every value is selected without a copy, where nothing of the one before is left.</summary>
    private bool TryFlattenInto(Span<double> destination, out int length)
    {
        MaskRange next = NextBlock();
        length = (int)next.Length;
        if (_position < _length || length > destination.Length || length == 0 || CountIn(next) < length)
        {
            return false;
        }

        Flatten(next.Start, destination[..length]);
        _next = next.End;
        return true;
    }

    private Span<double> Take(int maxLength, bool isSurvey)
    {
        while (_position == _length)
        {
            Load(isSurvey);
        }

        Span<double> values = _selected.Span.Slice(_position, Math.Min(maxLength, _length - _position));
        _position += values.Length;
        return values;
    }

    /// <summary>
    /// Reads the selected values of the next block. A survey also reads a block without selected values, to check it.
    /// </summary>
    private void Load(bool isSurvey)
    {
        MaskRange next = NextBlock();
        (_next, _position, _length) = (next.End, 0, CountIn(next));
        if (_length == next.Length)
        {
            Flatten(next.Start, _selected.Span[.._length]);
        }
        else if (_length > 0 || isSurvey)
        {
            Span<double> block = _block.Span[..(int)next.Length];
            Flatten(next.Start, block);
            Span<ulong> words = stackalloc ulong[EncryptionMask.WordsInBlock];
            SelectionKernel.Default.Gather(block, _mask.WordsOf(next, words), _isEncrypted, _selected.Span);
        }
    }

    private void Flatten(long start, Span<double> destination)
    {
        if (_within is not null)
        {
            _flattener.FlattenWithin(_within, start, _factor ?? 1, destination);
            return;
        }

        _flattener.Flatten(_model, start, destination, _clamped);
        if (_factor is double factor)
        {
            FlatKernel.Multiply(destination, factor, destination);
        }
    }

    private MaskRange NextBlock() => new(_next, Math.Min(_block.Span.Length, _mask.ParameterCount - _next));

    private int CountIn(MaskRange block)
    {
        // A block has as many values as fit a cache.
        int encrypted = (int)_mask.CountEncrypted(block);
        return _isEncrypted ? encrypted : (int)block.Length - encrypted;
    }
}
