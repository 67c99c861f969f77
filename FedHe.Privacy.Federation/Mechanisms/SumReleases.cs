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
    private readonly GridSensitivity _sensitivity;
    private readonly double _clampProbability;
    private readonly long _dimension;

    public SumReleases(PrivacyTerms terms, IntegerTerms integers, int dimension)
    {
        _terms = terms;
        _dimension = dimension;
        _sensitivity = SensitivityOf(terms, integers.Step, dimension);
        Sharing = NoiseSharing.Create(KindOf(terms.Mechanism), terms.Variance, terms.Contributors, terms.Dropouts, terms.Colluders);

        // What is left of the bound is for noise.
        double room = integers.Bound - LargestBeforeNoise(terms, _sensitivity, integers.Bound);
        _clampProbability = room > 0 ? ProbabilityOf(Sharing.Kind, Sharing.ShareVariance, room, dimension) : 1;
        if (_clampProbability * terms.Contributors >= LargestClampProbability)
        {
            throw new PrivacyRefusedException(PrivacyRefusal.RangeTooSmall);
        }
    }

    /// <summary>The largest probability that any client must move a value of its share to the bound.</summary>
    public const double LargestClampProbability = 1e-6;

    public NoiseSharing Sharing { get; }

    /// <summary>Returns how a difference of a job for clients is rounded.</summary>
    public static GridRounding RoundingOf(PrivacyTerms terms, double step, int dimension)
        => GridRounding.Create(terms.Clip, step, dimension, terms.RetryProbability);

    /// <summary>Returns the largest change of a sum by one unit: a rounded difference, or the clipped gradient of one record on its grid.</summary>
    public static GridSensitivity SensitivityOf(PrivacyTerms terms, double step, int dimension) => terms.Form is null
        ? RoundingOf(terms, step, dimension).Sensitivity
        : GridSensitivity.OfIntegers(1L << terms.LogClipUnits, dimension);

    /// <summary>
    /// Returns the largest magnitude of a client's integers before noise. No rounded difference exceeds its norm. A sum of gradients is moved into half of
    /// the bound, which changes the difference of two neighbors' sums by nothing or makes it smaller.
    /// </summary>
    public static long LargestBeforeNoise(PrivacyTerms terms, GridSensitivity sensitivity, long bound)
        => terms.Form is null ? (long)Math.Ceiling(sensitivity.Two) : bound / 2;

    /// <summary>Describes the sum of some contributors.</summary>
    /// <remarks>A client that moves a value of its noised vector to the bound changes the noise of the sum.</remarks>
    public PrivacyRelease Of(int contributors)
        => Sharing.Describe(contributors, _sensitivity, _dimension, contributors * _clampProbability);

    /// <summary>Describes one of the sums of a charge.</summary>
    public PrivacyRelease Of(PrivacyCharge charge) => Of(charge.Contributors);

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
