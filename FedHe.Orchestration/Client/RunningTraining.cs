using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Client;

/// <summary>A running training can be overtaken by newer messages of the server, from another thread.</summary>
/// <param name="invitation">The invitation that the client trains for.</param>
/// <param name="server">The life of the server that the client follows.</param>
/// <param name="cancellationToken">Cancels the training.</param>
internal sealed class RunningTraining(Invitation invitation, (int Life, Guid LifeId) server, CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private readonly Lock _overtaking = new();
    private bool _isDisposed;

    /// <summary>The token of the training.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>Whether no upload for the invitation is of any use any more.</summary>
    public bool IsOvertaken { get; private set; }

    /// <summary>
    /// Takes notice of a newer message, which the server signed, and returns whether it makes an upload for the invitation
    /// pointless. The training is canceled unless its result serves the newer invitation.
    /// </summary>
    public bool Notice(ServerMessage message)
    {
        bool isPointless = message switch
        {
            Invitation newer => newer.Slot.Client == invitation.Slot.Client
                && (newer.Slot.Round, newer.Slot.Attempt).CompareTo((invitation.Slot.Round, invitation.Slot.Attempt)) > 0,
            AggregateMessage aggregate => aggregate.Round >= invitation.Slot.Round,
            Conclusion => true,
            _ => false,
        };
        if (!isPointless || ClientRules.Check(message.Stamp, server) is not null)
        {
            return false;
        }

        bool isResultUseful = message is Invitation next && TrainedResult.IsForBoth(invitation, next);
        lock (_overtaking)
        {
            if (!_isDisposed)
            {
                IsOvertaken = true;
                if (!isResultUseful)
                {
                    _cancellation.Cancel();
                }
            }

            return !_isDisposed;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_overtaking)
        {
            _isDisposed = true;
            _cancellation.Dispose();
        }
    }
}
