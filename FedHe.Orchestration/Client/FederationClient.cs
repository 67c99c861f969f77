using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Concurrency;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A federation client is one client of a job: it trains when invited, uploads encrypted updates and decrypts
/// aggregates. The client has no transport and no thread of its own: the host passes messages in, one at a time, and
/// delivers the answers to the server.
/// </summary>
/// <remarks>
/// The client follows only messages that the server named in the job has signed. Source: FedML-HE, Algorithm 1, the client's
/// part.
/// </remarks>
/// <example>
/// <code>
/// // The host sends the messages of the outbox to the server, and passes in the bytes that arrive: byte[] received.
/// var setup = new FederationClientSetup { Job = job, Identity = identity, Keys = keys, Trainer = trainer, InitialModel = model };
/// var client = new FederationClient(setup);
/// var outbox = new Queue&lt;ReadOnlyMemory&lt;byte&gt;&gt;([client.Announce()]);
/// foreach (ReadOnlyMemory&lt;byte&gt; answer in await client.HandleAsync(received))
/// {
///     outbox.Enqueue(answer);
/// }
/// </code>
/// </example>
public sealed class FederationClient
{
    private const int SmallestUpload = 1 << 12;

    private readonly FederationJob _job;
    private readonly ClientIdentity _identity;
    private readonly ILocalTrainer _trainer;
    private readonly IAggregationStrategy _strategy;
    private readonly UpdateEncryptor _encryptor;
    private readonly AggregateDecryptor _decryptor;
    private readonly AggregateReader _reader;
    private readonly int _maxMessageBytes;
    private readonly TimeProvider _time;
    private readonly IProgress<ClientProgress>? _progress;
    private readonly ILogger _logger;
    private readonly ClientState _state;
    private readonly SentMessages _sent = new();
    private readonly ExclusiveUse _use = new(nameof(FederationClient));
    private ModelParameters _template;

    /// <summary>Creates a client that starts from the initial model.</summary>
    /// <param name="setup">The parts of the client.</param>
    /// <exception cref="HeMismatchException">
    /// The keys, the encryptor, the strategy or the initial model do not belong to the job, or the job's mask is not the
    /// one that the client agreed upon.
    /// </exception>
    /// <exception cref="InsecureFederationException">The job protects nothing, and the setup does not allow that.</exception>
    /// <exception cref="ModelValueException">A value of the initial model is not finite or outside its bound.</exception>
    /// <exception cref="NotSupportedException">
    /// This package has no strategy with the job's strategy name, and the setup has none.
    /// </exception>
    /// <exception cref="ArgumentException">The strategy refuses the job's settings.</exception>
    public FederationClient(FederationClientSetup setup)
    {
        _strategy = FederationClientSetup.Validate(setup);
        _job = setup.Job;
        _identity = setup.Identity;
        _trainer = setup.Trainer;
        IEncryptor encryptor = setup.Encryptor ?? setup.Keys.CreateEncryptor(setup.UploadForm);
        _encryptor = new UpdateEncryptor(encryptor, setup.Keys.Context, _job.Terms, setup.BoundPolicy);
        _decryptor = new AggregateDecryptor(setup.Keys.CreateDecryptor(), _job.Terms);
        _reader = new AggregateReader(setup.Keys.Context, _job.Terms);
        _maxMessageBytes = setup.Safety.MaxMessageBytes;
        _time = setup.Time;
        _progress = setup.Progress;
        _logger = setup.Logger ?? NullLogger<FederationClient>.Instance;
        GlobalModel = setup.InitialModel;
        _template = setup.InitialModel;
        _state = new ClientState { ModelDigest = _job.InitialModelDigest };
    }

    /// <summary>The name of the client.</summary>
    public ClientId Client => _identity.Client;

    /// <summary>The newest global model that the client has, with the client's own buffers.</summary>
    public ModelParameters GlobalModel { get; private set; }

    /// <summary>The round of <see cref="GlobalModel"/>; 0 for the initial model.</summary>
    public int ModelRound => _state.ModelRound;

    /// <summary>The newest decrypted aggregate with its error bounds, or null before the first one.</summary>
    public AveragedModel? LatestAverage { get; private set; }

    /// <summary>The outcome that the server reported, or null while the job has not ended.</summary>
    public FederationOutcome? Outcome => _state.Outcome;

    /// <summary>The reason why the latest message was ignored, or null when it was not ignored.</summary>
    public IgnoredReason? LastIgnored { get; private set; }

    /// <summary>The latest reason that the server gave for refusing a message, or null.</summary>
    public RefusalReason? LastRefusal { get; private set; }

    /// <summary>
    /// The latest upload if the server has not acknowledged it yet, or else null. Sending the same bytes again is safe.
    /// </summary>
    public ReadOnlyMemory<byte>? UnacknowledgedUpload
        => _state.Upload is { IsAcknowledged: false } upload ? upload.Bytes : default(ReadOnlyMemory<byte>?);

