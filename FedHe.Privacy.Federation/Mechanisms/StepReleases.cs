using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>
/// Step releases describe the steps of local training for an accountant, by the noise of the client that trains and of nobody else, and the noised count beside them.
/// </summary>
internal sealed class StepReleases
{
    private readonly PrivacyTerms _terms;

    public StepReleases(PrivacyTerms terms, int dimension, SamplingSecrecy? secrecy)
    {
        _terms = terms;
        Counts = terms.NoisedCount is NoisedCountTerms counts ? new CountNoise(counts) : null;
        Step = Describe(terms.NoiseMultiplier, terms.SamplingRate, secrecy, dimension * LocalSampler.Of(terms).StatisticalDistance);
    }

    /// <summary>The release of one step.</summary>
    public PrivacyRelease Step { get; }

    /// <summary>The noise of counts of records, or null for weights of 1.</summary>
    public CountNoise? Counts { get; }

    /// <summary>Describes a step with noise over the clip norm, which is the sensitivity to one record more or less.</summary>
    public static PrivacyRelease Describe(double noiseMultiplier, double samplingRate, SamplingSecrecy? secrecy, double distance)
        => samplingRate == 1 ? new DiscreteGaussianRelease(noiseMultiplier, distance)
            : secrecy is null ? throw new PrivacyRefusedException(PrivacyRefusal.SecrecyMissing)
            : new SampledDiscreteGaussianRelease(noiseMultiplier, samplingRate, secrecy, distance);

    /// <summary>Computes what trainings and noised counts cost together.</summary>
    public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges)
    {
        PrivacyComposition composition = PrivacyComposition.Of(CompositionMethod.Renyi);
        foreach (IGrouping<PrivacyRelease, long> releases in charges.Select(Of).Where(of => of.Count > 0).GroupBy(of => of.Release, of => of.Count))
        {
            composition = composition.Add(releases.Key, releases.Sum());
        }

        return charges.Any(charge => charge.Count > 0) ? composition.Epsilon(_terms.Delta) : 0;
    }

    /// <summary>Returns what a charge is for, and how often it was released.</summary>
    public (PrivacyRelease Release, long Count) Of(PrivacyCharge charge)
        => !charge.IsNoisedCount ? (Step, (long)charge.Count * _terms.Steps)
            : Counts is not null ? (Counts.Release, charge.Count)
            : throw new PrivacyRefusedException(PrivacyRefusal.OtherForm);
}
