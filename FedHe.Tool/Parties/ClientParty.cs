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
    private readonly JobPackage _package;
    private readonly ClientIdentity _identity;
    private readonly ClientKeys _keys;
    private readonly ModelStore _models;
    private readonly FederationClient _client;

    private ClientParty(PartyFolder folder, JobPackage package, ClientIdentity identity, ClientKeys keys, FolderSecrets protector, ILocalTrainer trainer, BoundPolicy bounds)
    {
        _folder = folder;
        _package = package;
        _identity = identity;
        _keys = keys;
        _models = new ModelStore(folder.Location, package);
        var setup = new FederationClientSetup
        {
            Job = package.Job,
            Identity = identity,
            Keys = keys,
            Trainer = trainer,
            InitialModel = _models.Initial,
            BoundPolicy = bounds,
            Protector = protector,
        };
        byte[]? state = folder.ReadState(StateFiles.Round);
        _client = state is null ? new FederationClient(setup) : FederationClient.Restore(setup, state);
        if (state is not null && !folder.IsDelivered(Stamps.TextOf(state)))
        {
            // The run before ended after it saved its state, and before all messages of it were in the outbox.
            Announce();
            _client.Unacknowledged.ToList().ForEach(message => Write(message));
            folder.MarkDelivered(Stamps.TextOf(state));
        }

        _models.Keep(_client);
    }

    public FederationJob Job => _package.Job;

    public FederationClient Client => _client;

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
        ClientKeys? keys = null;
        try
        {
            identity = LoadIdentity(folder, protector);
            keys = ClientKeys.Load(
                folder.ReadState(StateFiles.ClientKeys) ?? throw ToolException.TryAgain("The client has no keys of the job yet. Deliver the authority's answer, and run 'fedhe keys open'."),
                protector,
                package.Context);
            return new ClientParty(folder, package, identity, keys, protector, trainer ?? new NoTrainer(folder.Notes.Samples), bounds);
        }
        catch
        {
            keys?.Dispose();
            identity?.Dispose();
            package.Context.Dispose();
            throw;
        }
    }

    public static ClientIdentity LoadIdentity(PartyFolder folder, FolderSecrets protector)
        => ClientIdentity.Load(folder.ReadState(StateFiles.Identity) ?? throw ToolException.Refused("The client's identity is missing."), protector);

    /// <summary>Announces the client for the next round, once for every model.</summary>
    public void AnnounceForNextRound()
    {
        if (_client.ModelRound >= Job.Settings.Rounds || _client.Outcome is not null || _folder.Notes.AnnouncedFor >= _client.ModelRound)
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
        IEnumerable<InboxFile> files = _folder.Inbox().Where(file => file.Info is not { } info || !leave.Contains(info.Kind));
        foreach (InboxFile file in files
            .OrderBy(file => file.Info?.Kind == MessageKind.Invitation)
            .ThenByDescending(file => file.Info?.Kind == MessageKind.Invitation ? (file.Info.Round, file.Info.Attempt) : default)
            .ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (file.Info is null)
            {
                _folder.SetAside(file);
                continue;
            }

            ClientStep step = await _client.HandleAsync(file.Read(), cancellationToken);
            Take(step, file.Info.Kind);
            if (step.Ignored is IgnoredReason.ServerSignature or IgnoredReason.Malformed or IgnoredReason.NotForThisClient or IgnoredReason.UnexpectedMessage)
            {
                _folder.SetAside(file);
            }
            else
            {
                _folder.Done(file);
            }
        }
    }

    public void Dispose()
    {
        _models.Dispose();
        _keys.Dispose();
        _identity.Dispose();
        _package.Context.Dispose();
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
    }

    private void Write(ReadOnlyMemory<byte> message)
    {
        MessageKind kind = MessageInfo.TryRead(message.Span, out MessageInfo? info) ? info.Kind : default;
        _folder.Send(PartyFolder.ServerName, kind.ToString().ToLowerInvariant(), message.Span);
        Written.Add(kind);
    }
}
