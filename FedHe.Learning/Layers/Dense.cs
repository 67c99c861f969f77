using FedHe.Learning.Autodiff;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Layers;

/// <summary>A dense layer computes x W^T + b with the weight W [outputs, inputs] and the bias b [outputs].</summary>
public sealed class Dense : Layer
{
    private readonly int _inputs;
    private readonly int _outputs;

    /// <summary>Creates a dense layer from its numbers of inputs and outputs.</summary>
    /// <param name="name">The prefix of the parameters' names.</param>
    /// <param name="inputs">The number of values per input sample.</param>
    /// <param name="outputs">The number of values per output sample.</param>
    public Dense(string name, int inputs, int outputs)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        _inputs = inputs;
        _outputs = outputs;
        Parameters =
        [
            new ParameterSpecification($"{name}.weight", [outputs, inputs], inputs),
            new ParameterSpecification($"{name}.bias", [outputs], inputs),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpecification> Parameters { get; }

    /// <inheritdoc/>
    public override TensorShape OutputShape(TensorShape sampleShape)
    {
        ArgumentNullException.ThrowIfNull(sampleShape);
        return sampleShape.Rank == 1 && sampleShape[0] == _inputs
            ? [_outputs]
            : throw new ArgumentException(
                $"A dense layer of {_inputs} inputs cannot take samples of the shape {sampleShape}.",
                nameof(sampleShape));
    }

    /// <inheritdoc/>
    public override Variable Forward(Variable input, ReadOnlySpan<Variable> parameters, int degree) =>
        Operations.MatMul(input, parameters[0], transposeRight: true, degree: degree) + parameters[1];
}
