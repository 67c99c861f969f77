namespace FedHe.Learning.Training;

/// <summary>An objective is the loss that training minimizes.</summary>
public enum Objective
{
    /// <summary>The softmax cross-entropy for models of several outputs, or the binary cross-entropy for models of one
    /// output.</summary>
    CrossEntropy,

    /// <summary>The squared difference to the label: to its one-hot row, or to its number for models of one output.</summary>
    MeanSquaredError,
}
