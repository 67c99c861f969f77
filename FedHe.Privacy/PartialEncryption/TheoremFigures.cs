using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.PartialEncryption;

/// <summary>
/// These are the epsilons that the paper's theorem gives one round of Laplace noise of one scale, on all values, on a random rest and on the rest that a
/// mask leaves in clear.
/// </summary>
/// <remarks>
/// The theorem counts encrypted values as free, which holds computationally and only against those without the key. All figures are of one
/// round; over T rounds they add up. docs/differential-privacy.md says where the assumptions fail. Source: the paper, theorem 3.11 and remarks 3.12
/// to 3.14.
/// </remarks>
public sealed record TheoremFigures
{
    private TheoremFigures(TheoremBasis basis, double all, double random, double selective)
    {
        Basis = basis;
        All = all;
        Random = random;
        Selective = selective;
    }

    /// <summary>What the figures rest on.</summary>
    public TheoremBasis Basis { get; }

    /// <summary>J, the epsilon of a round in which every value is in clear with noise.</summary>
    public double All { get; }

    /// <summary>(1 - p) J, the epsilon where a random fraction p is encrypted. For clipped norms it is J, since the worst values may be the ones left.</summary>
    public double Random { get; }

    /// <summary>The epsilon where the mask's fraction p is encrypted: (1 - p)^2 J under uniform sensitivities.</summary>
    public double Selective { get; }

    /// <summary>Returns the paper's figures, J, (1 - p) J and (1 - p)^2 J with J = count / 2b.</summary>
    /// <param name="count">The number of values, positive.</param>
    /// <param name="ratio">The fraction p that is encrypted, in [0, 1].</param>
    /// <param name="scale">The scale b of the noise, positive, in units of the largest sensitivity.</param>
    /// <returns>The figures.</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static TheoremFigures OfUniformSensitivities(long count, double ratio, double scale)
    {
        Throw.IfNotPositive(count, PrivacyError.WrongLength, "The number of values");
        Throw.IfNoiseOutOfRange(scale);
        if (!(ratio is >= 0 and <= 1))
        {
            throw Throw.RatioOutOfRange();
        }

        double all = count / (2 * scale);
        return new TheoremFigures(TheoremBasis.UniformSensitivities, all, (1 - ratio) * all, (1 - ratio) * (1 - ratio) * all);
    }

    /// <summary>Returns the same figures from a sensitivity map and a mask, as a heuristic.</summary>
    /// <param name="sensitivities">The map, in the units of the scale; no value is negative.</param>
    /// <param name="encrypted">The mask: whether each value is encrypted.</param>
    /// <param name="scale">The scale b of the noise, positive.</param>
    /// <returns>The figures.</returns>
    /// <exception cref="PrivacyException">A number is out of range, or map and mask differ in length or are empty.</exception>
    public static TheoremFigures OfSensitivityMap(ReadOnlySpan<double> sensitivities, ReadOnlySpan<bool> encrypted, double scale)
    {
        Throw.IfNoiseOutOfRange(scale);
        if (sensitivities.IsEmpty || sensitivities.Length != encrypted.Length)
        {
            throw Throw.WrongLength("Map and mask must have the same number of values, and at least one.");
        }

        double total = 0;
        double clear = 0;
        long hidden = 0;
        for (int i = 0; i < sensitivities.Length; i++)
        {
            double one = sensitivities[i];
            if (!(one >= 0 && double.IsFinite(one)))
            {
                throw Throw.NotFinite();
            }

            total += one;
            clear += encrypted[i] ? 0 : one;
            hidden += encrypted[i] ? 1 : 0;
        }

        double left = 1 - ((double)hidden / sensitivities.Length);
        return new TheoremFigures(TheoremBasis.SensitivityMap, total / scale, left * total / scale, clear / scale);
    }

    /// <summary>Returns the figures that hold: from the largest 1-norms that clipping leaves.</summary>
    /// <param name="wholeClip">The largest 1-norm of all values, positive.</param>
    /// <param name="clearClip">The largest 1-norm of the values in clear, not negative; 0 where all are encrypted.</param>
    /// <param name="scale">The scale b of the noise, positive.</param>
    /// <returns>The figures; a random choice gains nothing in the worst case.</returns>
    /// <exception cref="PrivacyException">A number is out of range, or the part is larger than the whole.</exception>
    public static TheoremFigures OfClippedNorms(double wholeClip, double clearClip, double scale)
    {
        Throw.IfClipOutOfRange(wholeClip);
        Throw.IfNoiseOutOfRange(scale);
        if (!(clearClip >= 0 && clearClip <= wholeClip))
        {
            throw Throw.PartLargerThanWhole();
        }

        double all = wholeClip / scale;
        return new TheoremFigures(TheoremBasis.ClippedNorm, all, all, clearClip / scale);
    }

    /// <summary>Describes one round of the values in clear for an accountant, which only figures of clipped norms can.</summary>
    /// <param name="distance">The statistical distance of the noise of all values from its distribution, in [0, 1).</param>
    /// <returns>The release, or null where nothing is in clear.</returns>
    /// <exception cref="PrivacyException">The figures rest on assumptions and bound nothing.</exception>
    public PrivacyRelease? DescribeRound(double distance)
        => Basis != TheoremBasis.ClippedNorm
            ? throw Throw.FiguresBoundNothing()
            : Selective == 0 ? null : new PureRelease(Selective, distance);
}
