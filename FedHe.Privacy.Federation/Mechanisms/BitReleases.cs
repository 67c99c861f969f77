using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Clipping;
using FedHe.Privacy.Distribution;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>Bit releases describe the opened sums of the bits of an adaptive clip, which every sum has beside the differences.</summary>
/// <remarks>
/// They are releases of their own. Noises of bits and differences are independent, so divergences add up in one composition, and nothing is lost against one
/// sensitivity of both.
/// </remarks>
internal sealed class BitReleases
{
    /// <summary>A client changes the sum of bits, which are 1 or -1, by 1.</summary>
    public static readonly GridSensitivity Sensitivity = new(1, 1);

    private readonly double _clampProbability;

    public BitReleases(PrivacyTerms terms, long bound)
    {
        AdaptiveClipTerms clip = terms.AdaptiveClip!;
        Rule = ClipRule.Create(clip.Quantile, clip.Rate);
        Sharing = SharingOf(terms, SumReleases.KindOf(terms.Mechanism));
        _clampProbability = bound > 1 ? SumReleases.ProbabilityOf(Sharing.Kind, Sharing.ShareVariance, bound - 1, dimension: 1) : 1;
        if (_clampProbability * terms.Contributors >= SumReleases.LargestClampProbability)
        {
            throw new PrivacyRefusedException(PrivacyRefusal.RangeTooSmall);
        }
    }

    public ClipRule Rule { get; }

    public NoiseSharing Sharing { get; }

    public static NoiseSharing SharingOf(PrivacyTerms terms, NoiseKind kind)
        => NoiseSharing.Create(kind, terms.AdaptiveClip!.BitVariance, terms.Contributors, terms.Dropouts, terms.Colluders);

    /// <summary>Describes the sum of the bits of some contributors.</summary>
    public PrivacyRelease Of(int contributors) => Sharing.Describe(contributors, Sensitivity, dimension: 1, contributors * _clampProbability);
}
