using FedHe.Learning.PerSample;
using FedHe.Learning.Training;

namespace FedHe.Learning.PrivateTraining;

/// <summary>Options of local DP-SGD: what a step samples, clips and changes. What privacy depends on has no default.</summary>
public sealed record LocalDpSgdOptions
{
    /// <summary>The way in which records come into batches.</summary>
    public required BatchSampling Sampling { get; init; }

    /// <summary>The clip norm, the grid and the treatment of values that are not finite.</summary>
    public required GradientClipping Clipping { get; init; }

    /// <summary>The number that the noisy sum of a batch is divided by, positive: the expected size of a batch, or another number
    /// that does not depend on the records, or depends on them by a noised count that was paid for.</summary>
    public required double Divisor { get; init; }

    /// <summary>The step size of gradient descent, positive.</summary>
    public required float LearningRate { get; init; }

    /// <summary>The share of the previous step that is kept, in [0, 1).</summary>
    public float Momentum { get; init; }

    /// <summary>The factor of the parameter itself that is added to its gradient, at least 0.</summary>
    public float WeightDecay { get; init; }

    /// <summary>The factor mu of FedProx, at least 0: mu x (parameter - its value when training began) is added to the gradient.</summary>
    public float ProximalTerm { get; init; }

    /// <summary>The largest number of threads; the trained model does not depend on it.</summary>
    public int DegreeOfParallelism { get; init; } = 1;

    /// <summary>The loss that training minimizes.</summary>
    public Objective Objective { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">An option is missing or outside its range.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(Sampling);
        ArgumentNullException.ThrowIfNull(Clipping);
        Clipping.Validate();
        if (!(Divisor > 0 && double.IsFinite(Divisor)))
        {
            throw new ArgumentOutOfRangeException(nameof(Divisor), "The divisor must be positive and finite.");
        }

        ForOptimizer().Validate();
    }

    internal TrainingOptions ForOptimizer() => new()
    {
        LearningRate = LearningRate,
        Momentum = Momentum,
        WeightDecay = WeightDecay,
        ProximalTerm = ProximalTerm,
        DegreeOfParallelism = DegreeOfParallelism,
        Objective = Objective,
    };
}
