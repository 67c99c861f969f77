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
/// <b>Noise in shares</b>, for whole clients (<see cref="Create"/>) and for gradients of records (<see cref="ForGradients"/>). Each client clips, adds its
/// share of the noise to integers and encrypts the result, so that only an opened sum carries the noise that is accounted for. Of <see cref="Contributors"/>
/// clients at most <see cref="Dropouts"/> may drop out and at most <see cref="Colluders"/> may tell their noise or add none: each adds the variance <see
/// cref="Variance"/> divided by the number that is left. Whoever contributes and sees the average knows its own share, and so is one of the colluders: there
/// is always at least one. A sum of fewer clients is never opened.
/// </para>
/// <para>
/// <b>Noise of one client</b>, for local training on records (<see cref="ForLocalTraining"/>). Every step carries the whole noise, and nobody else's counts.
/// </para>
/// Weights are 1, or in local training noised counts of records (<see cref="NoisedCount"/>): other counts would be neither covered by noise nor paid for.
/// </remarks>
public sealed record PrivacyTerms
{
    /// <summary>The smallest <see cref="LogClipUnits"/> for records.</summary>
    public const int MinLogClipUnits = 8;

    /// <summary>The largest <see cref="LogClipUnits"/>: a sampler draws deviations of at most 2^20 units.</summary>
    public const int MaxLogClipUnits = 20;

    private const int LargestCount = 1_000_000;

    // What follows, in the first byte.
    private const byte WithoutParts = 1;
    private const byte WithParts = 2;

    // With a larger one the bound of the norm after rounding is close to none.
    private const double LargestRetryProbability = 0.9;

    private PrivacyTerms(ProtectedUnit unit, double epsilon, double delta, double clip)
    {
        Unit = unit;
        Epsilon = epsilon;
        Delta = delta;
        Clip = clip;
    }

    /// <summary>The unit whose presence is hidden.</summary>
    public ProtectedUnit Unit { get; }

    /// <summary>The word for <see cref="Unit"/> in sentences, without which an epsilon says nothing: <c>client</c> or <c>record</c>.</summary>
    public string UnitWord => Unit == ProtectedUnit.Client ? "client" : "record";

    /// <summary>By whose noise records are hidden; null where the unit is a client.</summary>
    public RecordProtection? Form { get; private init; }

    /// <summary>The largest epsilon of everything that the job releases, positive.</summary>
    public double Epsilon { get; }

    /// <summary>The delta that belongs to the epsilon, strictly between 0 and 1.</summary>
    public double Delta { get; }

    /// <summary>
    /// The largest 2-norm, positive: of a client's difference, in units of the model's values, of the first round where the clip is adaptive; or of the gradient of one record, in units of the gradient.
    /// </summary>
    public double Clip { get; }

    /// <summary>The kind of noise.</summary>
    public NoiseMechanism Mechanism { get; private init; }

    /// <summary>
    /// The variance that protects in every sum at least, in squared units of the integers; in local training the variance in every step, in squared units of
    /// the grid of gradients.
    /// </summary>
    public double Variance { get; private init; }

    /// <summary>
    /// The largest probability that a random rounding is dropped, in [0, 0.9]: with a larger one the bound of the norm after rounding is smaller. It is 0 for
    /// records, whose gradients are not rounded at random.
    /// </summary>
    public double RetryProbability { get; private init; }

    /// <summary>The number n of clients that each round asks; 1 in local training, where every client protects its records alone.</summary>
    public int Contributors { get; private init; }

    /// <summary>The largest number d of them that may drop out.</summary>
    public int Dropouts { get; private init; }

    /// <summary>The largest number t of contributors that may collude, at least 1; 0 in local training, where any number may.</summary>
    public int Colluders { get; private init; }

    /// <summary>The base-2 logarithm of the number of units in the clip norm of a record's gradient, 8 to 20; 0 for clients.</summary>
    public int LogClipUnits { get; private init; }

    /// <summary>The probability of a record to be in a step, above 0 to 1; 1 but in local training.</summary>
    public double SamplingRate { get; private init; } = 1;

    /// <summary>The number of steps of one training, at least 1; 1 but in local training.</summary>
    public int Steps { get; private init; } = 1;

    /// <summary>How clipped differences are rotated before rounding, or null for jobs whose differences are not.</summary>
    public RotationTerms? Rotation { get; init; }

