using FedHe.Crypto.Kernels.Memory;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>The mechanism of client-level privacy whose noise is correlated over rounds.</summary>
internal sealed class CorrelatedDifferenceMechanism(CorrelatedReleases releases, double clip, long bound) : CorrelatedMechanism(releases, bound), IDifferenceMechanism
{
    private readonly CorrelatedReleases _releases = releases;

    public static CorrelatedDifferenceMechanism Of(PrivacyTerms terms, IntegerTerms integers, int dimension)
        => new(new CorrelatedReleases(terms, integers, dimension), terms.Clip, integers.Bound);

    public void Privatize(Span<double> difference, DifferencePlace place, Span<long> destination)
    {
        FiniteClip.Apply(difference, clip);
        long[] values = SecretMemory.Allocate<long>(destination.Length);
        try
        {
            _releases.Rounding!.Round(difference, values);
        }
        catch
        {
            SecretMemory.Zero<long>(values);
            throw;
        }

        AddRow(values, destination);
    }

    // Terms with such a part are refused.
    public void RotateBack(Span<double> sums, DifferencePlace place) => throw new PrivacyRefusedException(PrivacyRefusal.PartBesideCorrelation);

    public double ClipFactorAt(int clipPosition) => throw new PrivacyRefusedException(PrivacyRefusal.PartBesideCorrelation);

    public int FollowClip(int clipPosition, long bits, int contributors) => throw new PrivacyRefusedException(PrivacyRefusal.PartBesideCorrelation);
}
