namespace FedHe.TorchSharp.Sensitivity;

/// <summary>The loss of one sample, as a function of the module's outputs z (one number for each entry of the label vector y).</summary>
public enum SampleLoss
{
    /// <summary>The cross-entropy of classes, -sum_c y_c log softmax(z)_c.</summary>
    CrossEntropy = 0,

    /// <summary>The mean squared error, (1/C) sum_c (z_c - y_c)^2 over C outputs.</summary>
    MeanSquaredError = 1,

    /// <summary>The binary cross-entropy with logits, summed over the outputs.</summary>
    BinaryCrossEntropy = 2,
}
