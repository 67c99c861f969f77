using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Epochs;
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
    private string? _shownHead;
    private int _roundOfHead = -1;

    private ClientFiles(PartyFolder folder, PartyProtector protector, FederationJob job, EpochFiles epochs, ClientIdentity identity)
        => (_folder, _protector, Job, Epochs, Identity) = (folder, protector, job, epochs, identity);

    /// <summary>The job as it was described.</summary>
    public FederationJob Job { get; }

    /// <summary>The epochs that the client has entered.</summary>
    public EpochFiles Epochs { get; }

    /// <summary>Whether the client was not on the roster when the job was described, and has no key yet.</summary>
    public bool IsJoining => Job.Committee is not null && BegunEpoch is null && !IsOn(Job.Roster);

    /// <summary>Whether the client is on the roster of the latest epoch that it knows.</summary>
    public bool IsOnRoster => IsOn(Epochs.Job.Roster);

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
            return new ClientFiles(folder, protector, job, EpochFiles.Read(folder, job), Load(folder, PartyFiles.Identity, () => ClientIdentity.Load(identity, protector)));
        }
        catch
        {
            protector?.Dispose();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Loads the keys of the job, or returns null for a client that was granted none yet.</summary>
    public KeyRing? TryLoadKeys(HeContext? context)
    {
        if (BegunEpoch is not int begun)
        {
            return null;
        }

        var ring = new KeyRing(begun, LoadKeys(begun, context)!);
        try
        {
            for (int epoch = begun + 1; epoch <= Epochs.Number; epoch++)
            {
                if (LoadKeys(epoch, context) is ClientKeys later)
                {
                    ring.Add(later);
                }
            }

            return ring;
        }
        catch
        {
            ring.Dispose();
            throw;
        }
    }

    /// <summary>Keeps the keys of an epoch; the requests, with which grants can be opened, are deleted.</summary>
    public void Keep(ClientKeys keys, int epoch)
    {
        Write(() => _folder.Replace(PartyFiles.ClientKeysOf(epoch), bytes => keys.Save(bytes, _protector)));
        DeleteRequests(epoch);
    }

    /// <summary>Returns the request for the keys of an epoch that the client has sent, or makes one that is on the disk before it is sent.</summary>
    /// <param name="job">The job in the epoch.</param>
    public KeyRequest OpenRequest(FederationJob job)
    {
        string name = PartyFiles.KeyRequestOf(job.EpochNumber);
        if (_folder.TryRead(name) is byte[] saved)
        {
            return Load(_folder, name, () => KeyRequest.Load(saved, _protector, job, Identity));
        }

        var request = new KeyRequest(job, Identity);
        Write(() => _folder.Replace(name, bytes => request.Save(bytes, _protector)));
        DeleteRequests(job.EpochNumber - 1);
        return request;
    }

    /// <summary>Begins the next epoch of a client that joins.</summary>
    /// <param name="certificate">The certificate; untrusted.</param>
    public void Enter(ReadOnlyMemory<byte> certificate) => Write(() =>
    {
        try
        {
            Epochs.Enter(certificate);
        }
        catch (EpochRefusedException refused)
        {
            throw Throw.CertificateRefused(refused);
        }
    });

    /// <summary>
    /// Keeps the certificates of the epochs that the client has entered, and deletes the keys of those before the one that its saved model is
    /// of. The oldest are deleted first, so that the oldest that is left says which epoch the client begins with.
    /// </summary>
    /// <param name="client">The client, whose state is on the disk.</param>
    /// <param name="begun">The number of the epoch that the client began with in this process.</param>
    public void Follow(FederationClient client, int begun)
    {
        foreach (ReadOnlyMemory<byte> certificate in client.Certificates.Skip(Epochs.Number - begun))
        {
            Enter(certificate);
        }

        int opened = Epochs.OfRound(client.ModelRound).EpochNumber;
        for (int epoch = 1; epoch < opened && File.Exists(_folder.PathOf(PartyFiles.ClientKeysOf(opened))); epoch++)
        {
            _folder.Delete(PartyFiles.ClientKeysOf(epoch));
        }
    }

    /// <summary>Makes the folder of the client's models and upload, where they are in files, and returns its path.</summary>
    public string CreateModelFolder()
    {
        Write(() => _folder.CreateFolder(PartyFiles.Models));
        return _folder.PathOf(PartyFiles.Models);
    }

    /// <summary>Opens the folder of long messages that the client takes from its mailbox.</summary>
    /// <param name="longest">The length in bytes of the longest message of the job.</param>
    /// <param name="longestInMemory">The length in bytes of the longest message that stays in memory.</param>
    public ReceivedFiles OpenReceived(long longest, int longestInMemory) => ReceivedFiles.Open(_folder, longest, longestInMemory);

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
            return state is null ? Begin(setup) : FederationClient.Restore(setup, state, _folder.NewestOf(PartyFiles.NewestState, state));
        }
        catch (ClientFileException refused)
        {
            throw Throw.FileRefused(_folder.PathOf(PartyFiles.Models), refused);
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

    /// <summary>
    /// Creates a client without a state. Where it has drawn a noised count, that is on the disk before it is announced, and a folder that lost it draws no other.
    /// </summary>
    private FederationClient Begin(FederationClientSetup setup)
    {
        bool hasNoisedCount = setup.Job.Update.Privacy?.NoisedCount is not null;
        if (hasNoisedCount && _folder.TryRead(PartyFiles.NewestState) is not null)
        {
            throw Throw.CountLost(_folder.PathOf(PartyFiles.State), _folder.PathOf(PartyFiles.NewestState));
        }

        var client = new FederationClient(setup);
        try
        {
            if (hasNoisedCount)
            {
                Write(() => _folder.Replace(PartyFiles.State, PartyFiles.NewestState, client.SaveState));
            }

            return client;
        }
        catch
        {
            client.Dispose();
            throw;
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
    /// Keeps the newest head of the server's audit log and the first one of each round, by which a log that is cut off or written anew is found
    /// out later. Returns false where the server shows another entry than before under the number of the newest head.
    /// </summary>
    /// <param name="text">The head as it came; one that is not the server's is passed over.</param>
    /// <param name="round">The round of the client's model.</param>
    public bool KeepAuditHead(string? text, int round)
    {
        if (text == _shownHead)
        {
            return true;
        }

        _shownHead = text;
        if (!AuditHead.TryParse(text, out AuditHead? head) || !head.IsOf(Job))
        {
            return true;
        }

        KeepHeadOf(round, head);

        _ = AuditHead.TryParse(_folder.TryRead(PartyFiles.AuditHead) is byte[] bytes ? System.Text.Encoding.ASCII.GetString(bytes).Trim() : null, out AuditHead? kept);
        if (kept?.Number >= head.Number)
        {
            // Answers may overtake each other.
            return kept.Number > head.Number || kept.Equals(head);
        }

        Write(() => _folder.Replace(PartyFiles.AuditHead, System.Text.Encoding.ASCII.GetBytes($"{head}\n")));
        return true;
    }

    /// <summary>Keeps the first head of a round for good: a server that writes its log anew can replace the newest head, and not these.</summary>
    private void KeepHeadOf(int round, AuditHead head)
    {
        if (round <= _roundOfHead)
        {
            return;
        }

        Write(() =>
        {
            string path = _folder.PathOf(PartyFiles.AuditHeads);
            _folder.Append(PartyFiles.AuditHeads, File.Exists(path) ? new FileInfo(path).Length : 0, System.Text.Encoding.ASCII.GetBytes($"{head}\n"));
        });
        _roundOfHead = round;
    }

    public void Dispose()
    {
        Identity.Dispose();
        _protector.Dispose();
        _folder.Dispose();
    }

    /// <summary>The oldest epoch whose keys the client has, with which it begins; or null for a client that was granted none yet.</summary>
    private int? BegunEpoch
    {
        get
        {
            for (int epoch = 1; epoch <= Epochs.Number; epoch++)
            {
                if (File.Exists(_folder.PathOf(PartyFiles.ClientKeysOf(epoch))))
                {
                    return epoch;
                }
            }

            return null;
        }
    }

    private bool IsOn(ClientRoster roster) => roster.TryGetKey(Identity.Client, out VerificationKey? key) && key.Equals(Identity.VerificationKey);

    private ClientKeys? LoadKeys(int epoch, HeContext? context)
    {
        string name = PartyFiles.ClientKeysOf(epoch);
        return _folder.TryRead(name) is not byte[] keys ? null
            : Load(_folder, name, () => context is null ? ClientKeys.Load(keys, _protector, Epochs.Of(epoch)) : ClientKeys.Load(keys, _protector, context));
    }

    private void DeleteRequests(int upToEpoch)
    {
        for (int epoch = 1; epoch <= upToEpoch; epoch++)
        {
            _folder.Delete(PartyFiles.KeyRequestOf(epoch));
        }
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
