using System.Collections.Immutable;
using System.Numerics.Tensors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;

namespace FedHe.MLBridge.Averaging;

/// <summary>
/// Integer averages turn the opened sums of a model's integers into the averages of the model, or into average differences that are added to a base model.
/// </summary>
/// <remarks>Equal sums give equal models, bit for bit: each value is multiplied by the unit and divided by the number of clients, and nothing else.</remarks>
/// <param name="contributions">The number of clients in the sums.</param>
/// <param name="unit">The value of one unit.</param>
/// <param name="baseModel">The model that differences are added to, of the template's layout, or null where the integers are no differences.</param>
/// <param name="template">The client's own model, whose layout the average takes and whose buffers are kept.</param>
/// <param name="step">The optimizer's step by which average differences move the base model, or null to add them as they are.</param>
internal sealed class IntegerAverages(
    int contributions, double unit, ModelParameters? baseModel, ModelParameters template, OptimizerStep? step = null)
{
    /// <summary>The number of sums that are averaged at once, which stay in the first-level cache.</summary>
    public const int BlockLength = 1 << 12;

    private readonly FlatModelBuilder _builder = new(template);

    /// <summary>Writes the next averages of the flat vector.</summary>
    /// <param name="start">The position of the first of them.</param>
    /// <param name="sums">The sums, which become averages where they lie.</param>
    public void Write(long start, Span<double> sums)
    {
        var mover = new ModelMover(template.Layout, baseModel, _builder, step);
        while (!sums.IsEmpty)
        {
            Span<double> block = sums[..Math.Min(BlockLength, sums.Length)];
            TensorPrimitives.Multiply(block, unit, block);
            TensorPrimitives.Divide(block, contributions, block);
            mover.Write(start, block);
            start += block.Length;
            sums = sums[block.Length..];
        }
    }

    /// <summary>Completes the model, whose values were all written.</summary>
    /// <param name="inputError">The error of one value before it was sent, and of what was done to the sums.</param>
    public AveragedModel Build(double inputError)
    {
        ImmutableArray<double> errors =
            [.. template.Layout.Tensors.Select(tensor => tensor.IsAggregated ? AverageError.OfIntegers(tensor, inputError) : 0)];
        return new AveragedModel(_builder.Build(), errors, contributions, contributions, IsTotalWeightExact: true);
    }
}