    /// <summary>
    /// The public rule of a mask whose other values travel in clear with the whole noise of each client, or null for jobs that encrypt every value; for clients, and in local training.
    /// </summary>
    public PublicMaskTerms? PublicMask { get; init; }

    /// <summary>How the clip follows a quantile of the clients' norms, or null for jobs whose clip stays.</summary>
    public AdaptiveClipTerms? AdaptiveClip { get; init; }

    /// <summary>How the noise is correlated over rounds, or null for noise that is independent in every round. <see cref="WithCorrelation"/> states it.</summary>
    /// <remarks>
    /// <see cref="Variance"/> is then the variance of the noise that is drawn anew in each row of a sequence, in squared units of the grid on which clients round, which are <see cref="CorrelationTerms.Denominator"/> units of the job's integers. It
    /// protects in sums of all contributors: each adds it divided by their number without the colluders.
    /// </remarks>
    public CorrelationTerms? Correlation { get; internal init; }

    /// <summary>How the number of each client's records is noised before it is the client's weight, in a job of local training, or null for weights of 1.</summary>
    public NoisedCountTerms? NoisedCount { get; init; }

    /// <summary>Whether clients add shares of the noise, so that opened sums are what is accounted for.</summary>
    public bool IsNoiseShared => Form != RecordProtection.LocalDpSgd;

    /// <summary>
    /// The number of releases that a round may cost although nobody has seen a sum of it, in a job with a committee, which answers for one list of a round: 1, or
    /// as many as the round has attempts where each upload shows values in clear.
    /// </summary>
    /// <param name="attempts">The number of attempts.</param>
    /// <param name="committee">The committee of the job, or null for none; without one each attempt may have been opened.</param>
    public int ReleasesOf(int attempts, CommitteeTerms? committee) => committee is null || PublicMask is not null ? attempts : Math.Min(attempts, 1);

    /// <summary>The smallest number of contributors whose sum may be opened: n - d.</summary>
    public int SmallestContributors => Contributors - Dropouts;

    /// <summary>
    /// The standard deviation of the noise that protects, over the clip norm of a record's gradient: in every sum, or in every step of local training.
    /// </summary>
    public double NoiseMultiplier => Math.ScaleB(Math.Sqrt(Variance), -LogClipUnits);

