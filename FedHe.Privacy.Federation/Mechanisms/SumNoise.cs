using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Calibration;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Distribution;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>Sum noise is noise in shares that is planned for a number of sums and a budget.</summary>
/// <param name="Variance">The variance that protects in every sum, in squared units of the integers.</param>
/// <param name="Room">A magnitude that a client's noise hardly ever reaches in any coordinate.</param>
internal readonly record struct SumNoise(double Variance, double Room)
{
    // A share of noise is moved to the bound this seldom, in any coordinate.
    private static readonly double ClampProbability = Math.ScaleB(1, -60);

    // More than any sampler's distance of one sample.
    private static readonly double SampleDistance = Math.ScaleB(1, -64);

    /// <summary>Finds the least noise with which sums fit a budget.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="kind">The kind of noise.</param>
    /// <param name="sensitivity">The largest change of a sum by one unit.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <param name="sums">The number of sums.</param>
    /// <param name="parties">Terms with the contributors, and how many of them may drop out and collude, which leave at least one, and with an adaptive clip or without.</param>
    /// <param name="inClear">The number of coordinates that travel in clear, with all of the noise.</param>
    public static SumNoise Plan(
        PrivacyBudget budget,
        NoiseKind kind,
        GridSensitivity sensitivity,
        int dimension,
        int sums,
        PrivacyTerms parties,
        int inClear = 0)
    {
        int counted = parties.Contributors - parties.Dropouts - parties.Colluders;
        double distance = parties.Contributors * ((dimension * SampleDistance) + ClampProbability);
        PrivacyComposition? bits = parties.AdaptiveClip is null ? null
            : PrivacyComposition.Of(CompositionMethod.Renyi).Add(
                BitReleases.SharingOf(parties, kind).Describe(parties.SmallestContributors, BitReleases.Sensitivity, dimension: 1, parties.Contributors * ClampProbability), sums);
        double multiplier = CompositionCalibration.NoiseMultiplier(budget, CompositionMethod.Renyi, z => Describe(VarianceOf(z)), sums, bits);
        double variance = VarianceOf(multiplier);
        double share = NoiseSharing.Create(kind, variance, parties.Contributors, parties.Dropouts, parties.Colluders).ShareVariance;
        double room = Math.Max(RoomFor(kind, share, dimension), inClear == 0 ? 0 : RoomFor(kind, variance, inClear));
        return new SumNoise(variance, bits is null ? room : Math.Max(room, 1 + RoomFor(kind, BitReleases.SharingOf(parties, kind).ShareVariance, dimension: 1)));

        double VarianceOf(double z) => Math.Max(counted, z * sensitivity.Two * z * sensitivity.Two);

        PrivacyRelease Describe(double variance) => kind == NoiseKind.Skellam
            ? new SkellamRelease(variance, sensitivity, distance)
            : new DistributedGaussianRelease(variance / counted, counted, sensitivity, dimension, distance);
    }

    private static double RoomFor(NoiseKind kind, double variance, int dimension)
    {
        double high = Math.Ceiling(Math.Sqrt(variance));
        while (SumReleases.ProbabilityOf(kind, variance, high, dimension) > ClampProbability)
        {
            high = Math.Ceiling(high * 1.125);
        }

        return high;
    }
}
