using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>The server of a job in its folder: takes what the inbox holds, saves its state, and only then writes messages.</summary>
internal sealed class ServerParty : IDisposable
{
    private const string Certificate = "certificate";

    private readonly PartyFolder _folder;
    private readonly JobPackage _package;
    private readonly EpochFiles _epochs;
    private readonly ServerIdentity _identity;
    private readonly CommandClock _clock = new();
    private readonly FederationServer _server;
    private readonly bool _isNew;
    private bool _hasBegun;

    private ServerParty(PartyFolder folder, JobPackage package, ServerIdentity identity, byte[]? state)
    {
        _folder = folder;
        _package = package;
        _epochs = EpochFiles.Begin(folder.Location, package.Job);
        _identity = identity;
        _isNew = state is null;
        var setup = new FederationServerSetup { Context = package.PublicContext, Job = package.Job, Identity = identity, Time = _clock };
        _server = state is null ? new FederationServer(setup) : FederationServer.Restore(setup, state, NewestOf(folder, state));
        _epochs.Keep(1, _server.Certificates);
    }

    /// <summary>The job in its current epoch.</summary>
    public FederationJob Job => _server.Job;

    public FederationServer Server => _server;

    public PartyNotes Notes => _folder.Notes;

    /// <summary>Whether invitations go out; other commands hold them back, because `round open` writes them.</summary>
    public required bool Invites { get; init; }

    /// <summary>The attempts that ended while the inbox was handled.</summary>
    public List<RoundReport> Closed { get; } = [];

    /// <summary>The epochs that began while the inbox was handled.</summary>
    public List<int> Begun { get; } = [];

    /// <summary>The messages that were written, by their kind.</summary>
    public List<MessageKind> Written { get; } = [];

    /// <summary>The messages that were refused, with the reason.</summary>
    public List<string> Refused { get; } = [];

    /// <summary>Whether a plan in the inbox was refused.</summary>
    public bool HasRefusedPlan { get; private set; }

    /// <summary>Opens the server's folder after making sure that no key lies in it.</summary>
    public static ServerParty Open(PartyFolder folder, FolderSecrets protector, bool invites)
    {
        JobPackage package = JobPackage.Read(folder.ReadState(StateFiles.Job)
            ?? throw ToolException.TryAgain("The server has no job yet. Deliver it from the authority, and run 'fedhe keys join'."));
        try
        {
            var identity = ServerIdentity.Load(folder.ReadState(StateFiles.Identity) ?? throw ToolException.Refused("The server's identity is missing."), protector);
            return new ServerParty(folder, package, identity, folder.ReadState(StateFiles.Round)) { Invites = invites };
        }
        catch
        {
            package.Context?.Dispose();
            throw;
        }
    }

    /// <summary>Looks at the inbox without taking anything.</summary>
    public IReadOnlyList<InboxFile> Waiting() => _folder.Inbox();

    /// <summary>Whether anything is left to write of the run before, which ended early.</summary>
    public bool OwesMessages => !_isNew && !_folder.IsDelivered(Stamps.TextOf(_folder.ReadState(StateFiles.Round)!));

    /// <summary>Whether members of the committee that can be reached still owe the keys of the round, without which it does not begin.</summary>
    public bool AwaitsMemberKeys
        => _server.AwaitedMembers.Any(one => one.Value == MessageKind.MemberKey && _server.AvailableClients.Contains(one.Key));

    /// <summary>The clients on the roster that have the model that the current round begins from; a client that joins has none before the first sum.</summary>
    public IReadOnlyList<ClientId> Trainers
        => [.. Job.Roster.Clients.Where(client => _epochs.OfRound(_server.LastAggregatedRound).Roster.TryGetKey(client, out _))];

    /// <summary>The plan that was proposed, of an epoch that has not begun, or null.</summary>
    public EpochPlan? OpenPlan => _epochs.ReadNextPlan(_folder.ReadState(StateFiles.Plan));

