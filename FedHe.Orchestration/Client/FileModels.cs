using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.ModelFiles;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Files;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Client;

/// <summary>File models are a client's models and messages in files of a folder, for models of any size. A part of a model, of an upload or of an aggregate is in memory at a time.</summary>
/// <remarks>A file is durable before the state of the step names it, and the state before any message of the step leaves. So after a kill between any two steps the state names files that are whole.</remarks>
internal sealed class FileModels : IClientModels
{
    private readonly FederationClientSetup _setup;
    private readonly ModelFiles _files;
    private readonly ClientState _state;
    private readonly ClientOutbox _outbox;
    private readonly ClientFolder _folder;
    private readonly ILogger _logger;
    private readonly List<ModelFile> _retired = [];
    private readonly List<IFlatModel> _trained = [];
    private ModelFile? _model;

    /// <summary>Opens the folder of a setup for this client alone, without reading anything.</summary>
    /// <param name="setup">The parts of the client, with files.</param>
    /// <param name="state">The client's state.</param>
    /// <param name="outbox">Signs uploads.</param>
    /// <param name="logger">The log.</param>
    /// <exception cref="ClientFileException">The folder is missing, cannot be written, is another client's, or another client uses it.</exception>
    public FileModels(FederationClientSetup setup, ClientState state, ClientOutbox outbox, ILogger logger)
    {
        _setup = setup;
        _files = setup.Files!;
        _state = state;
        _outbox = outbox;
        _logger = logger;
        _folder = new ClientFolder(_files.Folder, OwnerOf(setup), _files.Disk);
    }

    public IFlatModel Newest => (IFlatModel?)_model ?? _files.InitialModel;

    public AverageSummary? Summary => _state.StoredModel?.Summary;

    public long SampleCount => _files.Trainer.SampleCount;

    public bool ReadsStreams => true;

    private bool AddsDifferences => _setup.Job.Update.Kind == UpdateKind.Difference;

    /// <summary>Opens the files that the state names, all of which are read once. Others are deleted when these are known to be there.</summary>
    /// <param name="isNewest">Whether no newer state can name other files, so that they go at once, and not after the next state.</param>
    /// <exception cref="StateRefusedException">A file is missing, or is not the one that the state names; nothing was deleted.</exception>
    public void Resume(bool isNewest)
    {
        _folder.Claim(Named());
        try
        {
            if (_state.StoredModel is StoredModel stored)
            {
                _model = new ModelFile(_folder.PathOf(stored.Name), _setup.Job.Terms.Layout);
                Require(_model.ComputeDigest() == stored.Digest);
            }

            if (_state.Upload is SentUpload { IsAcknowledged: false, Message.File: UploadFile upload })
            {
                Require(upload.IsIntact(_setup.Job.Authority.ParametersId));
            }
        }
        catch (Exception lost) when (IsLoss(lost))
        {
            throw new StateRefusedException(StateError.FileMissing, lost);
        }

        if (_state.Upload is SentUpload { IsAcknowledged: true, Message.File: UploadFile answered } sent && Holds(sent) && !IsThere(answered))
        {
            // It is of use to a server that was set back and for inspections, and the client has an answer without it.
            sent.IsLost = true;
            Log.UploadLost(_logger, _setup.Identity.Client, sent.Invitation.Slot.Round);
        }

        if (isNewest)
        {
            _folder.DeleteOthers(Named());
        }
    }

    public void BeginStep()
    {
        _trained.RemoveAll(model =>
        {
            bool isOver = !ReferenceEquals(model, _state.Result?.Model);
            if (isOver)
            {
                Release(model);
            }

            return isOver;
        });
        _retired.ForEach(model => model.Dispose());
        _retired.Clear();
        _folder.BeginStep();
    }

    public void EndStep() => _folder.EndStep(Named());

    public async Task<TrainedResult> TrainAsync(Invitation invitation, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        IFlatModel trained = await _files.Trainer.TrainAsync(Newest, task, progress, cancellationToken).ConfigureAwait(false)
            ?? throw Throw.TrainerReturnedNothing(_files.Trainer.GetType());

        // From here on the model is the client's, whatever becomes of the training.
        if (!_trained.Exists(model => ReferenceEquals(model, trained)))
        {
            _trained.Add(trained);
        }

        return trained.Layout.Digest == _setup.Job.Terms.Layout.Digest ? new TrainedResult(invitation, trained) : throw Throw.ModelOfAnotherLayout();
    }

    public void Keep(TrainedResult result)
    {
        _state.Result = result;
        _state.Touch();
    }

