namespace FedHe.Learning.Training;

/// <summary>An evaluation tells how well a model does on some samples.</summary>
/// <param name="Correct">The number of samples whose class was predicted.</param>
/// <param name="Count">The number of all samples.</param>
/// <param name="Loss">The mean loss.</param>
public sealed record Evaluation(int Correct, int Count, double Loss)
{
    /// <summary>The share of correct samples, in [0, 1].</summary>
    public double Accuracy => (double)Correct / Count;
}
