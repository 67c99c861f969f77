using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>The hyperparameters of local training, which clients follow and the server does not interpret.</summary>
public sealed record TrainingSettings
{
    private const int Largest = 1_000_000_000;

    private readonly int _localEpochs = 1;
    private readonly int _batchSize = 32;
    private readonly double _learningRate = 0.01;
    private readonly double _proximalMu;

    /// <summary>The number of passes over the client's data in a round, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int LocalEpochs
    {
        get => _localEpochs;
        init => _localEpochs = Positive(value, nameof(LocalEpochs));
    }

    /// <summary>The number of samples in an optimizer step, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int BatchSize
    {
        get => _batchSize;
        init => _batchSize = Positive(value, nameof(BatchSize));
    }

    /// <summary>The step size of the optimizer, finite and at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public double LearningRate
    {
        get => _learningRate;
        init => _learningRate = NotNegative(value, nameof(LearningRate));
    }

    /// <summary>The weight mu of FedProx's proximal term, finite and at least 0; with 0, training is FedAvg.</summary>
    /// <remarks>Source: Li, Sahu, Zaheer, Sanjabi, Talwalkar and Smith, MLSys 2020, equation 2.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public double ProximalMu
    {
        get => _proximalMu;
        init => _proximalMu = NotNegative(value, nameof(ProximalMu));
    }

    internal void Write(WireWriter writer)
    {
        writer.WriteInt32(LocalEpochs);
        writer.WriteInt32(BatchSize);
        writer.WriteDouble(LearningRate);
        writer.WriteDouble(ProximalMu);
    }

    internal static TrainingSettings Read(ref WireReader reader)
    {
        int localEpochs = reader.ReadInt32(1, Largest);
        int batchSize = reader.ReadInt32(1, Largest);
        double learningRate = reader.ReadDouble(0, double.MaxValue);
        double proximalMu = reader.ReadDouble(0, double.MaxValue);
        return reader.Failed
            ? new TrainingSettings()
            : new TrainingSettings
            {
                LocalEpochs = localEpochs,
                BatchSize = batchSize,
                LearningRate = learningRate,
                ProximalMu = proximalMu,
            };
    }

    private static int Positive(int value, string name)
        => value is >= 1 and <= Largest ? value : throw Throw.NotPositive(name, Largest);

    private static double NotNegative(double value, string name)
        => value >= 0 && double.IsFinite(value) ? value : throw Throw.NotFiniteOrNegative(name);
}