    /// <summary>Handles the inbox.</summary>
    /// <param name="cancellationToken">Interrupts the work between two messages.</param>
    /// <param name="takes">The messages to handle; the others stay in the inbox. Null for all.</param>
    public void HandleInbox(CancellationToken cancellationToken, Predicate<InboxFile>? takes = null)
    {
        // A plan of an epoch waits for the operator, who proposes it.
        foreach (InboxFile file in _folder.Inbox().Where(file => file.Wire != WireKind.EpochPlan && takes?.Invoke(file) != false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (file.Info is null)
            {
                _folder.SetAside(file);
                Refused.Add($"{file.Name}: not a message of a federation");
                continue;
            }

            Begin();
            ServerStep step = _server.Handle(file.Read());
            Take(step, file.Info.Client);
            if (step.Refusal == RefusalReason.None || IsLate(file.Info.Kind, step.Refusal))
            {
                _folder.Done(file);
                continue;
            }

            Refused.Add($"{file.Name}: {step.Refusal}");
            _folder.SetAside(file);
        }
    }

    /// <summary>
    /// Proposes the newest plan of the next epoch in the inbox or, where there is none, the one that was proposed before: a server that was set
    /// back has forgotten it. A plan that comes late is taken out of the inbox, and one that does not hold is put aside.
    /// </summary>
    /// <returns>Why a plan is not proposed now, or null.</returns>
    public string? Propose()
    {
        Begin();
        EpochPlan? plan = OpenPlan;
        InboxFile? source = null;
        foreach (InboxFile file in _folder.Inbox().Where(file => file.Wire == WireKind.EpochPlan))
        {
            EpochPlan? read = _epochs.ReadPlan(file.Read());
            if (read is null)
            {
                RefusePlan(file, "not a plan of an epoch of this job");
            }
            else if (read.Number <= Job.EpochNumber)
            {
                _folder.Done(file);
            }
            else if (Check(read) is string fault)
            {
                RefusePlan(file, fault);
            }
            else
            {
                // The last one counts.
                if (source is not null)
                {
                    _folder.Done(source);
                }

                (plan, source) = (read, file);
            }
        }

        if (plan is null)
        {
            return null;
        }

        try
        {
            Take(_server.Propose(plan), null);
        }
        catch (InvalidOperationException underWay)
        {
            return underWay.Message;
        }

        _folder.WriteState(StateFiles.Plan, SavedBytes.Of(plan.WriteTo));
        if (source is not null)
        {
            _folder.Done(source);
        }

        return null;
    }

    /// <summary>
    /// Writes the certificate of the latest epoch for the authority, and all of them for the clients that joined in any epoch and that the server
    /// has not heard of: the others have theirs, or ask.
    /// </summary>
    public void SendCertificates()
    {
        if (_epochs.Latest is not EpochCertificate latest)
        {
            return;
        }

        _folder.Send(PartyFolder.AuthorityName, Certificate, latest.Bytes.Span);
        foreach (ClientId joining in Job.Roster.Clients.Where(client => !IsOn(_package.Job, client) && !_server.AvailableClients.Contains(client)))
        {
            foreach (EpochCertificate certificate in _epochs.Certificates)
            {
                _folder.Send(joining.Value, Certificate, certificate.Bytes.Span);
            }
        }

        _folder.Note(notes => notes with { CertifiedEpoch = _epochs.Number });
    }

    /// <summary>Returns whether a client of the current epoch is on another roster too; one that left and came back has another key there.</summary>
    private bool IsOn(FederationJob other, ClientId client)
        => other.Roster.TryGetKey(client, out VerificationKey? before) && Job.Roster.TryGetKey(client, out VerificationKey? key) && key.Equals(before);

    /// <summary>Lets the deadline of what the server waits for pass.</summary>
    public void PassDeadline()
    {
        Begin();
        if (_server.DueIn is TimeSpan due)
        {
            _clock.Pass(due);
            Take(_server.Advance(), null);
        }
    }

    /// <summary>Begins the job, or goes on with it: writes what the run before could not write any more.</summary>
    public void Begin()
    {
        if (_hasBegun)
        {
            return;
        }

        _hasBegun = true;
        if (_isNew)
        {
            Take(_server.Start(), null);
            return;
        }

        bool isDelivered = !OwesMessages;
        ServerStep step = _server.Advance();
        Take(isDelivered ? step with { Messages = [] } : step, null);
    }

    public void Dispose()
    {
        _server.Dispose();
        _identity.Dispose();
        _package.Context?.Dispose();
    }

    /// <summary>
    /// Returns the stamp of the newest state that is known, which refuses an old copy of the state alone, or null where none is known: the
    /// server then takes its state for a backup.
    /// </summary>
    private static StateStamp? NewestOf(PartyFolder folder, byte[] state)
    {
        if (folder.ReadState(StateFiles.Newest) is not byte[] bytes || !StateStamp.TryRead(bytes, out StateStamp? newest))
        {
            return null;
        }

        // A run that ended between the two files left the older stamp.
        return StateStamp.TryRead(state, out StateStamp? own) && own.Value.MayReplace(newest.Value) ? own : newest;
    }

    private void Take(ServerStep step, ClientId? sender)
    {
        if (step.State is SavedState state)
        {
            byte[] bytes = state.ToArray();
            _folder.WriteState(StateFiles.Round, bytes);

            // The head of the state is enough to know the newest one by.
            _folder.WriteState(StateFiles.Newest, bytes.AsSpan(0, Math.Min(bytes.Length, 256)));
        }

        _epochs.Keep(1, _server.Certificates);
        Closed.AddRange(step.Reports);
        if (step.Failure is Exception failure)
        {
            throw ToolException.Refused($"The clients of the round could not be selected: {failure.Message}", failure);
        }

        foreach (OutgoingMessage message in step.Messages)
        {
            if ((message.Recipient ?? sender) is not ClientId recipient || !_epochs.Jobs.Any(job => job.Roster.TryGetKey(recipient, out _)))
            {
                continue;
            }

            if (message.Kind == MessageKind.Invitation && !NoteInvitation(recipient))
            {
                continue;
            }

            _folder.Send(recipient.Value, message.Kind.ToString().ToLowerInvariant(), message.Bytes.Span);
            Written.Add(message.Kind);
        }

        if (step.Messages.Any(message => message.Kind == MessageKind.Confirmations) && Notes.ConfirmedRound < _server.LastAggregatedRound)
        {
            _folder.Note(notes => notes with { ConfirmedRound = _server.LastAggregatedRound });
        }

        if (_epochs.Number > Math.Max(1, Notes.CertifiedEpoch))
        {
            SendCertificates();
            Begun.Add(_epochs.Number);
        }

        if (step.State is SavedState saved)
        {
            _folder.MarkDelivered(Stamps.TextOf(saved.Stamp));
        }

        string[] awaited = [.. _server.AwaitedMembers.Select(one => $"{one.Key}: {WordsOf(one.Value)}")];
        if (!awaited.SequenceEqual(Notes.Awaited, StringComparer.Ordinal))
        {
            _folder.Note(notes => notes with { Awaited = awaited });
        }
    }

    /// <summary>
    /// Tells whether a member was asked twice, and said again what its round needs no more, or a client is not yet in the epoch that has begun.
    /// </summary>
    private static bool IsLate(MessageKind kind, RefusalReason refusal)
        => refusal == RefusalReason.OtherEpoch
            || (refusal == RefusalReason.WrongRound && kind is (MessageKind.MemberKey or MessageKind.BoxReport or MessageKind.ShareAnswer or MessageKind.EpochVote));

    private void RefusePlan(InboxFile file, string fault)
    {
        HasRefusedPlan = true;
        Refused.Add($"{file.Name}: {fault}");
        _folder.SetAside(file);
    }

    /// <summary>Returns the reason why a plan is not the one of the next epoch, or null.</summary>
    private string? Check(EpochPlan plan)
    {
        try
        {
            plan.Check(Job);
            return null;
        }
        catch (EpochRefusedException refused)
        {
            return refused.Message;
        }
    }

    private string WordsOf(MessageKind owed) => owed switch
    {
        MessageKind.EpochVote => $"the vote for epoch {Job.EpochNumber + 1}",
        MessageKind.MemberKey => $"the key of round {_server.Round}",
        MessageKind.BoxReport => $"the report on the boxes of round {_server.Round}",
        _ => $"the answer for the list of round {_server.Round}",
    };

    /// <summary>Notes who is invited to the open attempt; returns whether the invitation is to be written now.</summary>
    private bool NoteInvitation(ClientId client)
    {
        _folder.Note(notes =>
        {
            if ((notes.Round, notes.Attempt) != (_server.Round, _server.Attempt))
            {
                notes = notes with { Round = _server.Round, Attempt = _server.Attempt, Selected = [], Invited = [] };
            }

            return notes with
            {
                Selected = [.. notes.Selected.Append(client.Value).Distinct().Order(StringComparer.Ordinal)],
                Invited = Invites ? [.. notes.Invited.Append(client.Value).Distinct().Order(StringComparer.Ordinal)] : notes.Invited,
            };
        });
        return Invites;
    }
}
