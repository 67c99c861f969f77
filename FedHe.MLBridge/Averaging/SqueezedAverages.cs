using System.Collections.Immutable;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Kernels;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Squeezing;

namespace FedHe.MLBridge.Averaging;

/// <summary>
/// Squeezed averages receive the averages of the values that travelled in a round, and of their marks, and move a model by them. Values that did not travel stay.
/// </summary>
/// <param name="pass">The pass whose positions travelled.</param>
internal sealed class SqueezedAverages(SqueezePass pass) : IFlatModelWriter, IDisposable
{
    private readonly SecretBuffer _averages = new(pass.Terms.Count + SqueezedUpdates.MarkCount);

    private Span<double> Values => _averages.Span[..pass.Terms.Count];

    public void Write(long start, ReadOnlySpan<double> averages) => averages.CopyTo(_averages.Span[(int)start..]);

    /// <summary>Throws where the marks belong to other positions than the positions of the pass.</summary>
    /// <param name="error">The error bound of a mark.</param>
    public void CheckMarks(double error)
    {
        if (!SqueezedUpdates.CanTell(error))
        {
            throw Throw.MarksDrownInNoise();
        }

        Span<double> marks = stackalloc double[SqueezedUpdates.MarkCount];
        SqueezedUpdates.WriteMarks(pass.PositionsDigest, marks);
        for (int i = 0; i < marks.Length; i++)
        {
            if (!(Math.Abs(_averages.Span[pass.Terms.Count + i] - marks[i]) <= SqueezedUpdates.ToleranceOf(error)))
            {
                throw new PositionsMismatchException();
            }
        }
    }

    /// <summary>Moves a model, and returns the pass after it.</summary>
    /// <param name="baseModel">The model.</param>
    /// <param name="moved">Receives the moved model.</param>
    /// <param name="error">The error bound of an average.</param>
    public SqueezePass Move(ModelParameters baseModel, IFlatModelWriter moved, double error)
    {
        ModelLayout layout = pass.Layout;
        var mover = new ModelMover(layout, baseModel, moved);
        using var members = new SecretBuffer(EncryptionMask.BlockLength);
        using var others = new SecretBuffer(EncryptionMask.BlockLength);
        using var movements = new SecretBuffer(EncryptionMask.BlockLength);
        others.Span.Clear();
        int taken = 0;
        Span<ulong> words = stackalloc ulong[EncryptionMask.WordsInBlock];
        for (long start = 0; start < layout.ParameterCount;)
        {
            var block = new MaskRange(start, Math.Min(EncryptionMask.BlockLength, layout.ParameterCount - start));
            int count = (int)pass.Positions.CountEncrypted(block);
            Values.Slice(taken, count).CopyTo(members.Span);
            int length = (int)block.Length;
            Span<double> movement = movements.Span[..length];
            SelectionKernel.Default.Merge(
                members.Span[..length], others.Span[..length], pass.Positions.WordsOf(block, words), movement);
            Scale(layout, start, movement);
            mover.Write(start, movement);
            taken += count;
            start = block.End;
        }

        RoundToGrid(Values, error);
        return pass.Next(Values);
    }

    /// <summary>Computes the error bounds of a moved model from the bound of an average in units of its tensor's bound.</summary>
    public static ImmutableArray<double> ErrorBounds(ModelLayout layout, double error)
        => [.. layout.Tensors.Select(tensor => tensor.IsAggregated ? (tensor.Bound * error) + AverageError.OfIntegers(tensor, inputError: 0) : 0)];

    public void Dispose() => _averages.Dispose();

    /// <summary>
    /// Rounds averages to a grid of the power of two up to the error bound, because the last bits of averages may differ between platforms, and bits below
    /// the bound are noise that no forecast should follow.
    /// </summary>
    private static void RoundToGrid(Span<double> averages, double error)
    {
        int exponent = Math.ILogB(error);
        for (int i = 0; i < averages.Length; i++)
        {
            averages[i] = Math.ScaleB(Math.Round(Math.ScaleB(averages[i], -exponent)), exponent);
        }
    }

    private static void Scale(ModelLayout layout, long start, Span<double> movement)
    {
        while (!movement.IsEmpty)
        {
            TensorRun run = layout.RunAt(start, movement.Length);
            Span<double> part = movement[..run.Length];
            FlatKernel.Multiply(part, layout.Tensors[run.TensorIndex].Bound, part);
            movement = movement[run.Length..];
            start += run.Length;
        }
    }
}
