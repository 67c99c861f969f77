using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Models;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Training;

namespace FedHe.Tool.Parties;

/// <summary>A client of a job in its folder: takes what the inbox holds, saves its state, and only then writes messages.</summary>
internal sealed class ClientParty : IDisposable
{
    private readonly PartyFolder _folder;
    private readonly FolderSecrets _protector;
    private readonly JobPackage _package;
    private readonly EpochFiles _epochs;
    private readonly ClientIdentity _identity;
    private readonly KeyRing _keys;
    private readonly ModelStore _models;
    private readonly LedgerFile _ledger;
    private readonly FederationClient _client;

    // A member whose ledger is gone answers nothing up to this round.
    private readonly int _silentRound;

    private readonly int _begunEpoch;

    private ClientParty(
        PartyFolder folder, JobPackage package, EpochFiles epochs, ClientIdentity identity, KeyRing keys, FolderSecrets protector, ILocalTrainer trainer, BoundPolicy bounds)
    {
        _folder = folder;
        _protector = protector;
        _package = package;
        _epochs = epochs;
        _begunEpoch = folder.Notes.FirstEpoch;
        _identity = identity;
        _keys = keys;
        _models = new ModelStore(folder.Location, package.Model.Span, package.Job.Terms.Layout);
        _ledger = new LedgerFile(folder);
        byte[]? ledger = package.Job.Committee is null ? null : _ledger.Read();
        _silentRound = ledger is null ? folder.Notes.LedgerRound : 0;
        var setup = new FederationClientSetup
        {
            Job = epochs.Of(_begunEpoch),
            Identity = identity,
            Keys = keys.First,
            EpochKeys = keys.Later,
            Trainer = trainer,
            InitialModel = _models.Initial,
            BoundPolicy = bounds,
            Protector = protector,
            Privacy = PrivacyChoices.ProviderOf(folder.Notes.Promise),
            Ledger = ledger is null ? default(ReadOnlyMemory<byte>?) : ledger,
            NewestLedger = ledger is null ? null : _ledger.NewestOf(ledger),
        };
        byte[]? state = folder.ReadState(StateFiles.Round);
        _client = Create(setup, state);
        EpochBefore = Job.EpochNumber;
        if (state is not null && !folder.IsDelivered(Stamps.TextOf(state)))
        {
            // The run before ended after it saved its state, and before all messages of it were in the outbox.
            Announce();
            _client.Unacknowledged.ToList().ForEach(message => Write(message));
            folder.MarkDelivered(Stamps.TextOf(state));
        }

        _models.Keep(_client);
        FollowEpochs();
    }

    /// <summary>The job in the epoch that the client is in.</summary>
    public FederationJob Job => _client.Job;

    /// <summary>The number of the epoch that the client was in when its folder was opened.</summary>
    public int EpochBefore { get; }

    /// <summary>Whether the client is on the roster no more: it keeps its model, and the job goes on without it.</summary>
    public bool HasLeft => _client.Outcome == FederationOutcome.Left;

    public FederationClient Client => _client;

    /// <summary>Whether the client is a member of the committee that opens sums.</summary>
    public bool IsMember => Job.Committee?.Members.Contains(_client.Client) == true;

    /// <summary>The round up to which a member without its ledger answers nothing; 0 for a member that has it.</summary>
    public int SilentRound => IsMember ? _silentRound : 0;

    /// <summary>The messages that were written, by their kind.</summary>
    public List<MessageKind> Written { get; } = [];

    /// <summary>The messages that were ignored, with the reason.</summary>
    public List<(MessageKind Kind, IgnoredReason Reason)> Ignored { get; } = [];

    /// <summary>The refusals that the server gave.</summary>
    public List<RefusalReason> Refusals { get; } = [];

    /// <summary>Writes a model as a copy of the initial one with other values.</summary>
    public void WriteModel(string path, ModelParameters model) => _models.Write(path, model);

    /// <summary>The path of the newest model.</summary>
    public string ModelPath => _models.PathOf(_client);

