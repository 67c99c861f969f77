using System.Collections.Immutable;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Kernels;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// Selected values are either the encrypted or the clear values of a model, normalized and in order, read from one
/// block of the model at a time.
/// </summary>
internal sealed class SelectedValues : IDisposable
{
    private readonly IFlatModel _model;
    private readonly TensorFlattener _flattener;
    private readonly EncryptionMask _mask;
    private readonly bool _isEncrypted;
    private readonly int[] _clamped;
    private readonly SecretBuffer _block = new(EncryptionMask.BlockLength);
    private readonly SecretBuffer _selected = new(EncryptionMask.BlockLength);
    private int _next;
    private int _position;
    private int _length;

    public SelectedValues(IFlatModel model, TensorFlattener flattener, EncryptionMask mask, bool isEncrypted)
    {
        flattener.CheckLayout(model);
        _model = model;
        _flattener = flattener;
        _mask = mask;
        _isEncrypted = isEncrypted;
        _clamped = new int[model.Layout.Tensors.Length];
    }

    /// <summary>
    /// Checks every value of the model, and copies the first selected ones to a span in the same pass. It must come
    /// before any other read.
    /// </summary>
    public ClampReport Survey(Span<double> first)
    {
        Read(first, isSurvey: true);
        _flattener.Survey(_model, _next, _clamped);
        return new ClampReport(ImmutableArray.Create(_clamped));
    }

    public void Read(Span<double> destination) => Read(destination, isSurvey: false);

    /// <summary>
    /// Returns the next selected values: at least one and at most <paramref name="maxLength"/>. The caller may change
    /// them and must not use them after the next call.
    /// </summary>
    public Span<double> Take(int maxLength) => Take(maxLength, isSurvey: false);

    /// <summary>Skips a number of selected values, without reading the blocks that contain no others.</summary>
    public void Skip(int count)
    {
        while (count > _length - _position)
        {
            count -= _length - _position;
            (_position, _length) = (0, 0);
            MaskRange next = NextBlock();
            int skipped = CountIn(next);
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

        _position += count;
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
            Span<double> values = Take(destination.Length, isSurvey);
            values.CopyTo(destination);
            destination = destination[values.Length..];
        }
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
            _flattener.Flatten(_model, next.Start, _selected.Span[.._length], _clamped);
        }
        else if (_length > 0 || isSurvey)
        {
            Span<double> block = _block.Span[..next.Length];
            _flattener.Flatten(_model, next.Start, block, _clamped);
            SelectionKernel.Default.Gather(block, _mask.WordsFrom(next.Start), _isEncrypted, _selected.Span);
        }
    }

    private MaskRange NextBlock() => new(_next, Math.Min(_block.Span.Length, _mask.ParameterCount - _next));

    private int CountIn(MaskRange block)
    {
        int encrypted = _mask.CountEncrypted(block);
        return _isEncrypted ? encrypted : block.Length - encrypted;
    }
}
