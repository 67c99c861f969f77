using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>
/// Noised count terms let the clients of a job of local training weigh as much as they have records: each client adds noise to its number of records once, and the result is its weight in
/// all rounds.
/// </summary>
/// <remarks>
/// <para>
/// The noise is discrete Gaussian noise of the client alone, on the integers. A record more or less changes a count by 1, so a noised count costs what a sum with a noise multiplier of
/// the square root of <see cref="Variance"/> costs. It is charged once; weighing rounds by it, or dividing gradients by it, costs nothing more.
/// </para>
/// A count is moved into the range from 1 to the job's largest weight after noise was added, and below the largest weight before, so choose a largest weight that no client's data decide.
/// </remarks>
public sealed record NoisedCountTerms
{
    /// <summary>The largest <see cref="Variance"/>: a sampler draws deviations of at most 2^20.</summary>
    public const double LargestVariance = (double)(1L << 40);

    /// <summary>Creates noised count terms.</summary>
    /// <param name="variance">The variance of the noise of each count, in squared records, 1 to 2^40.</param>
    /// <exception cref="PrivacyRefusedException">The variance is out of range.</exception>
    public NoisedCountTerms(double variance)
        => Variance = IsVariance(variance) ? variance : throw new PrivacyRefusedException(PrivacyRefusal.NoisedCountOutOfRange);

    /// <summary>The variance of the noise of each count, in squared records.</summary>
    public double Variance { get; }

    internal void Write(WireWriter writer) => writer.WriteDouble(Variance);

    internal static NoisedCountTerms? Read(ref WireReader reader)
    {
        double variance = reader.ReadDouble(0, LargestVariance);
        reader.Require(IsVariance(variance), FormatError.FieldOutOfRange);
        return reader.Failed ? null : new NoisedCountTerms(variance);
    }

    private static bool IsVariance(double variance) => variance is >= 1 and <= LargestVariance;
}