    /// <summary>
    /// Creates the message that announces the client to the server; send it at the start and after every interruption. It
    /// may be called while a message is being handled.
    /// </summary>
    public ReadOnlyMemory<byte> Announce() => Send(new Announcement(_job.JobId, Client, _job.Digest, _job.Terms.Mask.Digest));

    /// <summary>
    /// Handles a message from the server and returns the answers. A message that does not belong here is ignored: see
    /// <see cref="LastIgnored"/>.
    /// </summary>
    /// <param name="message">The bytes that arrived; untrusted.</param>
    /// <param name="cancellationToken">Cancels training, which leaves the client unchanged.</param>
    /// <returns>Messages to deliver to the server.</returns>
    /// <exception cref="OperationCanceledException">Training was canceled.</exception>
    /// <exception cref="ModelValueException">The trained model cannot be encrypted; nothing is sent.</exception>
    /// <exception cref="HeMismatchException">
    /// The trained model has another layout than the job; nothing is sent.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The trainer counted less than one sample; nothing is sent.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The keys or the identity were disposed; nothing is sent.</exception>
    /// <exception cref="InvalidOperationException">An earlier message is still being handled; this one changes nothing.</exception>
    /// <remarks>Exceptions of the trainer pass through; the client is unchanged and can still be used.</remarks>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> HandleAsync(
        ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        using ExclusiveUse.Call call = _use.Begin();
        LastIgnored = null;
        if (!MessageFormat.TryRead(message, _job.Authority.ParametersId, _maxMessageBytes, out FederationMessage? parsed, out _))
        {
            return Ignore(IgnoredReason.Malformed);
        }

        if (parsed is not ServerMessage)
        {
            return Ignore(IgnoredReason.UnexpectedMessage);
        }

        if (parsed.JobId != _job.JobId)
        {
            return Ignore(IgnoredReason.NotForThisClient);
        }

        if (!MessageSignature.Verifies(message.Span, MessageSigner.Server, _job.ServerKey))
        {
            return Ignore(IgnoredReason.ServerSignature);
        }

        return parsed switch
        {
            Invitation invitation => await HandleAsync(invitation, cancellationToken).ConfigureAwait(false),
            AggregateMessage aggregate => await HandleAsync(aggregate, message.Length, cancellationToken).ConfigureAwait(false),
            Acknowledgement acknowledgement => Handle(acknowledgement),
            Conclusion conclusion => Handle(conclusion),
            _ => Ignore(IgnoredReason.UnexpectedMessage),
        };
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> HandleAsync(Invitation invitation, CancellationToken cancellationToken)
    {
        if (ClientRules.Check(invitation, _state, _job, Client) is IgnoredReason reason)
        {
            return Ignore(reason);
        }

        if (_state.Upload is SentUpload sent && sent.Slot == invitation.Slot)
        {
            // Never encrypt something else for the same attempt: the server might have the first upload already.
            return [sent.Bytes];
        }

        _state.Latest = invitation;
        if (invitation.BaseRound > ModelRound)
        {
            Log.CatchingUp(_logger, Client, invitation.BaseRound);
            _state.Pending = invitation;
            return [Request(invitation.BaseRound)];
        }

        _state.Pending = null;
        return [await TrainAsync(invitation.Slot, cancellationToken).ConfigureAwait(false)];
    }

    private async Task<ReadOnlyMemory<byte>> TrainAsync(UploadSlot slot, CancellationToken cancellationToken)
    {
        Log.Training(_logger, Client, slot.Round, slot.Attempt);
        TrainingTask task = _strategy.TaskOf(_job, slot.Round, Client);
        LocalTrainingResult result;
        using (var phase = MeasuredPhase.Train(_time))
        {
            TrainingReporter? reporter = _progress is null ? null : new TrainingReporter(_progress, Client, slot.Round);
            result = await _trainer.TrainAsync(GlobalModel, task, reporter, cancellationToken).ConfigureAwait(false);
            Report(slot.Round, ClientPhase.Trained, phase.Elapsed, messageLength: 0);
        }

        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfLessThan(result.SampleCount, 1);
        byte[] upload = Encrypt(slot, result.Parameters, Math.Min(result.SampleCount, task.WeightLimit));
        _state.Upload = new SentUpload(slot, upload);
        _sent.Add(_state.Upload.Digest);
        _template = result.Parameters;
        return upload;
    }

