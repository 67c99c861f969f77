using System.Globalization;

namespace FedHe.Privacy.Errors;

/// <summary>The error messages of this assembly. Callers write <c>throw Throw.X()</c>, or let a guard throw.</summary>
internal static class Throw
{
    public static void IfEpsilonOutOfRange(double epsilon)
    {
        if (!(epsilon > 0 && double.IsFinite(epsilon)))
        {
            throw new PrivacyException(PrivacyError.EpsilonOutOfRange, "Epsilon must be a positive finite number. State the one that was promised.");
        }
    }

    public static void IfDeltaOutOfRange(double delta)
    {
        if (!(delta is > 0 and < 1))
        {
            throw new PrivacyException(
                PrivacyError.DeltaOutOfRange, "Delta must lie strictly between 0 and 1. Choose one far below 1 / (number of protected units).");
        }
    }

    public static void IfClipOutOfRange(double clip)
    {
        // Products near a subnormal bound are rounded by more than the clip leaves for it.
        if (!(clip > 0 && double.IsNormal(clip)))
        {
            throw new PrivacyException(PrivacyError.ClipOutOfRange, "The clipping bound must be a positive finite number, not a subnormal one. Without one no noise protects anybody.");
        }
    }

    public static void IfSensitivityOutOfRange(double sensitivity)
    {
        if (!(sensitivity > 0 && double.IsFinite(sensitivity)))
        {
            throw new PrivacyException(PrivacyError.SensitivityOutOfRange, "A sensitivity must be a positive finite number. It follows from the clipping bound.");
        }
    }

    public static void IfNoiseOutOfRange(double noise)
    {
        if (!(noise > 0 && double.IsFinite(noise)))
        {
            throw new PrivacyException(PrivacyError.NoiseOutOfRange, "The scale of the noise must be a positive finite number. A release without noise protects nobody.");
        }
    }

    public static PrivacyException RateOutOfRange(double largest)
        => new(PrivacyError.NoiseOutOfRange, string.Create(CultureInfo.InvariantCulture, $"The rate of a clip must be positive and at most {largest}; 0.2 is usual."));

    public static PrivacyException ClipPositionOutOfRange()
        => new(PrivacyError.ClipOutOfRange, "No clip has this position. Take positions from the rule that moved the clip.");

    public static void IfProbabilityOutOfRange(double probability)
    {
        if (!(probability is > 0 and < 1))
        {
            throw new PrivacyException(PrivacyError.ProbabilityOutOfRange, "The probability must lie strictly between 0 and 1.");
        }
    }

    public static void IfNotPositive(long value, PrivacyError error, string what)
    {
        if (value <= 0)
        {
            throw new PrivacyException(error, $"{what} must be at least 1.");
        }
    }

    public static PrivacyException UnitMissing()
        => new(PrivacyError.UnitMissing, "Name the unit of privacy: a client or a record. An epsilon without its unit says nothing.");

    public static PrivacyException RecordFormMissing()
        => new(
            PrivacyError.RecordFormMismatch,
            "Name the form in which records are protected: DistributedGradient, with one step a round and noise shared by the parties, or " +
            "LocalDpSgd, in which every silo adds all of its noise itself.");

    public static PrivacyException RecordFormOfClients()
        => new(PrivacyError.RecordFormMismatch, "A form of local training belongs to the unit of records. Leave it out where clients are protected.");

    public static PrivacyException ClipDiffers()
        => new(PrivacyError.ClipDiffers, "A party clips at another bound than the job. All parties must clip at the bound that they agreed upon.");

    public static PrivacyException NobodyCounts()
        => new(
            PrivacyError.PartiesOutOfRange,
            "At least one party must be left whose noise counts: the parties, less those that may drop out, less those that may collude; and no more can " +
            "contribute than are asked.");

    public static PrivacyException TooFewContributors(int actual, int needed)
        => new(PrivacyError.TooFewContributors, string.Create(
            CultureInfo.InvariantCulture,
            $"{actual} parties contributed, and the noise was planned for at least {needed}. Do not open the sum: repeat the round."));

