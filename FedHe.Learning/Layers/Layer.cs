using FedHe.Learning.Autodiff;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Layers;

/// <summary>A layer is one step of a model, a function of an input and of parameters that holds no values itself.</summary>
public abstract class Layer
{
    /// <summary>The layer's parameters in the order in which <see cref="Forward"/> takes them.</summary>
    public virtual IReadOnlyList<ParameterSpecification> Parameters => [];

    /// <summary>Computes the shape of one output sample from the shape of one input sample.</summary>
    /// <param name="sampleShape">The shape of one input sample.</param>
    /// <exception cref="ArgumentException">The layer does not accept such samples.</exception>
    public abstract TensorShape OutputShape(TensorShape sampleShape);

    /// <summary>Applies the layer to a batch.</summary>
    /// <param name="input">[batch, ...sample shape].</param>
    /// <param name="parameters">One variable per entry of <see cref="Parameters"/>.</param>
    /// <param name="degree">The largest number of threads.</param>
    public abstract Variable Forward(Variable input, ReadOnlySpan<Variable> parameters, int degree);
}
