using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>
/// Adaptive clip terms let the clip of a job follow a quantile of the clients' norms: each client contributes one noisy bit beside its difference, and the
/// opened sum of bits moves the clip of the next round.
/// </summary>
/// <remarks>
/// <para>
/// The first clip is <see cref="PrivacyTerms.Clip"/>. Clip and step of the integers are multiplied by one factor, so that integers, noise and cost stay the same.
/// All clients compute the factor from opened sums alone, by operations that give the same bits on every machine.
/// </para>
/// Source: Andrew, Thakkar, McMahan and Ramaswamy, "Differentially Private Learning with Adaptive Clipping", NeurIPS 2021.
/// </remarks>
public sealed record AdaptiveClipTerms
{
    /// <summary>The largest <see cref="Rate"/>.</summary>
    public const double LargestRate = 16;

    /// <summary>Creates adaptive clip terms.</summary>
    /// <param name="quantile">The fraction of clients whose norm should keep the clip, strictly between 0 and 1.</param>
    /// <param name="rate">How fast the clip follows, positive and at most <see cref="LargestRate"/>; 0.2 is usual.</param>
    /// <param name="bitVariance">
    /// The variance that protects in every sum of bits at least, where a bit is 1 or -1; at least 1 for each contributor whose noise counts.
    /// </param>
    /// <exception cref="PrivacyRefusedException">A part is out of range.</exception>
    public AdaptiveClipTerms(double quantile, double rate, double bitVariance)
    {
        Quantile = quantile;
        Rate = rate;
        BitVariance = bitVariance;
        if (!IsInRange)
        {
            throw new PrivacyRefusedException(PrivacyRefusal.AdaptiveClipOutOfRange);
        }
    }

    /// <summary>The fraction of clients whose norm should keep the clip.</summary>
    public double Quantile { get; }

    /// <summary>How fast the clip follows.</summary>
    public double Rate { get; }

    /// <summary>The variance that protects in every sum of bits at least, where a bit is 1 or -1.</summary>
    public double BitVariance { get; }

    internal void Write(WireWriter writer)
    {
        writer.WriteDouble(Quantile);
        writer.WriteDouble(Rate);
        writer.WriteDouble(BitVariance);
    }

    internal static AdaptiveClipTerms? Read(ref WireReader reader)
    {
        (double quantile, double rate, double variance) = (reader.ReadDouble(0, 1), reader.ReadDouble(0, LargestRate), reader.ReadDouble(0, double.MaxValue));
        reader.Require(Fits(quantile, rate, variance), FormatError.FieldOutOfRange);
        return reader.Failed ? null : new AdaptiveClipTerms(quantile, rate, variance);
    }

    private bool IsInRange => Fits(Quantile, Rate, BitVariance);

    private static bool Fits(double quantile, double rate, double variance)
        => quantile is > 0 and < 1 && rate is > 0 and <= LargestRate && variance >= 1 && double.IsFinite(variance);
}
