using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>A pending message waits until a thread hands it to the server, and is either taken for that or withdrawn, exactly once.</summary>
internal sealed class PendingMessage(MessageInfo info, IStoredMessage message)
{
    private readonly TaskCompletionSource<(RefusalReason Refusal, StateStamp Stamp)> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isDecided;

    /// <summary>What the message says about itself.</summary>
    public MessageInfo Info => info;

    /// <summary>The message, which can be read as long as there is no outcome.</summary>
    public IStoredMessage Message => message;

    /// <summary>The reason why the server refused the message, and the stamp of the saved state that has it otherwise.</summary>
    public Task<(RefusalReason Refusal, StateStamp Stamp)> Outcome => _outcome.Task;

    /// <summary>Takes the message, to hand it over. Returns false where its caller is gone.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _isDecided, 1) == 0;

    /// <summary>Withdraws the message. Returns false where somebody hands it over.</summary>
    public bool TryWithdraw() => Interlocked.Exchange(ref _isDecided, 1) == 0;

    /// <summary>Answers for a message whose effects are on the disk.</summary>
    public void Complete(RefusalReason refusal, StateStamp stamp) => _outcome.TrySetResult((refusal, stamp));

    /// <summary>Answers for a message that was not saved.</summary>
    public void Fail(Exception fault) => _outcome.TrySetException(fault);
}
