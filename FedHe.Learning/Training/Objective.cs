namespace FedHe.Learning.Training;

/// <summary>What training makes small.</summary>
public enum Objective
{
    /// <summary>Softmax cross-entropy for models of several outputs, binary cross-entropy for models of one.</summary>
    CrossEntropy,

    /// <summary>The squared difference to the label: to its one-hot row, or to its number for models of one output.</summary>
    MeanSquaredError,
}
