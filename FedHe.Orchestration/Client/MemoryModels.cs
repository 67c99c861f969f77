using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Updates;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Client;

/// <summary>Memory models are a client's models and messages in memory, for jobs of every kind.</summary>
/// <param name="setup">The parts of the client.</param>
/// <param name="state">The client's state.</param>
/// <param name="privacy">The guard of a job with privacy terms, or null.</param>
/// <param name="outbox">Signs uploads.</param>
/// <param name="logger">The log.</param>
internal sealed class MemoryModels(FederationClientSetup setup, ClientState state, PrivacyGuard? privacy, ClientOutbox outbox, ILogger logger) : IClientModels
{
    private readonly UpdateCodec _codec = new(setup.Job, privacy?.Mechanism);

    /// <summary>The newest global model, with the client's own buffers.</summary>
    public ModelParameters Model { get; private set; } = setup.InitialModel;

    /// <summary>The newest average, or null before the first one.</summary>
    public AveragedModel? Average { get; private set; }

    public IFlatModel Newest => Model;

    public AverageSummary? Summary
        => Average is null ? null : new AverageSummary(Average.ErrorBounds, Average.Contributions, Average.TotalWeight, Average.IsTotalWeightExact);

    public long SampleCount => setup.Trainer.SampleCount;

    public bool ReadsStreams => false;

    private FederationJob Job => state.Epochs.Job;

    public void BeginStep()
    {
        // Memory is the state's.
    }

    public void EndStep()
    {
        // Memory is the state's.
    }

    public async Task<TrainedResult> TrainAsync(Invitation invitation, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        // An upload from the same model had the residual, and a sum with it may be out.
        bool isAlone = state.Squeeze is not null && state.Upload?.Invitation.BaseDigest == invitation.BaseDigest;
        ModelParameters start = state.Squeeze?.StartFrom(Model, isAlone) ?? Model;
        LocalTrainingResult? result = await setup.Trainer.TrainAsync(start, task, progress, cancellationToken).ConfigureAwait(false);
        if (result?.Parameters is null)
        {
            throw Throw.TrainerReturnedNothing(setup.Trainer.GetType());
        }

        privacy?.Require(result, task);
        RequireFrozen(result.Parameters, task);
        if (task.Correction is not null && !(result.TotalStep > 0 && double.IsFinite(result.TotalStep.Value)))
        {
            throw Throw.TrainerDidNotCorrect(setup.Trainer.GetType());
        }

        bool addsGradients = Job.Update.Privacy?.Form == RecordProtection.DistributedGradient;
        return new TrainedResult(invitation, result.Parameters, addsGradients ? result.Gradient : null, isAlone, task.Correction is null ? 0 : result.TotalStep!.Value);
    }

    public void Keep(TrainedResult result)
    {
        state.Result = result;
        state.Template = privacy is null ? (ModelParameters)result.Model : state.Template;
        state.Touch();
    }

    public SentUpload Encrypt(IModelExchange exchange, Invitation invitation, TrainedResult trained, long weight, out long clamped)
    {
        UploadSlot slot = invitation.Slot;
        state.Noise?.Prepare(slot);
        using EncodedUpdate encoded = Encode(slot, trained);
        var bytes = new ExactBuffer(exchange.LengthOf(invitation));
        clamped = exchange.Encrypt(invitation, encoded.Values, weight, bytes).Total + encoded.Clamped;
        ReadOnlyMemory<byte> update = bytes.Complete();
        state.Noise?.Note(update);
        byte[] upload = outbox.Send(new Upload(slot, update), out Digest digest);
        if (encoded.Values is ControlledDifference contributed)
        {
            state.Controls!.Remember(slot, update, contributed);
        }

        return new SentUpload(invitation, new SignedMessage(upload), digest);
    }

    public bool Holds(SentUpload upload) => true;

    public bool IsIntact(SentUpload upload) => true;

    public IgnoredReason? TryOpen(IModelExchange exchange, AggregateMessage message, ReadOnlyMemory<byte> bytes)
    {
        OptimizerStep? step = StepFrom(state.Moments);
        OpenedModel? opened = null;
        IgnoredReason? refused = exchange.TryOpen(message, state, (decryptor, aggregate, attempt) => opened = _codec.Decode(
            decryptor,
            aggregate,
            message.Round,
            PlaceOf(message.Round, attempt, state.ClipPosition),
            Model,
            state.Template!,
            step,
            state.Squeeze?.Pass,
            state.Controls?.Mean));
        if (refused is IgnoredReason reason)
        {
            return reason;
        }

        state.BaseModel = Job.Update.Kind == UpdateKind.Difference ? Model : null;
        (state.BaseMoments, state.Moments) = (step?.Before, step?.After);
        state.BaseClipPosition = state.ClipPosition;
        state.Privacy?.Open(message, setup.Identity.Client, state.Upload?.Invitation.Slot, state.LatestRound);
        state.Noise?.Open(ListOf(message), setup.Identity.Client);
        state.Squeeze?.Open(state.Result, Model, AttemptOf(message));
        if (state.Controls?.Open(ListOf(message), setup.Identity.Client) == true)
        {
            Log.ControlLost(logger, setup.Identity.Client, message.Round);
        }

        Use(opened!);
        state.Template = Model;
        state.AggregateMessage = setup.SharesMessages ? bytes : bytes.ToArray();
        return null;
    }

