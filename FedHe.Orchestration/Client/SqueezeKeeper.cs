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
/// it. An upload that is not in the sum leaves everything in the residual, as if nothing had been chosen from it.
/// </remarks>
/// <param name="basePass">The pass that the latest sum was opened with, or the first one.</param>
/// <param name="residual">The residual after the latest sum.</param>
internal sealed class SqueezeKeeper(SqueezePass basePass, SqueezeResidual residual)
{
    private volatile bool _isRepeated;

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
        ? new SqueezeKeeper(SqueezePass.Initial(terms, job.Terms.Layout, job.Digest), SqueezeResidual.Zero(job.Terms.Layout.ParameterCount))
        : null;

    /// <summary>Returns the model that the client trains from: the model of the round with the residual added.</summary>
    /// <remarks>From the model of the round alone a client would learn again, in each round, what waits in its residual, and contribute all of it at once.</remarks>
    public ModelParameters StartFrom(ModelParameters baseModel) => Residual.AddTo(baseModel);

    /// <summary>Returns what the client encrypts for the next upload; the caller disposes it.</summary>
    public SqueezedDifference Squeeze(ModelParameters trained, ModelParameters baseModel)
    {
        SqueezedDifference squeezed = Residual.Squeeze(new ModelDifference(trained, StartFrom(baseModel)), Pass);
        (IsRefused, _isRepeated) = (false, false);
        return squeezed;
    }

    /// <summary>Notes that the latest upload, which has no answer yet, may be sent again.</summary>
    public void Repeat() => _isRepeated = true;

    /// <summary>Notes the first answer to the latest upload.</summary>
    /// <remarks>Bytes that are sent again may come too late although they came in time before. Nobody knows, and values that count twice are worse than values that are lost.</remarks>
    public void Answer(RefusalReason reason) => IsRefused = reason != RefusalReason.None && !(_isRepeated && reason == RefusalReason.TooLate);

    /// <summary>Moves the residual over a round whose sum was opened.</summary>
    /// <param name="trained">The model that the client trained in the round, or null where it has none.</param>
    /// <param name="baseModel">The model that the round began from.</param>
    /// <param name="isCounted">Whether the client's upload is in the sum.</param>
    public void Open(ModelParameters? trained, ModelParameters baseModel, bool isCounted)
    {
        try
        {
            Residual = Residual.After(trained is null ? null : new ModelDifference(trained, StartFrom(baseModel)), Pass, isCounted);
        }
        catch (ModelValueException)
        {
            // No upload was ever made of a result that is not finite.
            Residual = Residual.After(difference: null, Pass, isCounted);
        }

        BasePass = Pass;
    }

    /// <summary>Goes on to the pass after the sum that was opened.</summary>
    public void Follow(SqueezePass pass) => Pass = pass;
}
