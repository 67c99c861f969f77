using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Persistence;

namespace FedHe.Hosting.Clients;

/// <summary>
/// The files of a client, in the order in which they must be written: the ledger of a committee member before the state, and both before
/// anything leaves.
/// </summary>
internal sealed class ClientFiles : IDisposable
{
    /// <summary>The mark by which tar, restic, borg and others know a folder that belongs into no backup: https://bford.info/cachedir/.</summary>
    private const string Mark = """
        Signature: 8a477f597d28d172789f06886806bc55
        # The ledger of a committee member of FedHe. Never back it up and never copy it: a member whose ledger goes back in time can be made to
        # answer twice in a round. Without a ledger the member is only silent until the round is over.

        """;

    private readonly PartyFolder _folder;
    private readonly PartyProtector _protector;

    private ClientFiles(PartyFolder folder, PartyProtector protector, FederationJob job, ClientIdentity identity)
        => (_folder, _protector, Job, Identity) = (folder, protector, job, identity);

    public FederationJob Job { get; }

    public ClientIdentity Identity { get; }

    public string Location => _folder.Location;

    /// <summary>The round up to which a member that lost its ledger answers nothing; 0 for a member that has it.</summary>
    public int SilentRound { get; private set; }

    public static ClientFiles Open(string location, Func<PartyProtector> openProtector)
    {
        PartyFolder folder = PartyFolder.Open(location);
        PartyProtector? protector = null;
        try
        {
            FederationJob job = JobFile.Read(folder);
            protector = openProtector();
            byte[] identity = folder.Read(PartyFiles.Identity, "make one with ClientIdentity.Create and Save, and have its verification key put on the roster of the job.");
            return new ClientFiles(folder, protector, job, Load(folder, PartyFiles.Identity, () => ClientIdentity.Load(identity, protector)));
        }
        catch
        {
            protector?.Dispose();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Loads the keys of the job, or returns null for a client that was granted none yet.</summary>
    public ClientKeys? TryLoadKeys(HeContext? context) => _folder.TryRead(PartyFiles.ClientKeys) is not byte[] keys ? null
        : Load(_folder, PartyFiles.ClientKeys, () => context is null ? ClientKeys.Load(keys, _protector, Job) : ClientKeys.Load(keys, _protector, context));

    /// <summary>Keeps the keys; the request, with which the grant can be opened, is deleted.</summary>
    public void Keep(ClientKeys keys)
    {
        Write(() => _folder.Replace(PartyFiles.ClientKeys, bytes => keys.Save(bytes, _protector)));
        _folder.Delete(PartyFiles.KeyRequest);
    }

    /// <summary>Returns the request that the client has sent, or makes one that is on the disk before it is sent.</summary>
    public KeyRequest OpenRequest()
    {
        if (_folder.TryRead(PartyFiles.KeyRequest) is byte[] saved)
        {
            return Load(_folder, PartyFiles.KeyRequest, () => KeyRequest.Load(saved, _protector, Job, Identity));
        }

        var request = new KeyRequest(Job, Identity);
        Write(() => _folder.Replace(PartyFiles.KeyRequest, bytes => request.Save(bytes, _protector)));
        return request;
    }

    /// <summary>Creates the client, which goes on from its state where there is one.</summary>
    public FederationClient CreateClient(FederationClientSetup setup)
    {
        byte[]? ledger = Job.Committee is null ? null : _folder.TryRead(PartyFiles.Ledger);
        SilentRound = ledger is null ? RoundOfLostLedger() : 0;
        if (Job.Committee is not null)
        {
            Write(() =>
            {
                _folder.CreateFolder(PartyFiles.LedgerFolder);
                if (_folder.TryRead(PartyFiles.LedgerMark) is null)
                {
                    _folder.Replace(PartyFiles.LedgerMark, System.Text.Encoding.ASCII.GetBytes(Mark));
                }
            });
        }

        setup = setup with
        {
            Protector = _protector,
            Ledger = ledger is null ? default(ReadOnlyMemory<byte>?) : ledger,
            NewestLedger = ledger is null ? null : _folder.NewestOf(PartyFiles.NewestLedger, ledger),
        };
        byte[]? state = _folder.TryRead(PartyFiles.State);
        try
        {
            return state is null ? new FederationClient(setup) : FederationClient.Restore(setup, state, _folder.NewestOf(PartyFiles.NewestState, state));
        }
        catch (StateRefusedException refused) when (ledger is not null && refused.Error == StateError.Outdated)
        {
            throw Throw.LedgerOutdated(_folder.PathOf(PartyFiles.Ledger), refused);
        }
        catch (StateRefusedException refused)
        {
            throw Throw.FileRefused(_folder.PathOf(PartyFiles.State), refused);
        }
    }

    /// <summary>Saves what a step changed. When the method returns, it is on the disk, and the messages of the step may leave.</summary>
    /// <exception cref="HostingException">A file could not be written: the client is ahead of its disk, and must end.</exception>
    public void Save(ClientStep step) => Write(() =>
    {
        if (step.Ledger is SavedState ledger)
        {
            _folder.Replace(PartyFiles.Ledger, PartyFiles.NewestLedger, ledger);
        }

        if (step.State is SavedState state)
        {
            _folder.Replace(PartyFiles.State, PartyFiles.NewestState, state);
        }
    });

    /// <summary>
    /// Keeps the newest head of the server's audit log, by which a log that is cut off or written anew is found out later. Returns false where
    /// the server shows another log than before.
    /// </summary>
    /// <param name="text">The head as it came; one that is not the server's is passed over.</param>
    public bool KeepAuditHead(string? text)
    {
        if (!AuditHead.TryParse(text, out AuditHead? head) || !head.IsOf(Job))
        {
            return true;
        }

        _ = AuditHead.TryParse(_folder.TryRead(PartyFiles.AuditHead) is byte[] bytes ? System.Text.Encoding.ASCII.GetString(bytes).Trim() : null, out AuditHead? kept);
        if (kept?.Number >= head.Number)
        {
            // Answers may overtake each other.
            return kept.Number > head.Number || kept.Equals(head);
        }

        Write(() => _folder.Replace(PartyFiles.AuditHead, System.Text.Encoding.ASCII.GetBytes($"{head}\n")));
        return true;
    }

    public void Dispose()
    {
        Identity.Dispose();
        _protector.Dispose();
        _folder.Dispose();
    }

    private int RoundOfLostLedger()
        => _folder.TryRead(PartyFiles.NewestLedger) is byte[] head && StateStamp.TryRead(head, out StateStamp? newest) ? newest.Value.Round : 0;

    private static T Load<T>(PartyFolder folder, string name, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (HeFormatException fault)
        {
            throw Throw.FileRefused(folder.PathOf(name), fault);
        }
    }

    private void Write(Action write)
    {
        try
        {
            write();
        }
        catch (IOException fault)
        {
            throw Throw.FolderNotWritable(_folder.Location, fault);
        }
    }
}
