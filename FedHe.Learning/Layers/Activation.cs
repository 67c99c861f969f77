using FedHe.Learning.Autodiff;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Layers;

/// <summary>An activation layer applies a nonlinearity to every element.</summary>
/// <param name="function">The nonlinearity.</param>
public sealed class Activation(ActivationFunction function) : Layer
{
    /// <inheritdoc/>
    public override TensorShape OutputShape(TensorShape sampleShape) => sampleShape;

    /// <inheritdoc/>
    public override Variable Forward(Variable input, ReadOnlySpan<Variable> parameters, int degree) => function switch
    {
        ActivationFunction.Relu => Operations.Relu(input),
        ActivationFunction.Sigmoid => Operations.Sigmoid(input),
        _ => Operations.Tanh(input),
    };
}
