using System.Globalization;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Job;

/// <summary>
/// Privacy terms are what a job promises by differential privacy, to whom, and with which noise. Every part is stated; nothing has a default.
/// </summary>
/// <remarks>
/// <para>
/// Each client clips the 2-norm of its difference, rounds it at random to integers, adds its share of the noise and encrypts the result, so that only
/// an opened sum carries the noise that is accounted for. Of <see cref="Contributors"/> clients at most <see cref="Dropouts"/> may drop out and
/// at most <see cref="Colluders"/> may tell their noise or add none: each adds the variance <see cref="Variance"/> divided by the number that is left.
/// Whoever contributes and sees the average knows its own share, and so is one of the colluders: there is always at least one.
/// </para>
/// A sum of fewer clients is never opened. Weights are 1: counts of records would be neither covered by noise nor paid for.
/// </remarks>
public sealed record PrivacyTerms
{
    private const int LargestCount = 1_000_000;

    // With a larger one the bound of the norm after rounding is close to none.
    private const double LargestRetryProbability = 0.9;

    private PrivacyTerms(
        ProtectedUnit unit,
        double epsilon,
        double delta,
        double clip,
        NoiseMechanism mechanism,
        double variance,
        double retryProbability,
        int contributors,
        int dropouts,
        int colluders)
    {
        Unit = unit;
        Epsilon = epsilon;
        Delta = delta;
        Clip = clip;
        Mechanism = mechanism;
        Variance = variance;
        RetryProbability = retryProbability;
        Contributors = contributors;
        Dropouts = dropouts;
        Colluders = colluders;
    }

    /// <summary>The unit whose presence is hidden.</summary>
    public ProtectedUnit Unit { get; }

    /// <summary>The largest epsilon of everything that the job releases, positive.</summary>
    public double Epsilon { get; }

    /// <summary>The delta that belongs to the epsilon, strictly between 0 and 1.</summary>
    public double Delta { get; }

    /// <summary>The largest 2-norm of a client's difference, positive, in units of the model's values.</summary>
    public double Clip { get; }

    /// <summary>The kind of noise.</summary>
    public NoiseMechanism Mechanism { get; }

    /// <summary>The variance that protects in every sum at least, in squared units of the integers.</summary>
    public double Variance { get; }

    /// <summary>
    /// The largest probability that a random rounding is dropped, in [0, 0.9]: with a larger one the bound of the norm after rounding is smaller.
    /// </summary>
    public double RetryProbability { get; }

    /// <summary>The number n of clients that each round asks.</summary>
    public int Contributors { get; }

    /// <summary>The largest number d of them that may drop out.</summary>
    public int Dropouts { get; }

    /// <summary>The largest number t of contributors that may collude, at least 1.</summary>
    public int Colluders { get; }

    /// <summary>The smallest number of contributors whose sum may be opened: n - d.</summary>
    public int SmallestContributors => Contributors - Dropouts;

    /// <summary>This method creates privacy terms from parts, and refuses a part that is missing, as it may be in a configuration.</summary>
    /// <param name="unit">Whose presence is hidden.</param>
    /// <param name="epsilon">The largest epsilon, positive.</param>
    /// <param name="delta">Its delta, strictly between 0 and 1.</param>
    /// <param name="clip">The largest 2-norm of a client's difference, positive.</param>
    /// <param name="mechanism">The kind of noise.</param>
    /// <param name="variance">The variance that protects in every sum at least, in squared units of the integers; at least 1.</param>
    /// <param name="retryProbability">The largest probability that a random rounding is dropped, in [0, 0.9].</param>
    /// <param name="contributors">The number of clients that each round asks, at least 2.</param>
    /// <param name="dropouts">The largest number of them that may drop out.</param>
    /// <param name="colluders">The largest number of contributors that may collude, at least 1.</param>
    /// <exception cref="PrivacyRefusedException">A part is missing or out of range; the error names it.</exception>
    public static PrivacyTerms Create(
        ProtectedUnit? unit,
        double? epsilon,
        double? delta,
        double? clip,
        NoiseMechanism? mechanism,
        double? variance,
        double? retryProbability,
        int? contributors,
        int? dropouts,
        int? colluders)
    {
        var terms = new PrivacyTerms(
            unit ?? 0,
            epsilon ?? double.NaN,
            delta ?? double.NaN,
            clip ?? double.NaN,
            mechanism ?? 0,
            variance ?? double.NaN,
            retryProbability ?? double.NaN,
            contributors ?? -1,
            dropouts ?? -1,
            colluders ?? -1);
        return terms.Check() is PrivacyRefusal refusal ? throw new PrivacyRefusedException(refusal) : terms;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"({Epsilon}, {Delta})-differential privacy of every client, differences clipped at {Clip}, {Mechanism} noise of variance {Variance} in shares of {Contributors} clients, of whom {Dropouts} may drop out and {Colluders} may collude");

    internal static void Write(PrivacyTerms? terms, WireWriter writer)
    {
        writer.WriteByte((byte)(terms is null ? 0 : 1));
        if (terms is not null)
        {
            writer.WriteByte((byte)terms.Unit);
            writer.WriteDouble(terms.Epsilon);
            writer.WriteDouble(terms.Delta);
            writer.WriteDouble(terms.Clip);
            writer.WriteByte((byte)terms.Mechanism);
            writer.WriteDouble(terms.Variance);
            writer.WriteDouble(terms.RetryProbability);
            writer.WriteInt32(terms.Contributors);
            writer.WriteInt32(terms.Dropouts);
            writer.WriteInt32(terms.Colluders);
        }
    }

    internal static PrivacyTerms? Read(ref WireReader reader)
    {
        if (!reader.ReadFlag())
        {
            return null;
        }

        var terms = new PrivacyTerms(
            (ProtectedUnit)reader.ReadByte(),
            reader.ReadDouble(0, double.MaxValue),
            reader.ReadDouble(0, 1),
            reader.ReadDouble(0, double.MaxValue),
            (NoiseMechanism)reader.ReadByte(),
            reader.ReadDouble(0, double.MaxValue),
            reader.ReadDouble(0, 1),
            reader.ReadInt32(0, LargestCount),
            reader.ReadInt32(0, LargestCount),
            reader.ReadInt32(0, LargestCount));
        reader.Require(reader.Failed || terms.Check() is null, FormatError.FieldOutOfRange);
        return reader.Failed ? null : terms;
    }

    private PrivacyRefusal? Check() => this switch
    {
        _ when !Enum.IsDefined(Unit) => PrivacyRefusal.UnitMissing,
        _ when !(Epsilon > 0 && double.IsFinite(Epsilon)) => PrivacyRefusal.EpsilonOutOfRange,
        _ when !(Delta is > 0 and < 1) => PrivacyRefusal.DeltaOutOfRange,
        _ when !(Clip > 0 && double.IsNormal(Clip)) => PrivacyRefusal.ClipOutOfRange,
        _ when !Enum.IsDefined(Mechanism) => PrivacyRefusal.MechanismMissing,
        _ when !(Variance >= 1 && double.IsFinite(Variance)) => PrivacyRefusal.VarianceOutOfRange,
        _ when !(RetryProbability is >= 0 and <= LargestRetryProbability) => PrivacyRefusal.RetryProbabilityOutOfRange,
        _ when Contributors is < 2 or > LargestCount || Dropouts < 0 || Colluders < 1 || (long)Dropouts + Colluders >= Contributors
            => PrivacyRefusal.PartiesOutOfRange,
        _ => null,
    };
}
