using FedHe.Learning.PerSample;
using FedHe.Learning.PrivateTraining;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Calibration;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Releases;

namespace HospitalFedAvg.Privacy;

/// <summary>A record plan says how every hospital trains by local DP-SGD, and what one of its steps costs. Nothing of it depends on records, nor on how
/// many of them a hospital has.</summary>
/// <remarks>Source: Liu, Hu, Wu and Smith, arXiv 2206.07902: full noise in every silo, so that averaging is post-processing.</remarks>
internal sealed record RecordPlan
{
    private const int LogLargestDeviation = 20;

    // What every sampler keeps, so that the noise can be found before its sampler is made.
    private static readonly double LargestDistance = Math.ScaleB(1, -64);

    private RecordPlan(PrivacyBudget budget, int parameters, double rate, int stepsPerRound, int rounds, double noiseMultiplier)
    {
        Budget = budget;
        Rate = rate;
        StepsPerRound = stepsPerRound;
        Rounds = rounds;
        NoiseMultiplier = noiseMultiplier;
        Clipping = new GradientClipping
        {
            ClipNorm = budget.Clip,
            LogClipUnits = LogClipUnitsFor(noiseMultiplier),

            // A refusal would depend on the records.
            NonFinite = NonFiniteGradients.Zero,
        };
        Noise = new DiscreteGaussianNoise(noiseMultiplier, Clipping.LogClipUnits);
        Step = Describe(rate, noiseMultiplier, parameters * Noise.StatisticalDistance);
    }

    /// <summary>The statement that sampling rests on.</summary>
    public static SamplingSecrecy Secrecy { get; } = new(
        "Each hospital draws the records of every step itself, with coins that nobody else can compute, and tells nobody which; this holds against "
        + "everybody but that hospital.");

    public static CompositionMethod Method => CompositionMethod.Renyi;

    /// <summary>What every hospital promises to each of its records.</summary>
    public PrivacyBudget Budget { get; }

    /// <summary>The probability of a record in a step; 1 takes all records and amplifies nothing.</summary>
    public double Rate { get; }

    public int StepsPerRound { get; }

    public int Rounds { get; }

    /// <summary>The standard deviation of a hospital's own noise over the clip norm.</summary>
    public double NoiseMultiplier { get; }

    public GradientClipping Clipping { get; }

    public DiscreteGaussianNoise Noise { get; }

    /// <summary>What one step costs.</summary>
    public PrivacyRelease Step { get; }

    /// <summary>How a hospital draws the records of its steps.</summary>
    public BatchSampling Sampling => SamplingOf(Rate);

    /// <summary>The epsilon that all planned steps cost; above the budget's where the noise was chosen and is too little.</summary>
    public double PlannedEpsilon => PrivacyComposition.Of(Method).Add(Step, (long)Rounds * StepsPerRound).Epsilon(Budget.Delta);

    /// <summary>Plans so much noise that all steps of all rounds fit the budget, or takes the noise that was chosen.</summary>
    /// <param name="budget">The budget of records.</param>
    /// <param name="parameters">The number of the model's parameters.</param>
    /// <param name="rate">The probability of a record in a step, above 0 to 1.</param>
    /// <param name="epochs">The expected number of times that a record is in a step of a round.</param>
    /// <param name="rounds">The planned rounds.</param>
    /// <param name="noiseMultiplier">The noise multiplier, or null to calibrate it.</param>
    public static RecordPlan Create(PrivacyBudget budget, int parameters, double rate, int epochs, int rounds, double? noiseMultiplier)
    {
        int steps = Math.Max(1, (int)Math.Round(epochs / rate));
        double multiplier = noiseMultiplier ?? CompositionCalibration.NoiseMultiplier(
            budget, Method, noise => Describe(rate, noise, parameters * LargestDistance), (long)rounds * steps);
        return new RecordPlan(budget, parameters, rate, steps, rounds, multiplier);
    }

    /// <summary>Refuses a training that was not the planned one.</summary>
    public void Require(LocalDpSgdRecord done)
    {
        Budget.RequireClip(done.ClipNorm);
        if (done.Steps != StepsPerRound || done.NoiseMultiplier != NoiseMultiplier || done.Sensitivity != SensitivityOf(Rate) * done.ClipNorm)
        {
            throw new InvalidOperationException("The training differs from what was charged. Its model must not leave the hospital.");
        }
    }

    private static BatchSampling SamplingOf(double rate) => rate < 1 ? new PoissonBatches(rate, new SecretCoins()) : new AllRecords();

    /// <summary>The sensitivity of a step in clip norms, by the record that an accountant reads.</summary>
    private static double SensitivityOf(double rate)
        => new LocalDpSgdRecord(1, SamplingOf(rate), ClipNorm: 1, NoiseMultiplier: 0, Participations: 1).Sensitivity;

    private static PrivacyRelease Describe(double rate, double noiseMultiplier, double distance)
    {
        double noise = noiseMultiplier / SensitivityOf(rate);
        return rate < 1 ? new SampledDiscreteGaussianRelease(noise, rate, Secrecy, distance) : new DiscreteGaussianRelease(noise, distance);
    }

    /// <summary>Chooses the finest grid whose noise the sampler draws.</summary>
    private static int LogClipUnitsFor(double noiseMultiplier)
    {
        int log = LogLargestDeviation - Math.Max(0, (int)Math.Ceiling(Math.Log2(noiseMultiplier)));
        return log >= GradientClipping.MinLogClipUnits
            ? log
            : throw new ArgumentException("The budget needs more noise than any model survives. Raise --epsilon, or make fewer or smaller steps.");
    }
}