    /// <summary>This method creates privacy terms of whole clients from parts, and refuses a part that is missing, as it may be in a configuration.</summary>
    /// <param name="unit">Whose presence is hidden: clients. Terms for records have a form, and <see cref="ForGradients"/> and <see cref="ForLocalTraining"/> make them.</param>
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
        int? colluders) => new PrivacyTerms(unit ?? 0, epsilon ?? double.NaN, delta ?? double.NaN, clip ?? double.NaN)
        {
            Mechanism = mechanism ?? 0,
            Variance = variance ?? double.NaN,
            RetryProbability = retryProbability ?? double.NaN,
            Contributors = contributors ?? -1,
            Dropouts = dropouts ?? -1,
            Colluders = colluders ?? -1,
        }.Require();

    /// <summary>
    /// This method creates privacy terms of records that clients hide together: each sends the sum of its clipped gradients at the model of the round.
    /// </summary>
    /// <param name="epsilon">The largest epsilon, positive.</param>
    /// <param name="delta">Its delta, strictly between 0 and 1.</param>
    /// <param name="clip">The largest 2-norm of one record's gradient, positive.</param>
    /// <param name="logClipUnits">The base-2 logarithm of the number of units in the clip norm, 8 to 20.</param>
    /// <param name="mechanism">The kind of noise.</param>
    /// <param name="variance">The variance that protects in every sum at least, in squared units of the integers; at least 1.</param>
    /// <param name="contributors">The number of clients that each round asks, at least 2.</param>
    /// <param name="dropouts">The largest number of them that may drop out.</param>
    /// <param name="colluders">The largest number of contributors that may collude, at least 1.</param>
    /// <exception cref="PrivacyRefusedException">A part is missing or out of range; the error names it.</exception>
    public static PrivacyTerms ForGradients(
        double? epsilon,
        double? delta,
        double? clip,
        int? logClipUnits,
        NoiseMechanism? mechanism,
        double? variance,
        int? contributors,
        int? dropouts,
        int? colluders) => new PrivacyTerms(ProtectedUnit.Record, epsilon ?? double.NaN, delta ?? double.NaN, clip ?? double.NaN)
        {
            Form = RecordProtection.DistributedGradient,
            Mechanism = mechanism ?? 0,
            Variance = variance ?? double.NaN,
            Contributors = contributors ?? -1,
            Dropouts = dropouts ?? -1,
            Colluders = colluders ?? -1,
            LogClipUnits = logClipUnits ?? -1,
        }.Require();

    /// <summary>
    /// This method creates privacy terms of records that every client hides alone: it trains by local DP-SGD with discrete Gaussian noise of its own in every step.
    /// </summary>
    /// <param name="epsilon">The largest epsilon, positive.</param>
    /// <param name="delta">Its delta, strictly between 0 and 1.</param>
    /// <param name="clip">The largest 2-norm of one record's gradient, positive.</param>
    /// <param name="logClipUnits">The base-2 logarithm of the number of units in the clip norm, 8 to 20.</param>
    /// <param name="variance">The variance of the noise in every step, in squared units of that grid; at least 1.</param>
    /// <param name="samplingRate">The probability of each record to be in a step, above 0; 1 for steps with all records.</param>
    /// <param name="steps">The number of steps of one training, at least 1.</param>
    /// <exception cref="PrivacyRefusedException">A part is missing or out of range; the error names it.</exception>
    public static PrivacyTerms ForLocalTraining(
        double? epsilon,
        double? delta,
        double? clip,
        int? logClipUnits,
        double? variance,
        double? samplingRate,
        int? steps) => new PrivacyTerms(ProtectedUnit.Record, epsilon ?? double.NaN, delta ?? double.NaN, clip ?? double.NaN)
        {
            Form = RecordProtection.LocalDpSgd,
            Mechanism = NoiseMechanism.DiscreteGaussian,
            Variance = variance ?? double.NaN,
            Contributors = 1,
            LogClipUnits = logClipUnits ?? -1,
            SamplingRate = samplingRate ?? double.NaN,
            Steps = steps ?? -1,
        }.Require();

    /// <summary>Returns the same terms with noise that is correlated over rounds.</summary>
    /// <param name="correlation">How it is correlated, and how seldom a unit takes part.</param>
    /// <exception cref="PrivacyRefusedException">The noise is not shared, or not discrete Gaussian.</exception>
    public PrivacyTerms WithCorrelation(CorrelationTerms correlation)
    {
        ArgumentNullException.ThrowIfNull(correlation);
        return (this with { Correlation = correlation }).Require();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Epsilon}, {Delta})-differential privacy of every {What}");

    internal static void Write(PrivacyTerms? terms, WireWriter writer)
    {
        writer.WriteByte(terms switch
        {
            null => 0,
            _ when PrivacyParts.HasAny(terms) => WithParts,
            _ => WithoutParts,
        });
        if (terms is null)
        {
            return;
        }

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
        if (terms.Form is RecordProtection form)
        {
            writer.WriteByte((byte)form);
            writer.WriteByte((byte)terms.LogClipUnits);
            writer.WriteDouble(terms.SamplingRate);
            writer.WriteInt32(terms.Steps);
        }

        if (PrivacyParts.HasAny(terms))
        {
            PrivacyParts.Write(terms, writer);
        }
    }

    internal static PrivacyTerms? Read(ref WireReader reader)
    {
        byte presence = reader.ReadByte();
        reader.Require(presence is 0 or WithoutParts or WithParts, FormatError.FieldOutOfRange);
        if (reader.Failed || presence == 0)
        {
            return null;
        }

        var terms = new PrivacyTerms(
            (ProtectedUnit)reader.ReadByte(), reader.ReadDouble(0, double.MaxValue), reader.ReadDouble(0, 1), reader.ReadDouble(0, double.MaxValue))
        {
            Mechanism = (NoiseMechanism)reader.ReadByte(),
            Variance = reader.ReadDouble(0, double.MaxValue),
            RetryProbability = reader.ReadDouble(0, 1),
            Contributors = reader.ReadInt32(0, LargestCount),
            Dropouts = reader.ReadInt32(0, LargestCount),
            Colluders = reader.ReadInt32(0, LargestCount),
        };
        if (terms.Unit == ProtectedUnit.Record)
        {
            terms = terms with
            {
                Form = (RecordProtection)reader.ReadByte(),
                LogClipUnits = reader.ReadByte(),
                SamplingRate = reader.ReadDouble(0, 1),
                Steps = reader.ReadInt32(0, LargestCount),
            };
        }

        terms = presence == WithParts ? PrivacyParts.Read(terms, ref reader) : terms;
        reader.Require(reader.Failed || terms.Check() is null, FormatError.FieldOutOfRange);
        return reader.Failed ? null : terms;
    }

    private string What => Form switch
    {
        null => string.Create(CultureInfo.InvariantCulture, $"client, differences clipped at {Clip}{PrivacyParts.Describe(this)}, {Shares}"),
        RecordProtection.DistributedGradient => string.Create(
            CultureInfo.InvariantCulture, $"record, gradients clipped at {Clip} and added up at the model of each round, {Shares}"),
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"record, gradients clipped at {Clip} in local training, {Mechanism} noise of {NoiseMultiplier} clips by each client alone in every one of {Steps} steps a training, which take each record with the probability {SamplingRate}{PrivacyParts.Describe(this)}"),
    };

    private string Shares => string.Create(
        CultureInfo.InvariantCulture,
        $"{Mechanism} noise of variance {Variance} in shares of {Contributors} clients, of whom {Dropouts} may drop out and {Colluders} may collude")
        + (Correlation is null ? "" : $", {Correlation}");

    private PrivacyTerms Require() => Check() is PrivacyRefusal refusal ? throw new PrivacyRefusedException(refusal) : this;

    private PrivacyRefusal? Check() => this switch
    {
        _ when !Enum.IsDefined(Unit) => PrivacyRefusal.UnitMissing,
        _ when Unit == ProtectedUnit.Record && !(Form is RecordProtection form && Enum.IsDefined(form)) => PrivacyRefusal.FormMissing,
        _ when !(Epsilon > 0 && double.IsFinite(Epsilon)) => PrivacyRefusal.EpsilonOutOfRange,
        _ when !(Delta is > 0 and < 1) => PrivacyRefusal.DeltaOutOfRange,
        _ when !(Clip > 0 && double.IsNormal(Clip)) => PrivacyRefusal.ClipOutOfRange,
        _ when !Enum.IsDefined(Mechanism) => PrivacyRefusal.MechanismMissing,
        _ when !(Variance >= 1 && double.IsFinite(Variance)) => PrivacyRefusal.VarianceOutOfRange,
        _ => CheckCorrelation() ?? (Form is null ? CheckClients() ?? CheckParties() : CheckRecords() ?? (IsNoiseShared ? CheckParties() : null)),
    };

    private PrivacyRefusal? CheckCorrelation() => this switch
    {
        { Correlation: null } => null,
        { IsNoiseShared: false } => PrivacyRefusal.CorrelationNotShared,
        _ => Mechanism == NoiseMechanism.DiscreteGaussian ? null : PrivacyRefusal.CorrelationNotGaussian,
    };

    private PrivacyRefusal? CheckClients()
        => RetryProbability is >= 0 and <= LargestRetryProbability ? null : PrivacyRefusal.RetryProbabilityOutOfRange;

    private PrivacyRefusal? CheckRecords() => this switch
    {
        _ when RetryProbability != 0 => PrivacyRefusal.RetryProbabilityOutOfRange,
        _ when LogClipUnits is < MinLogClipUnits or > MaxLogClipUnits => PrivacyRefusal.GridOutOfRange,
        _ when !(SamplingRate is > 0 and <= 1) || Steps is < 1 or > LargestCount => PrivacyRefusal.StepsOutOfRange,
        _ when IsNoiseShared && (SamplingRate != 1 || Steps != 1) => PrivacyRefusal.StepsOutOfRange,
        _ when !IsNoiseShared && Mechanism != NoiseMechanism.DiscreteGaussian => PrivacyRefusal.MechanismMissing,
        _ when !IsNoiseShared && (Contributors, Dropouts, Colluders) != (1, 0, 0) => PrivacyRefusal.PartiesOutOfRange,
        _ => null,
    };

    private PrivacyRefusal? CheckParties()
        => Contributors is < 2 or > LargestCount || Dropouts < 0 || Colluders < 1 || (long)Dropouts + Colluders >= Contributors
            ? PrivacyRefusal.PartiesOutOfRange
            : null;
}
