using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Budgets;

/// <summary>
/// A privacy budget is a promise: whose presence is hidden, how well, and what bounds the influence of one unit. Every part
/// of it is stated; nothing has a default.
/// </summary>
public sealed record PrivacyBudget
{
    private PrivacyBudget(PrivacyUnit unit, RecordForm? form, double epsilon, double delta, double clip)
    {
        Throw.IfEpsilonOutOfRange(epsilon);
        Throw.IfDeltaOutOfRange(delta);
        Throw.IfClipOutOfRange(clip);
        Unit = unit;
        Form = form;
        Epsilon = epsilon;
        Delta = delta;
        Clip = clip;
    }

    /// <summary>Whose presence is hidden.</summary>
    public PrivacyUnit Unit { get; }

    /// <summary>The form in which records are protected; null where clients are.</summary>
    public RecordForm? Form { get; }

    /// <summary>The largest epsilon of everything that is released, positive.</summary>
    public double Epsilon { get; }

    /// <summary>The delta that belongs to the epsilon, strictly between 0 and 1.</summary>
    public double Delta { get; }

    /// <summary>
    /// The largest 2-norm of what one unit contributes to one release, positive, in units of the model's values: a client's
    /// difference, or a record's gradient.
    /// </summary>
    public double Clip { get; }

    /// <summary>States a budget for clients.</summary>
    /// <param name="epsilon">The largest epsilon, positive.</param>
    /// <param name="delta">Its delta, strictly between 0 and 1.</param>
    /// <param name="clip">The largest 2-norm of a client's difference, positive.</param>
    /// <returns>The budget.</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static PrivacyBudget ForClients(double epsilon, double delta, double clip)
        => new(PrivacyUnit.Client, form: null, epsilon, delta, clip);

    /// <summary>States a budget for records.</summary>
    /// <param name="form">How records are protected.</param>
    /// <param name="epsilon">The largest epsilon, positive.</param>
    /// <param name="delta">Its delta, strictly between 0 and 1.</param>
    /// <param name="clip">The largest 2-norm of a record's gradient, positive.</param>
    /// <returns>The budget.</returns>
    /// <exception cref="PrivacyException">A number is out of range, or the form is not named.</exception>
    public static PrivacyBudget ForRecords(RecordForm form, double epsilon, double delta, double clip)
        => Create(PrivacyUnit.Record, form, epsilon, delta, clip);

    /// <summary>This method creates a budget from parts, and refuses a part that is missing, as it may be in a configuration.</summary>
    /// <param name="unit">Whose presence is hidden.</param>
    /// <param name="form">How records are protected; null for clients.</param>
    /// <param name="epsilon">The largest epsilon, positive.</param>
    /// <param name="delta">Its delta, strictly between 0 and 1.</param>
    /// <param name="clip">The largest 2-norm of what a unit contributes, positive.</param>
    /// <returns>The budget.</returns>
    /// <exception cref="PrivacyException">A part is missing, not known or out of range; the error names it.</exception>
    public static PrivacyBudget Create(PrivacyUnit? unit, RecordForm? form, double? epsilon, double? delta, double? clip)
    {
        switch (unit)
        {
            case PrivacyUnit.Client when form is not null:
                throw Throw.RecordFormOfClients();
            case PrivacyUnit.Record when form is not (RecordForm.DistributedGradient or RecordForm.LocalDpSgd):
                throw Throw.RecordFormMissing();
            case PrivacyUnit.Client or PrivacyUnit.Record:
                return new PrivacyBudget(unit.Value, form, epsilon ?? double.NaN, delta ?? double.NaN, clip ?? double.NaN);
            default:
                throw Throw.UnitMissing();
        }
    }

    /// <summary>Refuses a party that clips at another bound than this budget says.</summary>
    /// <param name="clip">The bound that the party reports.</param>
    /// <exception cref="PrivacyException">The bound differs by as little as one bit.</exception>
    public void RequireClip(double clip)
    {
        if (!clip.Equals(Clip))
        {
            throw Throw.ClipDiffers();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"({Epsilon}, {Delta})-differential privacy of every {(Unit == PrivacyUnit.Client ? "client" : $"record ({Form})")}, clipped at {Clip}");
}
