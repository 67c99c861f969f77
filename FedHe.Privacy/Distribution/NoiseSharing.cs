using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Sampling;

namespace FedHe.Privacy.Distribution;

/// <summary>
/// A noise sharing divides the noise of a sum among parties, each of which adds an equal share before it encrypts. The sum carries the target
/// noise although some parties drop out and some collude.
/// </summary>
/// <remarks>
/// A colluding party tells its noise, or adds none, so its share protects nobody. Of n parties at least n - d contribute and at most t of them
/// collude; n - d - t shares must be enough. Whoever sees less than the sum, such as values that travel in clear, sees one share only:
/// what is not encrypted needs the whole noise from every party.
/// </remarks>
public sealed class NoiseSharing
{
    private NoiseSharing(NoiseKind kind, double targetVariance, int parties, int dropouts, int colluders)
    {
        Kind = kind;
        TargetVariance = targetVariance;
        Parties = parties;
        Dropouts = dropouts;
        Colluders = colluders;

        // Never below the target by rounding.
        ShareVariance = Math.BitIncrement(targetVariance / (parties - dropouts - colluders));
        Sampler = kind == NoiseKind.Skellam ? SkellamSampler.Create(ShareVariance) : DiscreteGaussianSampler.Create(ShareVariance);
    }

    /// <summary>The kind of noise.</summary>
    public NoiseKind Kind { get; }

    /// <summary>The variance that protects at least, in squared units of the grid.</summary>
    public double TargetVariance { get; }

    /// <summary>The number of parties that are asked.</summary>
    public int Parties { get; }

    /// <summary>The largest number of parties that may drop out.</summary>
    public int Dropouts { get; }

    /// <summary>The largest number of contributors that may collude.</summary>
    public int Colluders { get; }

    /// <summary>The variance that each party adds, in squared units of the grid.</summary>
    public double ShareVariance { get; }

    /// <summary>The sampler of one share.</summary>
    public NoiseSampler Sampler { get; }

    /// <summary>The smallest number of contributors whose sum may be opened.</summary>
    public int SmallestContributors => Parties - Dropouts;

    /// <summary>
    /// The variance of the sum when all parties contribute, divided by the target: what dropouts and colluders cost in accuracy.
    /// </summary>
    public double Inflation => Parties * ShareVariance / TargetVariance;

    /// <summary>Plans shares.</summary>
    /// <param name="kind">The kind of noise.</param>
    /// <param name="targetVariance">The variance that protects at least, in squared units of the grid.</param>
    /// <param name="parties">The number of parties that are asked, n.</param>
    /// <param name="dropouts">The largest number of parties that may drop out, d.</param>
    /// <param name="colluders">The largest number of contributors that may collude, t.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="PrivacyException">Nobody's noise would count, or a share is too small or too large for the sampler.</exception>
    public static NoiseSharing Create(NoiseKind kind, double targetVariance, int parties, int dropouts, int colluders)
    {
        if (!Enum.IsDefined(kind))
        {
            throw new ArgumentOutOfRangeException(nameof(kind));
        }

        Throw.IfNoiseOutOfRange(targetVariance);
        if (parties < 1 || dropouts < 0 || colluders < 0 || (long)dropouts + colluders >= parties)
        {
            throw Throw.NobodyCounts();
        }

        return new NoiseSharing(kind, targetVariance, parties, dropouts, colluders);
    }

    /// <summary>Returns the variance of the noise in a sum that protects: that of all contributors but the colluders.</summary>
    /// <param name="contributors">The number of parties in the sum.</param>
    /// <returns>The variance, in squared units of the grid.</returns>
    /// <exception cref="PrivacyException">Fewer parties contributed than planned for; the sum must not be opened.</exception>
    public double ProtectingVariance(int contributors) => CountedShares(contributors) * ShareVariance;

    /// <summary>Describes the release of a sum for an accountant.</summary>
    /// <param name="contributors">The number of parties in the sum.</param>
    /// <param name="sensitivity">The sensitivity in units of the grid, after rounding.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <param name="otherDistance">What else is charged to the distance of the sum, at least 0.</param>
    /// <returns>The release, with the noise that is really in it and the distance of all samples.</returns>
    /// <exception cref="PrivacyException">Fewer parties contributed than planned for; the sum must not be opened.</exception>
    public PrivacyRelease Describe(int contributors, GridSensitivity sensitivity, long dimension, double otherDistance = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(otherDistance);
        int counted = CountedShares(contributors);
        Throw.IfNotPositive(dimension, PrivacyError.WrongLength, "The number of coordinates");
        double distance = Math.Min((Sampler.StatisticalDistance * dimension * counted) + otherDistance, 1 - 1e-9);
        return Kind == NoiseKind.Skellam
            ? new SkellamRelease(counted * ShareVariance, sensitivity, distance)
            : new DistributedGaussianRelease(ShareVariance, counted, sensitivity, dimension, distance);
    }

    private int CountedShares(int contributors)
        => contributors < SmallestContributors
            ? throw Throw.TooFewContributors(contributors, SmallestContributors)
            : contributors > Parties ? throw Throw.NobodyCounts() : contributors - Colluders;
}
