namespace FedHe.Learning.Layers;

/// <summary>An activation function is an elementwise nonlinearity.</summary>
public enum ActivationFunction
{
    /// <summary>The rectified linear unit max(x, 0).</summary>
    Relu,

    /// <summary>The logistic sigmoid 1 / (1 + e^-x).</summary>
    Sigmoid,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,
}
