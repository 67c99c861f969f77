using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A privacy guard keeps a client of a job with privacy terms from taking part in a round that would exceed the budget, and from sending what was trained
/// under other terms, and says what is spent.
/// </summary>
internal sealed class PrivacyGuard : IDisposable
{
    private readonly PrivacyTerms _terms;
    private readonly ClientState _state;

    // The place of the client in the roster.
    private readonly int _place;

    private PrivacyGuard(FederationClientSetup setup, PrivacyTerms terms, IPrivacyMechanism mechanism, ClientState state)
    {
        _terms = terms;
        _state = state;
        _place = setup.Job.Roster.Clients.ToList().IndexOf(setup.Identity.Client);
        Mechanism = mechanism;
    }

    /// <summary>The mechanism that adds noise and accounts.</summary>
    public IPrivacyMechanism Mechanism { get; }

    public PrivacySpending Spending
    {
        get
        {
            (int round, int attempt) = InProgress;
            IReadOnlyList<PrivacyCharge> charges = attempt == 0 ? _state.Privacy!.Charges : _state.Privacy!.With(round, attempt);
            return new PrivacySpending(Mechanism.EpsilonOf(charges), [.. charges], IsExhausted: WouldExceed(round, attempt + 1, trains: true));
        }
    }

    /// <summary>The round after the client's model, and the last attempt at it that the client uploaded for; 0 for none.</summary>
    private (int Round, int Attempt) InProgress
        => _state.Upload?.Invitation.Slot is UploadSlot slot && slot.Round > _state.ModelRound ? (slot.Round, slot.Attempt) : (_state.ModelRound + 1, 0);

    /// <summary>Creates the guard of a job, or returns null for a job without privacy terms.</summary>
    /// <exception cref="PrivacyRefusedException">The setup has no provider, the provider refuses the terms, or no round fits the budget.</exception>
    public static PrivacyGuard? Of(FederationClientSetup setup, ClientState state)
    {
        if (setup.Job.Update.Privacy is not PrivacyTerms terms)
        {
            return null;
        }

        IPrivacyProvider provider = setup.Privacy ?? throw new PrivacyRefusedException(PrivacyRefusal.NoProvider);
        state.Privacy ??= PrivacyLedger.Of(setup.Job);
        IPrivacyMechanism mechanism = provider.Create(setup.Job);
        bool fits = terms.Form switch
        {
            null => mechanism is IDifferenceMechanism,
            RecordProtection.DistributedGradient => mechanism is IGradientMechanism,
            _ => true,
        };

        // A mechanism that knows nothing of sequences adds noise that is not accounted for.
        fits &= terms.Correlation is null || mechanism is ICorrelatedMechanism;
        fits &= terms.NoisedCount is null || mechanism is ICountMechanism;
        var guard = new PrivacyGuard(setup, terms, fits ? mechanism : throw new PrivacyRefusedException(PrivacyRefusal.OtherForm), state);
        if (guard.Exceeds(PrivacyLedger.Of(setup.Job).After(round: 1, attempt: 1, trains: true)))
        {
            throw new PrivacyRefusedException(PrivacyRefusal.BudgetTooSmall);
        }

        if (terms.Correlation is not null)
        {
            state.Noise = new NoiseKeeper((ICorrelatedMechanism)mechanism, (SequenceLedger)state.Privacy);
            if (state.SavedNoise is SavedNoise saved)
            {
                state.Noise.Restore(saved, setup.Protector!, ClientStateFormat.ContextOf(setup));
                state.SavedNoise = null;
            }
        }

        if (terms.NoisedCount is not null && state.NoisedCount == 0)
        {
            state.NoisedCount = NoiseCount((ICountMechanism)mechanism, setup);
        }

        return guard;
    }

    /// <summary>Tells whether a client takes part in a round with what it has, and not with its noise alone.</summary>
    public bool Contributes(int round) => _terms is not { Form: null, Correlation: CorrelationTerms correlation } || correlation.PartOf(round).Holds(_place);

    /// <summary>Returns the part of the client's records that is in a round, or null for all of them.</summary>
    public RecordPart? PartOf(int round) => _terms.Form is null ? null : _terms.Correlation?.PartOf(round);

    /// <summary>
    /// Tells whether an attempt would exceed the budget, if everything that may have been released before it was, and this one is released too.
    /// </summary>
    /// <param name="round">The round.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="trains">Whether the client has to train for it, and has no result that it kept.</param>
    public bool WouldExceed(int round, int attempt, bool trains) => Exceeds(_state.Privacy!.After(round, attempt, trains));

    /// <summary>Returns the clip of differences at a position, or null for a job that clips gradients.</summary>
    public double? ClipAt(int position)
        => Mechanism is not IDifferenceMechanism mechanism || _terms.Form is not null ? null
            : _terms.AdaptiveClip is null ? _terms.Clip
            : _terms.Clip * mechanism.ClipFactorAt(position);

    /// <summary>Counts a training before it begins, because one that fails has drawn noise too.</summary>
    public void BeginTraining(int round)
    {
        _state.Privacy!.BeginTraining(round);
        _state.Touch();
    }

    /// <summary>Refuses a result that was made under other terms than the job's.</summary>
    /// <exception cref="PrivacyRefusedException">The trainer did not say what it did, or it did something else; nothing of the result may leave.</exception>
    public void Require(LocalTrainingResult result, TrainingTask task)
    {
        PrivacyRefusal? refusal = _terms.Form switch
        {
            null => null,
            RecordProtection.DistributedGradient => Check(result.Gradient, result.Parameters.Layout.ToArrayLength(), task.Part),
            _ => Check(result.Training),
        };
        if (refusal is not null)
        {
            throw new PrivacyRefusedException(refusal.Value);
        }
    }

    /// <summary>Draws a client's noised count of records, from 1 to the largest weight. The largest weight bounds the count before noise too, so that the result tells no more of it.</summary>
    private static long NoiseCount(ICountMechanism mechanism, FederationClientSetup setup)
    {
        long largest = setup.Job.Terms.MaxWeight;
        return Math.Clamp(mechanism.AddNoise(Math.Clamp(setup.Trainer.SampleCount, 0, largest)), 1, largest);
    }

    private PrivacyRefusal? Check(GradientSum? gradient, int parameters, RecordPart? part) => gradient is null || gradient.Units.Length != parameters ? PrivacyRefusal.GradientsMissing
        : IsOtherClip(gradient.ClipNorm, gradient.LogClipUnits) ? PrivacyRefusal.OtherClip
        : gradient.Part != part ? PrivacyRefusal.OtherPart
        : null;

    private PrivacyRefusal? Check(RecordTraining? training) => training is null ? PrivacyRefusal.TrainingMissing
        : IsOtherClip(training.ClipNorm, training.LogClipUnits) ? PrivacyRefusal.OtherClip
        : training.NoiseMultiplier != _terms.NoiseMultiplier || training.SamplingRate != _terms.SamplingRate || training.Steps != _terms.Steps
            ? PrivacyRefusal.OtherTraining
        : null;

    private bool IsOtherClip(double clip, int logClipUnits) => clip != _terms.Clip || logClipUnits != _terms.LogClipUnits;

    /// <summary>Zeroes noise that the mechanism remembers.</summary>
    public void Dispose() => _state.Noise?.Dispose();

    private bool Exceeds(IReadOnlyList<PrivacyCharge> charges) => !(Mechanism.EpsilonOf(charges) <= _terms.Epsilon);
}
