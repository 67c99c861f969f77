namespace FedHe.Learning.Training;

/// <summary>Training options set the length, the step size and the objective of training.</summary>
public sealed record TrainingOptions
{
    /// <summary>The number of passes over the samples, at least 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>The number of samples per step, at least 1; the last batch of an epoch may be smaller.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>The step size of gradient descent, positive.</summary>
    public float LearningRate { get; init; } = 0.05f;

    /// <summary>The share of the previous step that is kept, in [0, 1).</summary>
    public float Momentum { get; init; }

    /// <summary>The factor of the parameter itself that is added to its gradient, at least 0.</summary>
    public float WeightDecay { get; init; }

    /// <summary>The factor mu of FedProx: mu x (parameter - its value when training began) is added to the gradient.
    /// The factor is at least 0; 0 is plain FedAvg.</summary>
    public float ProximalTerm { get; init; }

    /// <summary>What is added to the gradient of each parameter in every step, in the order of the model's parameters, such as the correction c - c_i of SCAFFOLD; null for nothing. The entry of a parameter that is not corrected, such as one that stays with its client, is empty. It goes
    /// with neither momentum nor a proximal term.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>>? Correction { get; init; }

    /// <summary>The seed that sets the order of the samples.</summary>
    public int Seed { get; init; }

    /// <summary>The largest number of threads; the trained model does not depend on it.</summary>
    public int DegreeOfParallelism { get; init; } = 1;

    /// <summary>The loss that training minimizes.</summary>
    public Objective Objective { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(DegreeOfParallelism, 1);
        Check(
            LearningRate > 0 && float.IsFinite(LearningRate), nameof(LearningRate), "The learning rate must be positive and finite.");
        Check(Momentum is >= 0 and < 1, nameof(Momentum), "The momentum must lie in [0, 1).");
        Check(WeightDecay >= 0 && float.IsFinite(WeightDecay), nameof(WeightDecay), "The weight decay must not be negative.");
        Check(Correction is null || Momentum == 0, nameof(Momentum), "Corrected gradients go with no momentum, which would count a correction in later steps again.");
        Check(Correction is null || ProximalTerm == 0, nameof(ProximalTerm), "Corrected gradients go with no proximal term.");
        Check(ProximalTerm >= 0 && float.IsFinite(ProximalTerm), nameof(ProximalTerm), "The proximal term must not be negative.");
    }

    private static void Check(bool condition, string option, string message)
    {
        if (!condition)
        {
            throw new ArgumentOutOfRangeException(option, message);
        }
    }
}