    public static ClientParty Open(PartyFolder folder, FolderSecrets protector, ILocalTrainer? trainer = null, BoundPolicy bounds = BoundPolicy.Refuse)
    {
        JobPackage package = JobPackage.Read(folder.ReadState(StateFiles.Job)
            ?? throw ToolException.TryAgain("The client has no job yet. Deliver it from the authority, and run 'fedhe keys join'."));
        ClientIdentity? identity = null;
        KeyRing? keys = null;
        try
        {
            var epochs = EpochFiles.Read(folder.Location, package.Job);
            identity = LoadIdentity(folder, protector);
            keys = KeyRing.Load(folder, protector, package, epochs);
            return new ClientParty(folder, package, epochs, identity, keys, protector, trainer ?? new NoTrainer(folder.Notes.Samples), bounds);
        }
        catch
        {
            keys?.Dispose();
            identity?.Dispose();
            package.Context?.Dispose();
            throw;
        }
    }

    public static ClientIdentity LoadIdentity(PartyFolder folder, FolderSecrets protector)
        => ClientIdentity.Load(folder.ReadState(StateFiles.Identity) ?? throw ToolException.Refused("The client's identity is missing."), protector);

    /// <summary>Announces the client for the next round, once for every model.</summary>
    public void AnnounceForNextRound()
    {
        if (_client.ModelRound >= Job.Settings.Rounds || _client.Outcome is not null || _client.NeedsKeys || _folder.Notes.AnnouncedFor >= _client.ModelRound)
        {
            return;
        }

        if (!Written.Contains(MessageKind.Announcement))
        {
            Announce();
        }

        _folder.Note(notes => notes with { AnnouncedFor = _client.ModelRound });
    }

    /// <summary>Tells the server that the client is there, and its weight.</summary>
    public void Announce()
    {
        ReadOnlyMemory<byte> message = _client.Announce();
        var state = new System.Buffers.ArrayBufferWriter<byte>();
        _client.SaveState(state);
        _folder.WriteState(StateFiles.Round, state.WrittenSpan);
        Write(message);
        _folder.MarkDelivered(Stamps.TextOf(state.WrittenSpan));
    }

    /// <summary>
    /// Handles the inbox: invitations last and the newest one first, so that nothing is trained for a round that other messages end.
    /// </summary>
    /// <param name="leave">The kinds of messages that stay in the inbox for another command.</param>
    /// <param name="cancellationToken">Interrupts a training; its invitation stays in the inbox.</param>
    public async Task HandleInboxAsync(IReadOnlyCollection<MessageKind> leave, CancellationToken cancellationToken)
    {
        List<InboxFile> files = [.. _folder.Inbox().Where(file => file.Info is not { } info || !leave.Contains(info.Kind))];
        await OpenBoxesAgainAsync(files, cancellationToken);
        foreach (InboxFile file in files
            .OrderBy(file => file.Info?.Kind == MessageKind.Invitation)
            .ThenByDescending(file => file.Info?.Kind == MessageKind.Invitation ? (file.Info.Round, file.Info.Attempt) : default)
            .ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (file.Info is null && file.Wire == WireKind.EpochCertificate)
            {
                // It is for clients that join; this one asks the server for what it lacks.
                _folder.Done(file);
                continue;
            }

            if (file.Info is null)
            {
                _folder.SetAside(file);
                continue;
            }

            if (file.Info.Kind is MessageKind.KeyGrant or MessageKind.KeyRefusal)
            {
                if (!_client.NeedsKeys)
                {
                    _folder.Done(file);
                }

                continue;
            }

            if (file.Info.Kind is MessageKind.MemberKeyRequest or MessageKind.BoxDelivery or MessageKind.ListOffer && file.Info.Round <= _silentRound)
            {
                Ignored.Add((file.Info.Kind, IgnoredReason.Outdated));
                _folder.Done(file);
                continue;
            }

            byte[] message = file.Read();
            ClientStep step = await _client.HandleAsync(message, cancellationToken);
            if (file.Info.Kind == MessageKind.BoxDelivery && step.Ignored is null)
            {
                _folder.WriteState(StateFiles.Boxes, message);
            }

            Take(step, file.Info.Kind);
            if (step.Ignored is IgnoredReason.ServerSignature or IgnoredReason.Malformed or IgnoredReason.NotForThisClient or IgnoredReason.UnexpectedMessage or IgnoredReason.BadEpoch)
            {
                _folder.SetAside(file);
            }
            else
            {
                _folder.Done(file);
            }
        }
    }

    /// <summary>Asks the authority for the group key of the epoch that the client is in; the same request as before, where there was one.</summary>
    public void AskForKeys()
    {
        using KeyRequest request = ReadRequest() ?? new KeyRequest(Job, _identity);
        _folder.WriteState(StateFiles.KeyRequest, SavedBytes.Of(bytes => request.Save(bytes, _protector)));
        _folder.Send(PartyFolder.AuthorityName, "keyrequest", request.Bytes.Span);
        _folder.Note(notes => notes with { AskedEpoch = Job.EpochNumber });
    }

