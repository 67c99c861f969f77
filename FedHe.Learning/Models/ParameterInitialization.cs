namespace FedHe.Learning.Models;

/// <summary>A parameter initialization is the distribution from which the first values of a model's parameters are
/// drawn.</summary>
public enum ParameterInitialization
{
    /// <summary>The uniform distribution over +-1 / sqrt(fan-in) for weights and biases, as PyTorch has it for dense and
    /// convolution layers (Kaiming-uniform with a = sqrt(5)).</summary>
    FanIn,

    /// <summary>The uniform distribution over +-0.5, as in the gradient-inversion experiments of "Deep Leakage from
    /// Gradients".</summary>
    UniformHalf,
}