    /// <summary>Opens the aggregate of a saved state again, with all checks.</summary>
    /// <param name="exchange">The exchange of the epoch that the aggregate is of.</param>
    /// <param name="message">The message of the aggregate.</param>
    /// <returns>Whether it could be opened.</returns>
    public bool TryReopen(IModelExchange exchange, AggregateMessage message)
    {
        OptimizerStep? step = StepFrom(state.BaseMoments);
        OpenedModel? opened = null;
        IgnoredReason? refused = exchange.TryOpenAgain(message, (decryptor, aggregate, attempt) => opened = _codec.Decode(
            decryptor,
            aggregate,
            message.Round,
            PlaceOf(message.Round, attempt, state.BaseClipPosition),
            state.BaseModel ?? Model,
            state.Template!,
            step,
            state.Squeeze?.BasePass,
            state.Controls?.BaseMean));
        if (refused is not null)
        {
            return false;
        }

        Use(opened!);
        state.Moments = step?.After;
        return true;
    }

    public void Dispose()
    {
        // Memory is the state's.
    }

    private static ContributorList ListOf(AggregateMessage message) => VerifiableAggregate.TryRead(message.Aggregate)!.List;

    // Nothing is rotated where no attempt is named, in the direct mode.
    private DifferencePlace PlaceOf(int round, int attempt, int clipPosition)
        => attempt == 0 ? default : DifferencePlace.Of(Job, round, attempt, clipPosition);

    private EncodedUpdate Encode(UploadSlot slot, TrainedResult trained)
    {
        if (trained.Gradient is GradientSum gradient)
        {
            return _codec.Encode(gradient);
        }

        if (state.Squeeze is SqueezeKeeper squeeze)
        {
            SqueezedDifference squeezed = squeeze.Squeeze(trained, Model);
            return new EncodedUpdate(squeezed, [], squeezed.Clamped);
        }

        if (state.Controls is ControlKeeper controls)
        {
            ControlledDifference contributed = controls.Contribute(trained, Model, Job.Update.Controls!, setup.BoundPolicy);
            return new EncodedUpdate(contributed, [], contributed.Clamped);
        }

        DifferencePlace place = DifferencePlace.Of(Job, slot.Round, slot.Attempt, state.ClipPosition);
        return _codec.Encode(slot.Round, (ModelParameters)trained.Model, Model, place, setup.BoundPolicy);
    }

    /// <summary>Requires that a trainer left the half of adapters that the round keeps, which its update would silently leave out otherwise.</summary>
    private void RequireFrozen(ModelParameters trained, TrainingTask task)
    {
        if (task.Moving is AdapterHalf moving)
        {
            if (trained.Layout.Digest != Job.Terms.Layout.Digest)
            {
                throw Throw.ModelOfAnotherLayout();
            }

            AdapterLayout.Of(Job.Terms.Layout).RequireFrozen(Model, trained, moving);
        }
    }

    /// <summary>
    /// Returns the attempt that the client's upload is in a sum of, or null. Under round keys the list of contributors says so. In the direct mode nothing does, and the
    /// latest upload for the round counts unless the server refused it: values of an attempt that was given up afterwards are lost then, and none counts twice.
    /// </summary>
    private int? AttemptOf(AggregateMessage message)
    {
        if (Job.Protection == JobProtection.RoundKeys)
        {
            ContributorList list = ListOf(message);
            return list.Contributors.Any(contributor => contributor.Client == setup.Identity.Client) ? list.AttemptNumber : null;
        }

        return state.Upload?.Invitation.Slot is UploadSlot slot && slot.Round == message.Round && state.Squeeze?.IsRefused == false ? slot.Attempt : null;
    }

    /// <summary>Begins a step of the job's optimizer from moments, or from the first ones; returns null without an optimizer.</summary>
    private OptimizerStep? StepFrom(OptimizerMoments? moments) => Job.Update.Optimizer is ServerOptimizer optimizer
        ? new OptimizerStep(optimizer, moments ?? OptimizerMoments.Initial(optimizer, Job.Terms.Layout.ToArrayLength()))
        : null;

    private void Use(OpenedModel opened)
    {
        Average = opened.Average;
        Model = opened.Average.Parameters;
        state.ClipPosition = opened.ClipPosition;
        state.Squeeze?.Follow(opened.Squeeze!);
        state.Controls?.Follow(opened.Mean!);
    }
}
