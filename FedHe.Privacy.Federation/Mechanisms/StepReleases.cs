using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>Step releases describe the steps of local training for an accountant, by the noise of the client that trains and of nobody else.</summary>
internal sealed class StepReleases
{
    private readonly PrivacyTerms _terms;

    public StepReleases(PrivacyTerms terms, int dimension, SamplingSecrecy? secrecy)
    {
        _terms = terms;
        Step = Describe(terms.NoiseMultiplier, terms.SamplingRate, secrecy, dimension * LocalSampler.Of(terms).StatisticalDistance);
    }

    /// <summary>The release of one step.</summary>
    public PrivacyRelease Step { get; }

    /// <summary>Describes a step with noise over the clip norm, which is the sensitivity to one record more or less.</summary>
    public static PrivacyRelease Describe(double noiseMultiplier, double samplingRate, SamplingSecrecy? secrecy, double distance)
        => samplingRate == 1 ? new DiscreteGaussianRelease(noiseMultiplier, distance)
            : secrecy is null ? throw new PrivacyRefusedException(PrivacyRefusal.SecrecyMissing)
            : new SampledDiscreteGaussianRelease(noiseMultiplier, samplingRate, secrecy, distance);

    /// <summary>Computes what trainings cost together.</summary>
    public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges)
    {
        long steps = charges.Sum(StepsOf);
        return steps == 0 ? 0 : PrivacyComposition.Of(CompositionMethod.Renyi).Add(Step, steps).Epsilon(_terms.Delta);
    }

    /// <summary>Returns the number of steps of a charge.</summary>
    public long StepsOf(PrivacyCharge charge) => (long)charge.Count * _terms.Steps;
}
