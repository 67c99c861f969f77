namespace FedHe.Learning.Training;

/// <summary>A training result holds the losses and the number of steps of a training run.</summary>
/// <param name="EpochLosses">The mean loss over the samples of each epoch, measured before each step.</param>
/// <param name="Steps">The number of optimizer steps taken.</param>
/// <param name="SampleCount">The number of samples in the training set.</param>
public sealed record TrainingResult(IReadOnlyList<double> EpochLosses, int Steps, int SampleCount)
{
    /// <summary>The mean loss of the last epoch.</summary>
    public double Loss => EpochLosses[^1];
}
