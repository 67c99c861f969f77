namespace FedHe.Privacy.Losses;

/// <summary>One direction of a pair of distributions P and Q: how much of either lies above and below a loss ln(P/Q).</summary>
internal abstract class LossDirection
{
    /// <summary>No smaller loss has a probability.</summary>
    public abstract double SmallestLoss { get; }

    /// <summary>No larger loss has a probability.</summary>
    public abstract double LargestLoss { get; }

    /// <summary>Returns the probabilities under P and Q that the loss exceeds a number, each to a small relative error.</summary>
    public abstract PairMass Above(double loss);

    /// <summary>Returns the probabilities under P and Q that the loss is at most a number, each to a small relative error.</summary>
    public abstract PairMass UpTo(double loss);
}
