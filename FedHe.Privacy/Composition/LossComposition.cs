using FedHe.Privacy.Errors;
using FedHe.Privacy.Losses;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Composition;

/// <summary>
/// A loss composition convolves privacy loss distributions on a grid, rounded such that the result is never below the true one. It
/// convolves when it is asked for an epsilon or delta.
/// </summary>
/// <remarks>
/// Source: Koskela, Jalko and Honkela, "Computing Tight Differential Privacy Guarantees Using FFT", AISTATS 2020. Pairs of removal and of addition
/// are composed apart, and the larger delta counts.
/// </remarks>
public sealed class LossComposition : PrivacyComposition
{
    /// <summary>The spacing of the grid of losses where none is chosen.</summary>
    public const double UsualSpacing = 1e-3;

    private readonly IReadOnlyList<(PrivacyLoss Loss, long Count)> _parts;
    private readonly Lazy<IReadOnlyList<LossGrid>> _grids;

    /// <summary>Composes nothing yet.</summary>
    /// <param name="spacing">The spacing of the grid of losses, between 1e-6 and 0.1; a smaller one is tighter and slower.</param>
    /// <exception cref="ArgumentOutOfRangeException">The spacing is out of range.</exception>
    public LossComposition(double spacing = UsualSpacing)
        : this(spacing, [], distance: 0)
    {
        if (!(spacing is >= 1e-6 and <= 0.1))
        {
            throw new ArgumentOutOfRangeException(nameof(spacing));
        }
    }

    private LossComposition(double spacing, IReadOnlyList<(PrivacyLoss Loss, long Count)> parts, double distance)
        : base(distance)
    {
        Spacing = spacing;
        _parts = parts;
        _grids = new Lazy<IReadOnlyList<LossGrid>>(ComposeGrids);
    }

    /// <inheritdoc/>
    public override CompositionMethod Method => CompositionMethod.LossDistribution;

    /// <summary>The spacing of the grid of losses.</summary>
    public double Spacing { get; }

    /// <inheritdoc/>
    internal override bool Supports(PrivacyRelease release) => release.Loss is not null;

    /// <inheritdoc/>
    private protected override PrivacyComposition AddCore(PrivacyRelease release, long count)
    {
        PrivacyLoss loss = release.Loss ?? throw Throw.NoLossDistribution(release.Name);
        var parts = new List<(PrivacyLoss Loss, long Count)>(_parts);
        int same = parts.FindIndex(part => part.Loss.Equals(loss) && part.Count <= long.MaxValue - count);
        if (same >= 0)
        {
            parts[same] = (loss, parts[same].Count + count);
        }
        else
        {
            parts.Add((loss, count));
        }

        return new LossComposition(Spacing, parts, Distance + (count * release.Distance));
    }

    /// <inheritdoc/>
    private protected override double EpsilonCore(double delta) => Largest(grid => grid.Epsilon(delta));

    /// <inheritdoc/>
    private protected override double DeltaCore(double epsilon) => Largest(grid => grid.Delta(epsilon));

    // Unlike the query operator, Math.Max does not lose a NaN, which fits no budget.
    private double Largest(Func<LossGrid, double> figure) => _grids.Value.Select(figure).Aggregate(0.0, Math.Max);

    private LossGrid[] ComposeGrids()
    {
        // The first direction of a pair is the removal of a unit, the last one its addition; symmetric pairs have one for both.
        int directions = _parts.Select(part => part.Loss.Directions.Count).DefaultIfEmpty(1).Max();
        return [.. Enumerable.Range(0, directions).Select(ComposeDirection)];
    }

    private LossGrid ComposeDirection(int direction)
    {
        LossGrid result = LossGrid.OfNothing(Spacing);
        foreach ((PrivacyLoss loss, long count) in _parts)
        {
            LossDirection one = loss.Directions[Math.Min(direction, loss.Directions.Count - 1)];
            LossGrid power = LossGrid.Of(one, Spacing).Power(count);
            result = result.Masses.Length == 1 ? power : result.Compose(power);
        }

        return result;
    }
}
