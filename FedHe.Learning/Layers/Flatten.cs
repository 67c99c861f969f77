using FedHe.Learning.Autodiff;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Layers;

/// <summary>A flatten layer lays every sample out as one row.</summary>
public sealed class Flatten : Layer
{
    /// <inheritdoc/>
    public override TensorShape OutputShape(TensorShape sampleShape)
    {
        ArgumentNullException.ThrowIfNull(sampleShape);
        return [sampleShape.ElementCount];
    }

    /// <inheritdoc/>
    public override Variable Forward(Variable input, ReadOnlySpan<Variable> parameters, int degree)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Operations.Reshape(input, [input.Shape[0], input.Shape.WithoutFirst().ElementCount]);
    }
}
