using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Squeezing;

/// <summary>A squeeze cursor walks the positions of a round in order, and knows the bound of each; a pass has a number for each, in an array.</summary>
internal struct SqueezeCursor(ModelLayout layout, EncryptionMask positions)
{
    private MaskCursor _cursor = positions.Cursor();
    private TensorRun _run = layout.RunAt(0, int.MaxValue);
    private int _end = layout.RunAt(0, int.MaxValue).Length;

    /// <summary>Moves to the next position.</summary>
    /// <param name="bound">The bound of its tensor.</param>
    public int Next(out double bound)
    {
        int position = (int)_cursor.Take(1).Start;
        while (position >= _end)
        {
            _run = layout.RunAt(_end, int.MaxValue);
            _end += _run.Length;
        }

        bound = layout.Tensors[_run.TensorIndex].Bound;
        return position;
    }
}
