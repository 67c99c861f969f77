namespace FedHe.Benchmarks.Training;

/// <summary>A training result holds the figures of plain and of clipped epochs as one JSON object, with times in milliseconds and
/// fields that are never renamed.</summary>
internal sealed record TrainingResult
{
    public required string Model { get; init; }

    public required int Params { get; init; }

    public required int Samples { get; init; }

    public required int Batch { get; init; }

    public required int Threads { get; init; }

    /// <summary>The median time of an epoch of stochastic gradient descent.</summary>
    public required double PlainMs { get; init; }

    /// <summary>The median time of an epoch of the same batches by clipped per-sample gradients, without noise.</summary>
    public required double ClippedMs { get; init; }

    /// <summary>The median time of the norms of all samples alone.</summary>
    public required double NormsMs { get; init; }

    /// <summary>The median over pairs of epochs of the clipped one over the plain one.</summary>
    public required double Ratio { get; init; }

    public required string Cpu { get; init; }

    public required string Commit { get; init; }
}
