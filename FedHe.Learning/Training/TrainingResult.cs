namespace FedHe.Learning.Training;

/// <summary>What a training run did.</summary>
/// <param name="EpochLosses">The mean loss over the samples of each epoch, measured before each step.</param>
/// <param name="Steps">Optimizer steps taken.</param>
/// <param name="SampleCount">Samples in the training set.</param>
public sealed record TrainingResult(IReadOnlyList<double> EpochLosses, int Steps, int SampleCount)
{
    /// <summary>The mean loss of the last epoch.</summary>
    public double Loss => EpochLosses[^1];
}