    public SentUpload Encrypt(IModelExchange exchange, Invitation invitation, TrainedResult trained, long weight, out long clamped)
    {
        Digest parametersId = _setup.Job.Authority.ParametersId;
        var upload = new Upload(invitation.Slot, Update: default, UpdateDigest: default) { LengthElsewhere = exchange.LengthOf(invitation) };

        // The digest of the update stands before the update, and is known behind it.
        int start = MessageFormat.WriteSigned(upload, parametersId, _setup.Identity).Length - MessageSignature.SizeInBytes;
        long length = start + upload.LengthElsewhere + MessageSignature.SizeInBytes;
        using PartFile file = _folder.Create(ClientFolder.UploadExtension);
        file.Stream.Position = start;
        var buffer = new StreamBuffer(file.Stream);
        IFlatModel values = AddsDifferences ? new ModelDifference(trained.Model, Newest) : trained.Model;
        using SteadyModel? steady = values is ModelParameters ? null : new SteadyModel(values);
        clamped = exchange.Encrypt(invitation, steady ?? values, weight, buffer).Total;
        buffer.Flush();
        if (file.Stream.Position != start + upload.LengthElsewhere)
        {
            throw new InvalidOperationException("An update has another length than was computed for it.");
        }

        Digest digest = MessageContent.Of(new StreamWindow(file.Stream, start, upload.LengthElsewhere)).ComputeDigest(start);
        byte[] signed = MessageFormat.WriteSigned(upload with { UpdateDigest = digest }, parametersId, _setup.Identity);
        file.Stream.Position = 0;
        file.Stream.Write(signed, 0, start);
        file.Stream.Position = start + upload.LengthElsewhere;
        file.Stream.Write(signed, start, MessageSignature.SizeInBytes);
        file.Keep();
        var written = new UploadFile(file.Name, _folder.PathOf(file.Name), length, signed);
        _outbox.Remember(written.Digest);
        return new SentUpload(invitation, new SignedMessage(written), written.Digest);
    }

    public bool Holds(SentUpload upload) => !upload.IsLost && (_files.KeepsAcknowledgedUploads || !upload.IsAcknowledged);

    public IgnoredReason? TryOpen(IModelExchange exchange, AggregateMessage message, ReadOnlyMemory<byte> bytes)
    {
        StoredModel? next = null;
        if (exchange.TryOpen(message, _state, (decryptor, aggregate, _) => next = Decrypt(decryptor, aggregate)) is IgnoredReason reason)
        {
            return reason;
        }

        var model = new ModelFile(_folder.PathOf(next!.Name), _setup.Job.Terms.Layout);
        if (_model is not null)
        {
            _retired.Add(_model);
        }

        _model = model;
        _state.StoredModel = next;
        return null;
    }

    public bool IsIntact(SentUpload upload) => IsThere(upload.Message.File!);

    public void Dispose()
    {
        _trained.ForEach(Release);
        _retired.ForEach(model => model.Dispose());
        _model?.Dispose();
        _folder.Dispose();
    }

    /// <summary>Disposes a model that a trainer returned, unless it is one that the trainer got, which may still be read.</summary>
    private void Release(IFlatModel trained)
    {
        if (ReferenceEquals(trained, _files.InitialModel) || ReferenceEquals(trained, _model) || _retired.Exists(model => ReferenceEquals(trained, model)))
        {
            return;
        }

        try
        {
            (trained as IDisposable)?.Dispose();
        }
        catch (Exception fault)
        {
            // The host's code fails at something of its own, for which no step and no upload is lost.
            Log.ModelNotReleased(_logger, _setup.Identity.Client, fault.GetType().Name);
        }
    }

    /// <summary>Tells whether a file has the upload that the client signed.</summary>
    private bool IsThere(UploadFile upload)
    {
        try
        {
            return upload.IsIntact(_setup.Job.Authority.ParametersId);
        }
        catch (Exception lost) when (IsLoss(lost))
        {
            return false;
        }
    }

    private static bool IsLoss(Exception fault) => fault is FileNotFoundException or EndOfStreamException or HeFormatException;

    /// <summary>Writes the next model while it is decrypted. Everything of the aggregate was verified, and a stream that changed since is found out while it is read.</summary>
    private StoredModel Decrypt(AggregateDecryptor decryptor, EncryptedAggregate aggregate)
    {
        using PartFile file = _folder.Create(ClientFolder.ModelExtension);
        using var writer = new ModelFileWriter(file.Stream, _setup.Job.Terms.Layout);
        AverageSummary summary = AddsDifferences ? decryptor.DecryptDifference(aggregate, new OwnModel(Newest), writer) : decryptor.Decrypt(aggregate, writer);
        Digest digest = writer.Complete();
        file.Keep();
        return new StoredModel(file.Name, digest, summary);
    }

    /// <summary>The names of the files that the state names and needs.</summary>
    private HashSet<string> Named()
    {
        var named = new HashSet<string>();
        if (_state.StoredModel is StoredModel model)
        {
            named.Add(model.Name);
        }

        if (_state.Upload is SentUpload { Message.File: UploadFile upload } sent && Holds(sent))
        {
            named.Add(upload.Name);
        }

        return named;
    }

    private static void Require(bool isIntact)
    {
        if (!isIntact)
        {
            throw new StateRefusedException(StateError.FileMissing);
        }
    }

    /// <summary>Returns the name of a client in its job, by which a folder knows whose it is.</summary>
    private static Guid OwnerOf(FederationClientSetup setup)
        => new(SHA256.HashData(ClientStateFormat.ContextOf(setup)).AsSpan(0, 16));
}
