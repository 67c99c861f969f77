namespace FedHe.Privacy.Losses;

/// <summary>
/// A privacy loss is the random variable ln(P/Q) of a pair of distributions that dominates a mechanism, where outputs follow P. It is
/// described by two functions of x, a coordinate in which the loss grows.
/// </summary>
/// <remarks>Source: Koskela, Jalko and Honkela, "Computing Tight Differential Privacy Guarantees Using FFT", AISTATS 2020.</remarks>
internal abstract record PrivacyLoss
{
    /// <summary>The pairs to look at: one where removal and addition cost the same, else one for each direction.</summary>
    public abstract IReadOnlyList<LossDirection> Directions { get; }
}
