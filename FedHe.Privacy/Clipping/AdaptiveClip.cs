using FedHe.Privacy.Distribution;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Clipping;

/// <summary>
/// An adaptive clip follows a quantile of the clients' norms by a <see cref="ClipRule"/>. Each client contributes one bit, whether its norm keeps the bound; the
/// sum of the bits is noised like everything else, and paid for.
/// </summary>
public sealed class AdaptiveClip
{
    private static readonly GridSensitivity OneBit = new(1, 1);

    private readonly double _initialBound;

    private AdaptiveClip(double initialBound, ClipRule rule, NoiseSharing sharing)
    {
        _initialBound = initialBound;
        Rule = rule;
        Sharing = sharing;
    }

    /// <summary>The bound of the present round.</summary>
    public double Bound => _initialBound * ClipRule.FactorAt(Position);

    /// <summary>The position of the bound, by which all clients know it.</summary>
    public int Position { get; private set; }

    /// <summary>How the bound follows the bits.</summary>
    public ClipRule Rule { get; }

    /// <summary>The noise of the bits' sum, which every party adds its share of.</summary>
    public NoiseSharing Sharing { get; }

    /// <summary>Starts at a bound that does not depend on anybody's data.</summary>
    /// <param name="initialBound">The first bound, positive.</param>
    /// <param name="quantile">The fraction of clients that should keep the bound, strictly between 0 and 1.</param>
    /// <param name="rate">How fast the bound follows, positive and at most 16.</param>
    /// <param name="sharing">The noise of the bits' sum.</param>
    /// <returns>The clip.</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static AdaptiveClip Create(double initialBound, double quantile, double rate, NoiseSharing sharing)
    {
        ArgumentNullException.ThrowIfNull(sharing);
        Throw.IfClipOutOfRange(initialBound);
        return new AdaptiveClip(initialBound, ClipRule.Create(quantile, rate), sharing);
    }

    /// <summary>Returns a client's contribution: 1 where the norm keeps the bound, or else -1, and its share of the noise.</summary>
    /// <param name="norm">The client's 2-norm before clipping.</param>
    /// <returns>An integer that is encrypted with the update.</returns>
    /// <exception cref="PrivacyException">The norm is not finite.</exception>
    public long Contribute(double norm)
    {
        if (!double.IsFinite(norm))
        {
            throw Throw.NotFinite();
        }

        long[] value = [norm <= Bound ? 1 : -1];
        Sharing.Sampler.AddTo(value);
        return value[0];
    }

    /// <summary>Describes what the bits' sum costs.</summary>
    /// <param name="contributors">The number of clients in the sum.</param>
    /// <returns>The release, which is recorded beside the release of the updates.</returns>
    /// <exception cref="PrivacyException">Fewer clients contributed than planned for; the sum must not be opened.</exception>
    public PrivacyRelease Describe(int contributors) => Sharing.Describe(contributors, OneBit, dimension: 1);

    /// <summary>Goes to the bound of the next round.</summary>
    /// <param name="noisySum">The decrypted sum of all contributions.</param>
    /// <param name="contributors">The number of clients in the sum.</param>
    /// <exception cref="PrivacyException">Fewer clients contributed than planned for.</exception>
    public void Follow(long noisySum, int contributors)
    {
        Sharing.ProtectingVariance(contributors);
        Position = Rule.Next(Position, noisySum, contributors);
    }
}
