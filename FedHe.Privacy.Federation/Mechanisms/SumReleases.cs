using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Distribution;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Rounding;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>Sum releases describe the opened sums of a job for an accountant: the noise that is in them, and how far it is from its distribution.</summary>
internal sealed class SumReleases
{
    private readonly PrivacyTerms _terms;
    private readonly double _clampProbability;
    private readonly long _dimension;

    public SumReleases(PrivacyTerms terms, IntegerTerms integers, int dimension)
    {
        _terms = terms;
        _dimension = dimension;
        Rounding = GridRounding.Create(terms.Clip, integers.Step, dimension, terms.RetryProbability);
        Sharing = NoiseSharing.Create(KindOf(terms.Mechanism), terms.Variance, terms.Contributors, terms.Dropouts, terms.Colluders);

        // No rounded value exceeds the norm, and what is left is for noise.
        double room = integers.Bound - Math.Ceiling(Rounding.Sensitivity.Two);
        _clampProbability = room > 0 ? ProbabilityOf(Sharing.Kind, Sharing.ShareVariance, room, dimension) : 1;
        if (_clampProbability * terms.Contributors >= LargestClampProbability)
        {
            throw new PrivacyRefusedException(PrivacyRefusal.RangeTooSmall);
        }
    }

    /// <summary>The largest probability that any client must move a value of its share to the bound.</summary>
    public const double LargestClampProbability = 1e-6;

    public GridRounding Rounding { get; }

    public NoiseSharing Sharing { get; }

    /// <summary>Describes the sum of some contributors.</summary>
    /// <remarks>A client that moves a value of its noised vector to the bound changes the noise of the sum.</remarks>
    public PrivacyRelease Of(int contributors)
        => Sharing.Describe(contributors, Rounding.Sensitivity, _dimension, contributors * _clampProbability);

    /// <summary>Computes what sums cost together.</summary>
    public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges)
    {
        if (charges.Count == 0)
        {
            return 0;
        }

        // In the order of the contributors, so that all clients round alike.
        PrivacyComposition composition = PrivacyComposition.Of(CompositionMethod.Renyi);
        foreach (IGrouping<int, PrivacyCharge> group in charges.GroupBy(charge => charge.Contributors).OrderBy(group => group.Key))
        {
            composition = composition.Add(Of(group.Key), group.Sum(charge => (long)charge.Count));
        }

        return composition.Epsilon(_terms.Delta);
    }

    public static NoiseKind KindOf(NoiseMechanism mechanism) => mechanism == NoiseMechanism.Skellam ? NoiseKind.Skellam : NoiseKind.DiscreteGaussian;

    /// <summary>Bounds the probability that a share of the noise reaches a magnitude in any coordinate.</summary>
    public static double ProbabilityOf(NoiseKind kind, double variance, double magnitude, long dimension)
        => kind == NoiseKind.Skellam
            ? WrapAround.OfSkellam(variance, magnitude, dimension)
            : WrapAround.OfDiscreteGaussian(variance, magnitude, dimension);
}
