namespace FedHe.Learning.Training;

/// <summary>How well a model does on some samples.</summary>
/// <param name="Correct">Samples whose class was predicted.</param>
/// <param name="Count">All samples.</param>
/// <param name="Loss">The mean loss.</param>
public sealed record Evaluation(int Correct, int Count, double Loss)
{
    /// <summary>The share of correct samples, in [0, 1].</summary>
    public double Accuracy => (double)Correct / Count;
}