    public static PrivacyException NotFinite()
        => new(PrivacyError.NotFinite, "A value is not a finite number. Repair the training; nothing was released.");

    public static PrivacyException WrongLength(string message) => new(PrivacyError.WrongLength, message);

    public static ArgumentException NoLedger(string parameter) => new("A report needs at least one ledger.", parameter);

    public static ArgumentException WrongSeed(string parameter) => new("A seed has 32 bytes.", parameter);

    public static PrivacyException RetryProbabilityOutOfRange()
        => new(PrivacyError.ProbabilityOutOfRange, "The probability of rounding anew must lie in [0, 1). exp(-1/2) is usual, and 0 drops nothing.");

    public static PrivacyException StepTooSmall()
        => new(PrivacyError.RangeTooSmall, "The clipping bound is more than 2^40 steps of the grid. Choose a larger step.");

    public static PrivacyException NotClipped()
        => new(PrivacyError.ClipDiffers, "The vector is longer than its clipping bound. Clip it before it is rounded.");

    public static PrivacyException RangeTooSmall()
        => new(PrivacyError.RangeTooSmall, "The magnitude that must not be reached must be a positive finite number. Choose more bits or a larger step.");

    public static PrivacyException RatioOutOfRange()
        => new(PrivacyError.ProbabilityOutOfRange, "The fraction that is encrypted must lie between 0 and 1.");

    public static PrivacyException PartLargerThanWhole()
        => new(PrivacyError.ClipOutOfRange, "The clipping bound of the values in clear must be at least 0 and at most that of all values.");

    public static PrivacyException FiguresBoundNothing()
        => new(
            PrivacyError.TheoremDoesNotApply,
            "Figures from uniform sensitivities or from a map bound nothing. Clip the values in clear, and use the figures of clipped norms.");

    public static PrivacyException ScheduleOutOfRange(int largestRounds)
        => new(PrivacyError.ScheduleOutOfRange, string.Create(
            CultureInfo.InvariantCulture,
            $"A schedule has 1 to {largestRounds} rounds, a separation and a number of participations of at least 1, and all participations must fit into the rounds."));

    public static PrivacyException ParticipationRefused()
        => new(
            PrivacyError.ParticipationRefused,
            "The unit took part too recently or too often for the schedule that the accounting rests on. Choose another one for this round.");

    public static PrivacyException BandsOutOfRange(int largest)
        => new(PrivacyError.ScheduleOutOfRange, string.Create(CultureInfo.InvariantCulture, $"The number of bands must lie between 1 and {largest}."));

    public static PrivacyException BuffersOutOfRange()
        => new(PrivacyError.ScheduleOutOfRange, "The number of buffers must lie between 1 and 32.");

    public static PrivacyException DenominatorOutOfRange()
        => new(PrivacyError.RangeTooSmall, "The denominator of coefficients must have between 1 and 18 bits.");

    public static PrivacyException CoefficientsOutOfRange()
        => new(
            PrivacyError.CorrelationOutOfRange,
            "Coefficients begin with their denominator, a power of two from 2 to 2^18, none is larger, the last is not 0, and their matrix must have an inverse of finite sensitivity. Agree upon those that a plan rounded.");

    public static PrivacyException SequenceEnded()
        => new(PrivacyError.ScheduleOutOfRange, "All rounds of the sequence were made. Plan a new sequence, and pay for it.");

    public static PrivacyException NotDeviating()
        => new(PrivacyError.PartiesOutOfRange, "All planned parties contributed. The round belongs to its sequence and costs nothing beside it.");

    public static InvalidOperationException NothingPrepared() => new("No round was prepared. Add noise to a contribution first.");

    public static PrivacyException DeviationOutOfRange(double smallest, double largest)
        => new(PrivacyError.NoiseOutOfRange, string.Create(
            CultureInfo.InvariantCulture,
            $"The standard deviation of the noise must lie between {smallest} and {largest} units of the grid. Choose a finer or coarser grid."));

