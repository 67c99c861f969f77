namespace FedHe.Learning.Models;

/// <summary>How the first values of a model's parameters are drawn.</summary>
public enum ParameterInitialization
{
    /// <summary>Evenly from +-1 / sqrt(fan-in), weights and biases alike: what PyTorch does for dense and convolution
    /// layers (Kaiming-uniform with a = sqrt(5)).</summary>
    FanIn,

    /// <summary>Evenly from +-0.5: what the gradient-inversion experiments of "Deep Leakage from Gradients" use.</summary>
    UniformHalf,
}
