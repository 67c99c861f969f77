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
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A federation client is one client of a job: it trains when invited, uploads encrypted updates and decrypts
/// aggregates. The client has no transport and no thread of its own: the host passes messages in, one at a time, and
/// delivers the answers to the server.
/// </summary>
/// <remarks>Source: FedML-HE, Algorithm 1, the client's part.</remarks>
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
    private readonly UpdateEncryptor _encryptor;
    private readonly AggregateDecryptor _decryptor;
    private readonly AggregateReader _reader;
    private readonly int _maxMessageBytes;
    private readonly TimeProvider _time;
    private readonly IProgress<ClientProgress>? _progress;
    private readonly ILogger _logger;

    private Digest _modelDigest;
    private ModelParameters _template;
    private Invitation? _pending;
    private SentUpload? _lastUpload;

    /// <summary>Creates a client that starts from the initial model.</summary>
    /// <param name="setup">The parts of the client.</param>
    /// <exception cref="HeMismatchException">
    /// The keys, the encryptor or the initial model do not belong to the job, or the job's mask is not the one that the
    /// client agreed upon.
    /// </exception>
    /// <exception cref="InsecureFederationException">The job protects nothing, and the setup does not allow that.</exception>
    /// <exception cref="ModelValueException">A value of the initial model is not finite or outside its bound.</exception>
    public FederationClient(FederationClientSetup setup)
    {
        FederationClientSetup.Validate(setup);
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
        _modelDigest = _job.InitialModelDigest;
    }

    /// <summary>The name of the client.</summary>
    public ClientId Client => _identity.Client;

    /// <summary>The newest global model that the client has, with the client's own buffers.</summary>
    public ModelParameters GlobalModel { get; private set; }

    /// <summary>The round of <see cref="GlobalModel"/>; 0 for the initial model.</summary>
    public int ModelRound { get; private set; }

    /// <summary>The newest decrypted aggregate with its error bounds, or null before the first one.</summary>
    public AveragedModel? LatestAverage { get; private set; }

    /// <summary>The outcome that the server reported, or null while the job has not ended.</summary>
    public FederationOutcome? Outcome { get; private set; }

    /// <summary>The reason why the latest message was ignored, or null when it was not ignored.</summary>
    public IgnoredReason? LastIgnored { get; private set; }

    /// <summary>The latest reason that the server gave for refusing a message, or null.</summary>
    public RefusalReason? LastRefusal { get; private set; }

    /// <summary>
    /// The latest upload if the server has not acknowledged it yet, or else null. Sending the same bytes again is safe.
    /// </summary>
    public ReadOnlyMemory<byte>? UnacknowledgedUpload
        => _lastUpload is { IsAcknowledged: false } upload ? upload.Bytes : default(ReadOnlyMemory<byte>?);

    /// <summary>
    /// Creates the message that announces the client to the server; send it at the start and after every interruption.
    /// </summary>
    public ReadOnlyMemory<byte> Announce() => Sign(new Announcement(_job.JobId, Client, _job.Digest, _job.Terms.Mask.Digest));

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
    /// <remarks>Exceptions of the trainer pass through; the client is unchanged and can still be used.</remarks>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> HandleAsync(
        ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        LastIgnored = null;
        if (!MessageFormat.TryRead(message, _job.Authority.ParametersId, _maxMessageBytes, out FederationMessage? parsed, out _))
        {
            return Ignore(IgnoredReason.Malformed);
        }

        if (parsed.JobId != _job.JobId)
        {
            return Ignore(IgnoredReason.NotForThisClient);
        }

        switch (parsed)
        {
            case Invitation invitation:
                return await HandleInvitationAsync(invitation, cancellationToken).ConfigureAwait(false);
            case AggregateMessage aggregate:
                return await HandleAggregateAsync(aggregate, message.Length, cancellationToken).ConfigureAwait(false);
            case Acknowledgement acknowledgement:
                HandleAcknowledgement(acknowledgement);
                return [];
            case Conclusion conclusion:
                Outcome = conclusion.Outcome;
                return [];
            default:
                return Ignore(IgnoredReason.UnexpectedMessage);
        }
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> HandleInvitationAsync(
        Invitation invitation, CancellationToken cancellationToken)
    {
        if (invitation.Slot.Client != Client)
        {
            return Ignore(IgnoredReason.NotForThisClient);
        }

        if (_lastUpload is SentUpload sent && sent.Slot == invitation.Slot)
        {
            // Never encrypt something else for the same attempt: the server might have the first upload already.
            return [sent.Bytes];
        }

        if (invitation.BaseRound < ModelRound
            || invitation.Slot.Round > _job.Settings.Rounds
            || invitation.Slot.Attempt > _job.Settings.MaxAttempts
            || _lastUpload?.IsAfter(invitation.Slot) == true)
        {
            return Ignore(IgnoredReason.Outdated);
        }

        if (invitation.BaseRound > ModelRound)
        {
            Log.CatchingUp(_logger, Client, invitation.BaseRound);
            _pending = invitation;
            return [Sign(new AggregateRequest(_job.JobId, Client, invitation.BaseRound))];
        }

        _pending = null;
        return invitation.BaseDigest == _modelDigest
            ? [await TrainAsync(invitation, cancellationToken).ConfigureAwait(false)]
            : Ignore(IgnoredReason.WrongBaseModel);
    }

    private async Task<ReadOnlyMemory<byte>> TrainAsync(Invitation invitation, CancellationToken cancellationToken)
    {
        Log.Training(_logger, Client, invitation.Slot.Round, invitation.Slot.Attempt);
        LocalTrainingResult result;
        using (var phase = MeasuredPhase.Train(_time))
        {
            TrainingReporter? reporter = _progress is null ? null : new TrainingReporter(_progress, Client, invitation.Slot.Round);
            result = await _trainer.TrainAsync(GlobalModel, invitation.Task, reporter, cancellationToken).ConfigureAwait(false);
            Report(invitation.Slot.Round, ClientPhase.Trained, phase.Elapsed, messageLength: 0);
        }

        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfLessThan(result.SampleCount, 1);
        byte[] upload = Encrypt(invitation, result);
        _lastUpload = new SentUpload(invitation.Slot, upload);
        _template = result.Parameters;
        return upload;
    }

    private byte[] Encrypt(Invitation invitation, LocalTrainingResult result)
    {
        using var phase = MeasuredPhase.Encrypt(_time);
        long weight = Math.Min(result.SampleCount, Math.Min(invitation.Task.WeightLimit, _job.Terms.MaxWeight));
        // All uploads of a job have about the same length.
        var bytes = new ArrayBufferWriter<byte>(_lastUpload?.Bytes.Length ?? SmallestUpload);
        ClampReport clamped = _encryptor.Write(result.Parameters, weight, invitation.Slot, bytes);
        if (clamped.Total > 0)
        {
            Log.Clamped(_logger, Client, clamped.Total, invitation.Slot.Round);
        }

        byte[] upload = Sign(new Upload(invitation.Slot, bytes.WrittenMemory));
        Log.UpdateEncrypted(_logger, Client, invitation.Slot.Round, upload.Length);
        Report(invitation.Slot.Round, ClientPhase.Encrypted, phase.Elapsed, upload.Length);
        return upload;
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> HandleAggregateAsync(
        AggregateMessage message, int messageLength, CancellationToken cancellationToken)
    {
        if (message.Round <= ModelRound)
        {
            return Ignore(IgnoredReason.Outdated);
        }

        if (Decrypt(message, messageLength) is IgnoredReason reason)
        {
            return Ignore(reason);
        }

        if (_pending is not Invitation pending)
        {
            return [];
        }

        _pending = null;
        return await HandleInvitationAsync(pending, cancellationToken).ConfigureAwait(false);
    }

    private IgnoredReason? Decrypt(AggregateMessage message, int messageLength)
    {
        using var phase = MeasuredPhase.Decrypt(_time);
        if (!_reader.TryRead(message.Aggregate, out EncryptedAggregate? aggregate, out _))
        {
            return IgnoredReason.BadAggregate;
        }

        using (aggregate)
        {
            if (aggregate.JobId != _job.JobId || aggregate.Round != message.Round || message.Round > _job.Settings.Rounds)
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
            ModelRound = message.Round;
            _modelDigest = Digest.Compute(message.Aggregate.Span);
            Log.ModelReceived(_logger, Client, ModelRound, aggregate.Contributions);
            Report(ModelRound, ClientPhase.Decrypted, phase.Elapsed, messageLength);
            return null;
        }
    }

    private void HandleAcknowledgement(Acknowledgement acknowledgement)
    {
        if (acknowledgement.Reason != RefusalReason.None)
        {
            LastRefusal = acknowledgement.Reason;
            Log.Refused(_logger, Client, acknowledgement.Reason);
        }

        _lastUpload?.Acknowledge(acknowledgement.MessageDigest);
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
