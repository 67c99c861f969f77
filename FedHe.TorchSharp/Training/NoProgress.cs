namespace FedHe.TorchSharp.Training;

/// <summary>No progress is reported where nobody asked for it.</summary>
internal sealed class NoProgress : IProgress<double>
{
    public static NoProgress Instance { get; } = new();

    public void Report(double value)
    {
        // Nobody asked.
    }
}
