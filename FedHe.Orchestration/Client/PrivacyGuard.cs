using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A privacy guard keeps a client of a job with privacy terms from taking part in a round that would exceed the budget, and says what is spent.
/// </summary>
internal sealed class PrivacyGuard
{
    private readonly PrivacyTerms _terms;
    private readonly ClientState _state;

    private PrivacyGuard(PrivacyTerms terms, IPrivacyMechanism mechanism, ClientState state)
    {
        _terms = terms;
        _state = state;
        Mechanism = mechanism;
    }

    /// <summary>The mechanism that clips, rounds and adds noise.</summary>
    public IPrivacyMechanism Mechanism { get; }

    public PrivacySpending Spending
    {
        get
        {
            (int round, int attempt) = InProgress;
            IReadOnlyList<PrivacyCharge> charges = attempt == 0 ? _state.Privacy!.Charges : _state.Privacy!.With(round, attempt);
            return new PrivacySpending(Mechanism.EpsilonOf(charges), [.. charges], IsExhausted: WouldExceed(round, attempt + 1));
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
        state.Privacy ??= new PrivacyLedger(setup.Job);
        var guard = new PrivacyGuard(terms, provider.Create(setup.Job), state);
        return guard.Exceeds([new PrivacyCharge(1, terms.SmallestContributors, 1)]) ? throw new PrivacyRefusedException(PrivacyRefusal.BudgetTooSmall) : guard;
    }

    /// <summary>
    /// Tells whether an attempt would exceed the budget, if every attempt that may have been opened before it was, and this one is opened too.
    /// </summary>
    public bool WouldExceed(int round, int attempt) => Exceeds(_state.Privacy!.With(round, attempt));

    private bool Exceeds(IReadOnlyList<PrivacyCharge> charges) => !(Mechanism.EpsilonOf(charges) <= _terms.Epsilon);
}
