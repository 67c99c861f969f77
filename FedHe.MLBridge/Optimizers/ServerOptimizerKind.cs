namespace FedHe.MLBridge.Optimizers;

/// <summary>The rules by which an average difference moves a model. The numeric values are part of the wire format.</summary>
public enum ServerOptimizerKind
{
    /// <summary>Gradient descent with momentum: m = b1*m + d, x = x + r*m. FedAvgM; without momentum it is FedAvg with a learning rate.</summary>
    Momentum = 1,

    /// <summary>Adagrad: the second moment is a sum, v = v + m^2. FedAdagrad.</summary>
    Adagrad = 2,

    /// <summary>Adam: the second moment is a decaying mean, v = b2*v + (1 - b2)*m^2. FedAdam.</summary>
    Adam = 3,

    /// <summary>Yogi: the second moment follows the squares additively, v = v - (1 - b2)*m^2*sign(v - m^2). FedYogi.</summary>
    Yogi = 4,
}
