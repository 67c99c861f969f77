using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A trained result is kept until its round is over, so that a client that is invited to another attempt encrypts it anew and
/// trains only once.
/// </summary>
/// <param name="Invitation">The invitation that the client trained for.</param>
/// <param name="Model">The model after local training: a <see cref="ModelParameters"/> where models are in memory.</param>
/// <param name="Gradient">The sum of clipped gradients without noise, in a job of distributed gradients; null in all others.</param>
/// <param name="IsAlone">Whether the training began without the residual of a squeeze, and uploads of the result are made without it.</param>
/// <param name="TotalStep">The sum of the step sizes of all local steps, in a job with control terms; 0 in all others.</param>
internal sealed record TrainedResult(Invitation Invitation, IFlatModel Model, GradientSum? Gradient = null, bool IsAlone = false, double TotalStep = 0)
{
    /// <summary>
    /// Tells whether the result serves another invitation: for the same round, from the same model, and as long as no sum of the
    /// round was published, or may be opened with this client's own answer, that the result may be part of. Two sums with one result would
    /// show what the others contributed.
    /// </summary>
    /// <param name="invitation">The invitation.</param>
    /// <param name="closedRound">The last round of which the client refused a sum, or answered for one as a member of the committee.</param>
    public bool Serves(Invitation invitation, int closedRound)
        => IsForBoth(Invitation, invitation) && closedRound < invitation.Slot.Round;

    /// <summary>Tells whether one training is for two invitations, as far as the invitations say.</summary>
    public static bool IsForBoth(Invitation earlier, Invitation later)
        => later.Slot.Round == earlier.Slot.Round && later.BaseDigest == earlier.BaseDigest && !later.WasPublished;
}