    /// <summary>Asks the server once more for the boxes of an offered list that the member could not answer for.</summary>
    public void AskForBoxesAgain()
    {
        if (!Written.Contains(MessageKind.ShareAnswer) && !Written.Contains(MessageKind.Announcement)
            && Ignored.Any(one => one is { Kind: MessageKind.ListOffer, Reason: IgnoredReason.BoxNotOpened }))
        {
            Announce();
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _models.Dispose();
        _keys.Dispose();
        _identity.Dispose();
        _package.Context?.Dispose();
    }

    private static FederationClient Create(FederationClientSetup setup, byte[]? state)
    {
        try
        {
            return state is null ? new FederationClient(setup) : FederationClient.Restore(setup, state);
        }
        catch (StateRefusedException refused) when (setup.NewestLedger is not null && refused.Error == StateError.Outdated)
        {
            throw ToolException.Refused(
                $"The ledger in the folder '{LedgerFile.FolderName}' is older than the newest one that was written here, and its member might answer twice. Delete {LedgerFile.Name} there: "
                + "the member is then silent until the round is over, and takes part again.",
                refused);
        }
    }

    /// <summary>
    /// Opens the boxes of a round again where the server asks for an answer: a command begins without what the one before it had opened.
    /// </summary>
    private async Task OpenBoxesAgainAsync(IReadOnlyCollection<InboxFile> files, CancellationToken cancellationToken)
    {
        if (!files.Any(file => file.Info?.Kind == MessageKind.ListOffer) || files.Any(file => file.Info?.Kind == MessageKind.BoxDelivery)
            || _folder.ReadState(StateFiles.Boxes) is not byte[] boxes)
        {
            return;
        }

        // The server has the report.
        Take((await _client.HandleAsync(boxes, cancellationToken)) with { Messages = [], Ignored = null }, MessageKind.BoxDelivery);
    }

    /// <summary>
    /// Keeps the certificates of the epochs that the client has entered, asks for the key of its epoch, once, and deletes keys that no saved model needs.
    /// </summary>
    private void FollowEpochs()
    {
        _epochs.Keep(_begunEpoch, _client.Certificates);
        if (_client.NeedsKeys && _folder.Notes.AskedEpoch < Job.EpochNumber)
        {
            AskForKeys();
        }

        KeyRing.Forget(_folder, _epochs, _client.ModelRound);
    }

    /// <summary>Reads the saved request for the keys of the client's epoch, or returns null where it is of an earlier one.</summary>
    private KeyRequest? ReadRequest()
    {
        try
        {
            return _folder.ReadState(StateFiles.KeyRequest) is byte[] saved ? KeyRequest.Load(saved, _protector, Job, _identity) : null;
        }
        catch (HeFormatException)
        {
            return null;
        }
    }

    private void Take(ClientStep step, MessageKind kind)
    {
        if (step.Ignored is IgnoredReason ignored)
        {
            Ignored.Add((kind, ignored));
        }

        if (step.Refusal is RefusalReason refusal)
        {
            Refusals.Add(refusal);
        }

        if (step.Ledger is SavedState ledger)
        {
            // Before the state: a member whose ledger is older than its state answers nothing in the round of the state.
            _ledger.Write(ledger);
        }

        if (step.State is SavedState state)
        {
            _folder.WriteState(StateFiles.Round, state.ToArray());
        }

        foreach (ReadOnlyMemory<byte> message in step.Messages)
        {
            Write(message);
        }

        if (step.State is SavedState saved)
        {
            _folder.MarkDelivered(Stamps.TextOf(saved.Stamp));
        }

        _models.Keep(_client);
        FollowEpochs();
        if (kind is MessageKind.Aggregate or MessageKind.Conclusion)
        {
            File.Delete(_folder.StatePath(StateFiles.Boxes));
        }
    }

    private void Write(ReadOnlyMemory<byte> message)
    {
        MessageKind kind = MessageInfo.TryRead(message.Span, out MessageInfo? info) ? info.Kind : default;
        if (kind == MessageKind.EpochVote)
        {
            _folder.Note(notes => notes with { VotedRound = info!.Round });
        }

        _folder.Send(PartyFolder.ServerName, kind.ToString().ToLowerInvariant(), message.Span);
        Written.Add(kind);
    }
}
