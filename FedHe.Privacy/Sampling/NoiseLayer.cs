namespace FedHe.Privacy.Sampling;

/// <summary>A layer is one of the independent numbers that a sample is the sum of: a table, times a factor.</summary>
/// <param name="Table">The table of the magnitude.</param>
/// <param name="Scale">The factor.</param>
/// <param name="IsSigned">Whether the magnitude gets a random sign.</param>
internal sealed record NoiseLayer(ThresholdTable Table, long Scale, bool IsSigned);
