using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Squeezing;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A squeeze keeper keeps what a client remembers between the rounds of a job with sparsification terms: the pass that all holders of the key
/// have alike, and the client's own residual.
/// </summary>
/// <remarks>
/// The residual moves only where the sum of a round is opened, together with the model, so both are saved in one step and an attempt that is
/// repeated, a lost message or a restart changes nothing. Then the round's difference joins the residual, and what is in the sum leaves
/// it. An upload that is not in the sum leaves everything in the residual, as if nothing had been chosen from it. Where the residual may have been in
/// a sum from the same model already, it stays out of the next one: two sums with one residual would show what other clients contributed.
/// </remarks>
/// <param name="basePass">The pass that the latest sum was opened with, or the first one.</param>
/// <param name="residual">The residual after the latest sum.</param>
internal sealed class SqueezeKeeper(SqueezePass basePass, SqueezeResidual residual)
{
    /// <summary>The pass that the latest sum was opened with.</summary>
    public SqueezePass BasePass { get; private set; } = basePass;

    /// <summary>The pass whose positions travel in the round after the model.</summary>
    public SqueezePass Pass { get; private set; } = basePass;

    /// <summary>What the client has learned and not contributed.</summary>
    public SqueezeResidual Residual { get; private set; } = residual;

    /// <summary>Whether the server refused the latest upload, so that it is in no sum.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Creates the keeper of a client that begins, or returns null for a job without sparsification terms.</summary>
    public static SqueezeKeeper? Of(FederationJob job) => job.Update.Squeeze is SparsificationTerms terms
        ? new SqueezeKeeper(SqueezePass.Initial(terms, job.Terms.Layout, job.Digest), SqueezeResidual.Zero(job.Terms.Layout.ToArrayLength()))
        : null;

    /// <summary>Returns the model that the client trains from: the model of the round, with the residual added unless the residual stays out of the round.</summary>
    /// <remarks>From the model of the round alone a client would learn again, in each round, what waits in its residual, and contribute all of it at once.</remarks>
    public ModelParameters StartFrom(ModelParameters baseModel, bool isAlone) => isAlone ? baseModel : Residual.AddTo(baseModel);

    /// <summary>Returns what the client encrypts for the next upload; the caller disposes it.</summary>
    public SqueezedDifference Squeeze(TrainedResult trained, ModelParameters baseModel)
    {
        SqueezeResidual sent = trained.IsAlone ? SqueezeResidual.Zero(Residual.Values.Length) : Residual;
        return sent.Squeeze(DifferenceOf(trained, baseModel), Pass);
    }

    /// <summary>Notes the first answer to the latest upload.</summary>
    /// <remarks>
    /// A server that has gone on, or was set back, answers so to bytes too that came in time before, and only their host knows whether it sent them
    /// again. Values that count twice are worse than values that are lost, so these answers prove nothing.
    /// </remarks>
    public void Answer(RefusalReason reason) => IsRefused = reason is not (RefusalReason.None
        or RefusalReason.TooLate or RefusalReason.WrongRound or RefusalReason.NotRunning or RefusalReason.Superseded);

    /// <summary>Moves the residual over a round whose sum was opened.</summary>
    /// <param name="trained">What the client trained in the round, or null where it has nothing.</param>
    /// <param name="baseModel">The model that the round began from.</param>
    /// <param name="attempt">The attempt that the client's upload is in the sum of, or null where it is not in the sum.</param>
    public void Open(TrainedResult? trained, ModelParameters baseModel, int? attempt)
    {
        try
        {
            Residual = After(trained is null ? null : DifferenceOf(trained, baseModel), trained, attempt);
        }
        catch (ModelValueException)
        {
            // No upload was ever made of a result that is not finite.
            Residual = After(difference: null, trained: null, attempt);
        }

        BasePass = Pass;
    }

    /// <summary>Goes on to the pass after the sum that was opened.</summary>
    public void Follow(SqueezePass pass) => Pass = pass;

    // What an earlier attempt sent is of an earlier training, with the residual.
    private SqueezeResidual After(ModelDifference? difference, TrainedResult? trained, int? attempt)
        => trained is { IsAlone: true } && attempt >= trained.Invitation.Slot.Attempt
            ? Residual.Plus(SqueezeResidual.Zero(Residual.Values.Length).After(difference, Pass, isCounted: true))
            : Residual.After(difference, Pass, isCounted: attempt is not null);

    private ModelDifference DifferenceOf(TrainedResult trained, ModelParameters baseModel) => new(trained.Model, StartFrom(baseModel, trained.IsAlone));
}
