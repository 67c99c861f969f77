using FedHe.Privacy.Errors;
using FedHe.Privacy.Numerics;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Composition;

/// <summary>
/// A privacy composition adds up what releases cost together, each of which may depend on the results of those before it. It is
/// immutable.
/// </summary>
public abstract class PrivacyComposition
{
    private const int LargestIterations = 200;

    private protected PrivacyComposition(double distance) => Distance = distance;

    /// <summary>The method, which all parties of a job agree upon.</summary>
    public abstract CompositionMethod Method { get; }

    /// <summary>The sum of the statistical distances of all releases.</summary>
    public double Distance { get; }

    /// <summary>Returns the composition of no releases.</summary>
    /// <param name="method">The method.</param>
    /// <returns>The composition.</returns>
    public static PrivacyComposition Of(CompositionMethod method) => method switch
    {
        CompositionMethod.Renyi => new RenyiComposition(),
        CompositionMethod.Concentrated => new ConcentratedComposition(),
        CompositionMethod.LossDistribution => new LossComposition(),
        _ => throw new ArgumentOutOfRangeException(nameof(method)),
    };

    /// <summary>Returns the composition of these releases and of another one, made several times.</summary>
    /// <param name="release">The release.</param>
    /// <param name="count">The number of times, positive.</param>
    /// <returns>The composition.</returns>
    /// <exception cref="PrivacyException">The method has no bound for the release, or the count is not positive.</exception>
    public PrivacyComposition Add(PrivacyRelease release, long count = 1)
    {
        ArgumentNullException.ThrowIfNull(release);
        Throw.IfNotPositive(count, PrivacyError.ScheduleOutOfRange, "The number of releases");
        return AddCore(release, count);
    }

    /// <summary>Returns an epsilon that all releases together keep at a delta.</summary>
    /// <param name="delta">Delta, strictly between 0 and 1.</param>
    /// <returns>Epsilon, not below 0; infinity where there is none.</returns>
    /// <exception cref="PrivacyException">Delta is out of range.</exception>
    public double Epsilon(double delta)
    {
        Throw.IfDeltaOutOfRange(delta);
        double epsilon = 0;
        for (int i = 0; i < LargestIterations; i++)
        {
            // Noise within a distance of the named one costs (1 + e^epsilon) times the distance, so epsilon follows from itself.
            double rest = delta - ((1 + Math.Exp(epsilon)) * Distance);
            double next = rest > 0 ? EpsilonCore(rest) : double.PositiveInfinity;
            if (next <= epsilon || Distance == 0 || double.IsInfinity(next))
            {
                return Math.Max(epsilon, next);
            }

            epsilon = next * (1 + 1e-13);
        }

        return double.PositiveInfinity;
    }

    /// <summary>Returns a delta that all releases together keep at an epsilon.</summary>
    /// <param name="epsilon">Epsilon, positive.</param>
    /// <returns>Delta, between 0 and 1.</returns>
    /// <exception cref="PrivacyException">Epsilon is out of range.</exception>
    public double Delta(double epsilon)
    {
        Throw.IfEpsilonOutOfRange(epsilon);
        double charge = Distance == 0 ? 0 : (1 + Math.Exp(epsilon)) * Distance;
        return Math.Min(1, DeltaCore(epsilon) + charge);
    }

    /// <summary>Tells whether the method has a bound for a release.</summary>
    internal abstract bool Supports(PrivacyRelease release);

    private protected abstract PrivacyComposition AddCore(PrivacyRelease release, long count);

    private protected abstract double EpsilonCore(double delta);

    /// <summary>Returns delta; by default it is found as the smallest one whose epsilon suffices.</summary>
    private protected virtual double DeltaCore(double epsilon)
        => EpsilonCore(double.Epsilon) <= epsilon
            ? 0
            : Search.SmallestWhere(delta => EpsilonCore(delta) <= epsilon, double.Epsilon, 1);
}