    private byte[] Encrypt(UploadSlot slot, ModelParameters trained, long weight)
    {
        using var phase = MeasuredPhase.Encrypt(_time);

        // All uploads of a job have about the same length.
        var bytes = new ArrayBufferWriter<byte>(_state.Upload?.Bytes.Length ?? SmallestUpload);
        ClampReport clamped = _encryptor.Write(trained, weight, slot, bytes);
        if (clamped.Total > 0)
        {
            Log.Clamped(_logger, Client, clamped.Total, slot.Round);
        }

        byte[] upload = Sign(new Upload(slot, bytes.WrittenMemory));
        Log.UpdateEncrypted(_logger, Client, slot.Round, upload.Length);
        Report(slot.Round, ClientPhase.Encrypted, phase.Elapsed, upload.Length);
        return upload;
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> HandleAsync(
        AggregateMessage message, int messageLength, CancellationToken cancellationToken)
    {
        var digest = Digest.Compute(message.Aggregate.Span);
        if ((ClientRules.CheckAggregate(message.Round, digest, _state, _job) ?? Decrypt(message, digest, messageLength)) is IgnoredReason reason)
        {
            return Ignore(reason);
        }

        return _state.Pending is Invitation pending && pending.BaseRound == ModelRound
            ? await HandleAsync(pending, cancellationToken).ConfigureAwait(false)
            : [];
    }

    private IgnoredReason? Decrypt(AggregateMessage message, Digest digest, int messageLength)
    {
        using var phase = MeasuredPhase.Decrypt(_time);
        if (!_reader.TryRead(message.Aggregate, out EncryptedAggregate? aggregate, out _))
        {
            return IgnoredReason.BadAggregate;
        }

        using (aggregate)
        {
            if (aggregate.JobId != _job.JobId || aggregate.Round != message.Round)
            {
                return IgnoredReason.BadAggregate;
            }

            if (aggregate.Contributions < _job.Settings.MinimumContributors)
            {
                return IgnoredReason.TooFewContributors;
            }

            try
            {
                LatestAverage = _decryptor.Decrypt(aggregate, _template);
            }
            catch (HeException)
            {
                // The aggregate is encrypted under another key, or its hidden weights are too small compared with the
                // noise.
                return IgnoredReason.BadAggregate;
            }

            GlobalModel = LatestAverage.Parameters;
            _state.ModelRound = message.Round;
            _state.ModelDigest = digest;
            Log.ModelReceived(_logger, Client, ModelRound, aggregate.Contributions);
            Report(ModelRound, ClientPhase.Decrypted, phase.Elapsed, messageLength);
            return null;
        }
    }

    private ReadOnlyMemory<byte>[] Handle(Acknowledgement acknowledgement)
    {
        if (!_sent.Contains(acknowledgement.MessageDigest))
        {
            return Ignore(IgnoredReason.UnknownMessage);
        }

        if (acknowledgement.Reason != RefusalReason.None)
        {
            LastRefusal = acknowledgement.Reason;
            Log.Refused(_logger, Client, acknowledgement.Reason);
        }

        _state.Upload?.Acknowledge(acknowledgement.MessageDigest);
        return [];
    }

    private ReadOnlyMemory<byte>[] Handle(Conclusion conclusion)
    {
        if (ClientRules.Check(conclusion.Outcome, _state, _job) is IgnoredReason reason)
        {
            return Ignore(reason);
        }

        _state.Outcome = conclusion.Outcome;
        _state.Pending = null;

        // No invitation follows that would make up for a lost aggregate, so a client that lacks the last one asks for it now.
        return conclusion.Outcome == FederationOutcome.Completed && ModelRound < _job.Settings.Rounds
            ? [Request(_job.Settings.Rounds)]
            : [];
    }

    /// <summary>Asks for the aggregate of a round.</summary>
    private byte[] Request(int round)
    {
        _state.RequestedRound = round;
        return Send(new AggregateRequest(_job.JobId, Client, round));
    }

    /// <summary>Signs a message and remembers it, to recognize its acknowledgement.</summary>
    private byte[] Send(ClientMessage message)
    {
        byte[] bytes = Sign(message);
        _sent.Add(Digest.Compute(bytes));
        return bytes;
    }

    private byte[] Sign(ClientMessage message) => MessageFormat.WriteSigned(message, _job.Authority.ParametersId, _identity);

    private ReadOnlyMemory<byte>[] Ignore(IgnoredReason reason)
    {
        LastIgnored = reason;
        Log.MessageIgnored(_logger, Client, reason);
        return [];
    }

    private void Report(int round, ClientPhase phase, TimeSpan elapsed, int messageLength)
        => _progress?.Report(new ClientProgress(Client, round, phase, Share: 1, elapsed, messageLength));

    /// <summary>Forwards a trainer's progress as the client's progress.</summary>
    private sealed class TrainingReporter(IProgress<ClientProgress> progress, ClientId client, int round) : IProgress<double>
    {
        public void Report(double value) => progress.Report(
            new ClientProgress(client, round, ClientPhase.Training, Math.Clamp(value, 0, 1), TimeSpan.Zero, MessageLength: 0));
    }
}
