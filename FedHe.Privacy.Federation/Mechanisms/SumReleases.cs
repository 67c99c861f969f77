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
    private readonly double _clearDistance;
    private readonly long _dimension;

    /// <summary>Describes the sums of a job.</summary>
    /// <param name="terms">The privacy terms.</param>
    /// <param name="integers">The integer terms.</param>
    /// <param name="parameters">The number of values of the model.</param>
    /// <param name="inClear">The number of them that travel in clear.</param>
    public SumReleases(PrivacyTerms terms, IntegerTerms integers, int parameters, int inClear = 0)
    {
        _terms = terms;
        int dimension = DimensionOf(terms, parameters);
        _dimension = dimension;
        _sensitivity = SensitivityOf(terms, integers.Step, dimension);
        Sharing = NoiseSharing.Create(KindOf(terms.Mechanism), terms.Variance, terms.Contributors, terms.Dropouts, terms.Colluders);

        // Never below the noise of the smallest sum by rounding.
        Whole = inClear == 0 ? null
            : NoiseSharing.Create(Sharing.Kind, Sharing.ProtectingVariance(terms.SmallestContributors), parties: 1, dropouts: 0, colluders: 0);
        _clearDistance = inClear * (Whole?.Sampler.StatisticalDistance ?? 0);

        Bits = terms.AdaptiveClip is null ? null : new BitReleases(terms, integers.Bound);

        // What is left of the bound is for noise.
        LargestBeforeNoise = LargestOf(terms, _sensitivity, integers, dimension);
        double room = integers.Bound - LargestBeforeNoise;
        _clampProbability = room > 0 ? ProbabilityOf(Sharing.Kind, Sharing.ShareVariance, room, dimension) : 1;
        double ofClear = Whole is not null && room > 0 ? ProbabilityOf(Sharing.Kind, Whole.ShareVariance, room, inClear) : 0;
        if ((_clampProbability + ofClear) * terms.Contributors >= LargestClampProbability)
        {
            throw new PrivacyRefusedException(PrivacyRefusal.RangeTooSmall);
        }
    }

    /// <summary>The largest probability that any client must move a value of its share to the bound.</summary>
    public const double LargestClampProbability = 1e-6;

    public NoiseSharing Sharing { get; }

    /// <summary>The noise of a value that travels in clear, as much as the smallest sum has and from each client by itself; null where none does.</summary>
    public NoiseSharing? Whole { get; }

    /// <summary>Describes the sums of a job.</summary>
    public static SumReleases Of(FederationJob job) => new(
        job.Update.Privacy!, job.Update.Integers!, job.Terms.Layout.ToArrayLength(), (int)job.Terms.Mask.ClearCount);

    /// <summary>The bits of an adaptive clip, or null where the clip stays.</summary>
    public BitReleases? Bits { get; }

    /// <summary>The largest magnitude of a client's integers before noise, at which those beyond it are put.</summary>
    public long LargestBeforeNoise { get; }

    /// <summary>Returns the number of coordinates that get noise: the values, or as many as a rotation of them has.</summary>
    /// <exception cref="PrivacyRefusedException">A rotation is wanted of more values than can be rotated.</exception>
    public static int DimensionOf(PrivacyTerms terms, int parameters)
        => terms.Rotation is null ? parameters : RotationTerms.LengthOf(parameters);

    /// <summary>Returns how a difference of a job for clients is rounded.</summary>
    public static GridRounding RoundingOf(PrivacyTerms terms, double step, int dimension)
        => GridRounding.Create(terms.Clip, step, dimension, terms.RetryProbability);

    /// <summary>Returns the largest change of a sum by one unit: a rounded difference, or the clipped gradient of one record on its grid.</summary>
    public static GridSensitivity SensitivityOf(PrivacyTerms terms, double step, int dimension) => terms.Form is null
        ? RoundingOf(terms, step, dimension).Sensitivity
        : GridSensitivity.OfIntegers(1L << terms.LogClipUnits, dimension);

    /// <summary>
    /// Returns the largest magnitude of a client's integers before noise. No rounded difference exceeds its norm. A sum of gradients is moved into half of
    /// the bound, which changes the difference of two neighbors' sums by nothing or makes it smaller. A rotated coordinate seldom exceeds the tail, and one
    /// that does is moved to it, which makes a contribution shorter.
    /// </summary>
    public static long LargestOf(PrivacyTerms terms, GridSensitivity sensitivity, IntegerTerms integers, int dimension)
    {
        if (terms.Form is not null)
        {
            return integers.Bound / 2;
        }

        double norm = Math.Ceiling(sensitivity.Two);

        // Rounding at random may take the next integer. The tail is where WrapAround.OfRotated is the probability.
        return terms.Rotation is null ? (long)norm
            : (long)Math.Min(norm, Math.Ceiling(terms.Clip / integers.Step * Math.Sqrt(2 * Math.Log(2 * (dimension / terms.Rotation.TailProbability)) / dimension)) + 1);
    }

    /// <summary>Describes the sum of some contributors.</summary>
    /// <remarks>
    /// A client that moves a value of its noised vector to the bound changes the noise of the sum. With values in clear a release is an attempt: what is in
    /// clear of one client, and the sum of what is not. Both have at least the variance of the smallest sum in every coordinate, whose bound is that of the whole
    /// vector, however its norm is divided; more contributors add noise to one part only. A value in clear that is moved was released before.
    /// </remarks>
    public PrivacyRelease Of(int contributors)
    {
        int counted = _terms.PublicMask is null ? contributors : Math.Min(contributors, _terms.SmallestContributors);
        return Sharing.Describe(counted, _sensitivity, _dimension, (contributors * _clampProbability) + _clearDistance);
    }

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
            long count = group.Sum(charge => (long)charge.Count);
            composition = composition.Add(Of(group.Key), count);
            composition = Bits is null ? composition : composition.Add(Bits.Of(group.Key), count);
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
