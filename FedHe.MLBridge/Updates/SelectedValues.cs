namespace FedHe.MLBridge;

/// <summary>
/// Reads the values of a model at some positions of the flat vector, normalised, in order and piece by piece: long runs
/// straight from the model, short ones out of a block of it that is kept while positions lie in it.
/// </summary>
internal sealed class SelectedValues : IDisposable
{
    private const int LongRun = 1 << 9;

    // As much as passes over it find in the first-level cache.
    private const int PieceLength = 1 << 11;

    private readonly IFlatModel _model;
    private readonly TensorFlattener _flattener;
    private readonly int _parameterCount;
    private readonly int[] _clamped;
    private readonly SecretBuffer _block;
    private MaskCursor _cursor;
    private int _blockStart;
    private int _blockEnd;

    public SelectedValues(IFlatModel model, TensorFlattener flattener, MaskCursor positions)
    {
        _model = model;
        _flattener = flattener;
        _parameterCount = model.Layout.ParameterCount;
        _clamped = new int[model.Layout.Tensors.Length];
        _block = new SecretBuffer(Math.Min(PieceLength, _parameterCount));
        _cursor = positions;
    }

    public void Skip(int count) => _cursor.Skip(count);

    public void Read(Span<double> destination)
    {
        while (!destination.IsEmpty)
        {
            MaskRange next = _cursor.Peek(Math.Min(PieceLength, destination.Length));
            int count = next.Length;
            if (count >= LongRun)
            {
                _flattener.Flatten(_model, next.Start, destination[..count], _clamped);
                _cursor.Skip(count);
            }
            else
            {
                count = ReadBlock(next.Start, destination);
            }

            destination = destination[count..];
        }
    }

    public void Dispose() => _block.Dispose();

    /// <summary>Reads what is selected of one block and tells how many values that were.</summary>
    private int ReadBlock(int start, Span<double> destination)
    {
        if (start < _blockStart || start >= _blockEnd)
        {
            _blockStart = start;
            _blockEnd = start + Math.Min(_block.Span.Length, _parameterCount - start);
            _flattener.Flatten(_model, start, _block.Span[..(_blockEnd - start)], _clamped);
        }

        return _cursor.Gather(start, _block.Span[(start - _blockStart)..(_blockEnd - _blockStart)], destination);
    }
}
