using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A control keeper keeps the control variates of SCAFFOLD: the mean of all clients' that all holders of the key have alike, and the client's own.
/// </summary>
/// <remarks>
/// The client's own moves only where a sum is opened whose list names the very encryption that the client remembers, in the same step and saved state as model and mean. So the mean stays the mean
/// whatever is lost, repeated or restarted. The client remembers its uploads of all attempts since its model, and the round keys bind each to that model. A client that finds itself on a list with an encryption that it does not remember, because its state was lost or is an old one, cannot know its control
/// variate any more: what it contributed is in the mean, and it contributes nothing else.
/// </remarks>
/// <param name="baseMean">The mean that the latest sum was opened with, or the first one.</param>
/// <param name="own">The client's own control variate after the latest sum.</param>
/// <param name="isLost">Whether the client has lost its control variate.</param>
internal sealed class ControlKeeper(ControlVariate baseMean, ControlVariate own, bool isLost = false)
{
    /// <summary>The mean that the latest sum was opened with.</summary>
    public ControlVariate BaseMean { get; private set; } = baseMean;

    /// <summary>The mean of the round after the model.</summary>
    public ControlVariate Mean { get; private set; } = baseMean;

    /// <summary>The client's own control variate.</summary>
    public ControlVariate Own { get; private set; } = own;

    /// <summary>What the client's own control variate becomes by uploads since the model.</summary>
    public SentControls Sent { get; } = new();

    /// <summary>Whether a sum has a contribution of the client that the client does not remember.</summary>
    public bool IsLost { get; private set; } = isLost;

    /// <summary>Creates the keeper of a client that begins, or returns null for a job without control terms.</summary>
    public static ControlKeeper? Of(FederationJob job)
    {
        if (job.Update.Controls is null)
        {
            return null;
        }

        int count = job.Terms.Layout.ToArrayLength();
        return new ControlKeeper(ControlVariate.Zero(count), ControlVariate.Zero(count));
    }

    /// <summary>Returns what the client adds to its gradients in the round after the model.</summary>
    public GradientCorrection CorrectionOf(ModelLayout layout) => new(layout, Mean, Own);

    /// <summary>Returns what the client encrypts for the next upload.</summary>
    public ControlledDifference Contribute(TrainedResult trained, ModelParameters baseModel, ControlTerms terms, BoundPolicy policy)
        => new(new ModelDifference(trained.Model, baseModel), trained.TotalStep, Mean, Own, terms, policy);

    /// <summary>Remembers an upload before it is sent.</summary>
    /// <param name="slot">The slot of the upload.</param>
    /// <param name="update">The encrypted update.</param>
    /// <param name="contributed">What it encrypts.</param>
    public void Remember(UploadSlot slot, ReadOnlyMemory<byte> update, ControlledDifference contributed)
        => Sent.Add(new SentControl(slot.Round, slot.Attempt, ProtectedUpdate.TryRead(update)!.Nonce, contributed.After));

    /// <summary>Moves the client's own control variate over a round whose sum was opened.</summary>
    /// <param name="list">The list of the sum.</param>
    /// <param name="client">The client.</param>
    /// <returns>Whether the client has lost its control variate by this sum.</returns>
    public bool Open(ContributorList list, ClientId client)
    {
        BaseMean = Mean;
        bool wasLost = IsLost;
        if (list.Contributors.FirstOrDefault(one => one.Client == client) is Contributor listed)
        {
            ControlVariate? after = Sent.Find(list, listed);
            Own = after ?? Own;
            IsLost |= after is null;
        }

        Sent.Clear();
        return IsLost && !wasLost;
    }

    /// <summary>Goes on to the mean after the sum that was opened.</summary>
    public void Follow(ControlVariate mean) => Mean = mean;
}
