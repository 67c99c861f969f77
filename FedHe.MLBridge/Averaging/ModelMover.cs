using System.Numerics.Tensors;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;

namespace FedHe.MLBridge.Averaging;

/// <summary>A model mover adds average differences to the model that they are differences to, and passes on the moved model.</summary>
/// <remarks>Noise may move a value past its tensor's bound; it stops there, so that the next round can start from the model.</remarks>
/// <param name="layout">The layout of the model.</param>
/// <param name="baseModel">The model that is moved, or null to move none and pass averages on within their bounds.</param>
/// <param name="moved">Receives the moved model.</param>
/// <param name="step">The optimizer's step that turns averages into movements, or null to move by the averages themselves.</param>
internal sealed class ModelMover(ModelLayout layout, IFlatModel? baseModel, IFlatModelWriter moved, OptimizerStep? step = null) : IFlatModelWriter
{
    public void Write(long start, ReadOnlySpan<double> averages)
    {
        using var buffer = new SecretBuffer(averages.Length);
        Span<double> values = buffer.Span;
        if (baseModel is null)
        {
            averages.CopyTo(values);
        }
        else if (step is null)
        {
            baseModel.CopyFlatTo(start, values);
            TensorPrimitives.Add(values, averages, values);
        }
        else
        {
            using var movements = new SecretBuffer(averages.Length);
            step.Move(start, averages, movements.Span);
            baseModel.CopyFlatTo(start, values);
            TensorPrimitives.Add(values, movements.Span, values);
        }

        for (int done = 0; done < values.Length;)
        {
            TensorRun run = layout.RunAt(start + done, values.Length - done);
            double bound = layout.Tensors[run.TensorIndex].Bound;
            Span<double> part = values.Slice(done, run.Length);
            TensorPrimitives.Clamp(part, -bound, bound, part);
            done += run.Length;
        }

        moved.Write(start, values);
    }
}
