namespace FedHe.Benchmarks.Accuracy;

/// <summary>An accuracy figure is one way of training with what it kept and what it spent.</summary>
/// <param name="Seed">The seed of the split, of the silos and of the first model; noise has none.</param>
/// <param name="Form">The way of training.</param>
/// <param name="Epsilon">The epsilon promised to every record; null for plain training.</param>
/// <param name="NoiseMultiplier">The standard deviation of the noise that counts over the clip norm.</param>
/// <param name="Rounds">The rounds.</param>
/// <param name="Steps">The steps of a round.</param>
/// <param name="Spent">The epsilon that the accountant found spent at the end.</param>
/// <param name="Accuracy">The accuracy of the last model on held-out samples.</param>
/// <param name="Relative">The accuracy divided by the accuracy of plain training.</param>
/// <param name="Seconds">The time that training took.</param>
internal sealed record AccuracyFigure(
    int Seed, string Form, double? Epsilon, double NoiseMultiplier, int Rounds, int Steps, double Spent, double Accuracy, double Relative, double Seconds);