    public static PrivacyException ClassicalGaussianDoesNotApply()
        => new(
            PrivacyError.TheoremDoesNotApply,
            "The classical formula of the Gaussian mechanism is proven for an epsilon below 1 only. Use the analytic calibration, which holds for all.");

    public static PrivacyException NoMultiplierSuffices(double largest)
        => new(PrivacyError.NoiseOutOfRange, string.Create(
            CultureInfo.InvariantCulture,
            $"No noise multiplier up to {largest} makes so many releases fit the budget. Make fewer releases, or promise less."));

    public static PrivacyException DistanceOutOfRange()
        => new(PrivacyError.ProbabilityOutOfRange, "The statistical distance of the noise from its distribution must lie in [0, 1).");

    public static PrivacyException VarianceBelowOne()
        => new(PrivacyError.NoiseOutOfRange, "The variance of noise on integers must be a finite number of at least one squared unit of the grid.");

    public static PrivacyException NormsDoNotFit()
        => new(PrivacyError.SensitivityOutOfRange, "The 1-norm of a vector is never below its 2-norm. Exchange them, or correct them.");

    public static PrivacyException OrderOutOfRange()
        => new(PrivacyError.TheoremDoesNotApply, "An order of a Renyi divergence must be a finite number above 1.");

    public static PrivacyException StatementMissing()
        => new(
            PrivacyError.NoAmplification,
            "Subsampling amplifies privacy only against those who do not learn who took part. State against whom, or compose without amplification.");

    public static PrivacyException NotConcentrated(string release)
        => new(PrivacyError.ReleaseNotSupported, $"Concentrated differential privacy has no bound for a release of {release}. Use another accountant.");

    public static PrivacyException NoLossDistribution(string release)
        => new(
            PrivacyError.ReleaseNotSupported,
            $"No privacy loss distribution dominates a release of {release} in all dimensions. Use the accountant of Renyi divergences.");

    public static PrivacyException LossTooWide()
        => new(PrivacyError.ReleaseNotSupported, "The privacy loss is too wide for the spacing of the grid. The noise is far too small, or choose a larger spacing.");

    public static PrivacyException MalformedLedger(Exception? cause = null)
        => new(PrivacyError.MalformedLedger, "The bytes are no ledger of this version, or are damaged. Never go on without the ledger: what was spent stays spent.", cause);

    public static PrivacyException LedgerFull(int largest)
        => new(PrivacyError.LedgerFull, string.Create(
            CultureInfo.InvariantCulture,
            $"The ledger has {largest} entries, and none was added. Record equal releases as one entry with a count; stop with the last model."));

    public static PrivacyException GuardFull(int largest)
        => new(PrivacyError.GuardFull, string.Create(CultureInfo.InvariantCulture, $"The guard knows {largest} units, and no other one may take part."));

    public static PrivacyException Malformed(PrivacyError error, Exception? cause = null)
        => error == PrivacyError.MalformedLedger
            ? MalformedLedger(cause)
            : new(error, "The bytes are no saved state of this kind and version, or are damaged. A party without its state begins a new sequence, which is paid for anew.", cause);

    public static PrivacyException StateOfAnotherPlan()
        => new(PrivacyError.StateOfAnotherPlan, "The saved state belongs to another plan or schedule. Use the numbers that it was made with.");

    public static PrivacyException OutdatedState()
        => new(
            PrivacyError.OutdatedState,
            "The saved state is not the newest one, or has missed a round. Never go on from it: all parties restart, and the next sequence is paid for anew.");

    public static PrivacyException StateNotOpened()
        => new(PrivacyError.StateNotOpened, "The protector does not open the saved state: the password is another one, or the bytes were changed.");

    public static ArgumentException UnitName(int longest, string parameter)
        => new(string.Create(CultureInfo.InvariantCulture, $"The name of a unit has 1 to {longest} characters, and no half of a surrogate pair."), parameter);

    public static PrivacyException BudgetExceeded()
        => new(PrivacyError.BudgetExceeded, "The release would cost more than what is left of the budget. Nothing was recorded; stop with the last model.");
}
