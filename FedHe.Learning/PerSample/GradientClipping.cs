namespace FedHe.Learning.PerSample;

/// <summary>Gradient clipping bounds what one sample contributes to a sum of gradients, and says on which grid the sum is
/// exact.</summary>
public sealed record GradientClipping
{
    /// <summary>The smallest <see cref="LogClipUnits"/>.</summary>
    public const int MinLogClipUnits = 8;

    /// <summary>The largest <see cref="LogClipUnits"/>.</summary>
    public const int MaxLogClipUnits = 32;

    /// <summary>The largest Euclidean norm of one sample's contribution, positive and finite, between 2^-60 and 2^60.</summary>
    public required double ClipNorm { get; init; }

    /// <summary>The treatment of samples whose gradients have values that are NaN or infinite.</summary>
    public required NonFiniteGradients NonFinite { get; init; }

    /// <summary>The base-2 logarithm of the number of grid units in the clip norm, from 8 to 32.</summary>
    /// <remarks>Every value of a contribution is rounded to a whole number of units, an error of at most half a unit. Samplers of
    /// integer noise may need fewer units than the default: a standard deviation of 2^20 units at most with a noise multiplier of
    /// 4 leaves 18 bits.</remarks>
    public int LogClipUnits { get; init; } = 30;

    /// <summary>Whether <see cref="ClippedSum.ClippedCount"/> is known. The count depends on the samples, and no noise of the sum
    /// covers the count.</summary>
    public bool CountClipped { get; init; }

    /// <summary>Checks every term.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A term is outside its range.</exception>
    public void Validate()
    {
        if (!(ClipNorm is >= 1.0 / (1L << 60) and <= 1L << 60))
        {
            throw new ArgumentOutOfRangeException(nameof(ClipNorm), "The clip norm must be positive and finite, between 2^-60 and 2^60.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(LogClipUnits, MinLogClipUnits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LogClipUnits, MaxLogClipUnits);
        if (NonFinite is not (NonFiniteGradients.Refuse or NonFiniteGradients.Zero))
        {
            throw new ArgumentOutOfRangeException(nameof(NonFinite), "Gradients that are not finite are refused or taken for zero.");
        }
    }
}
