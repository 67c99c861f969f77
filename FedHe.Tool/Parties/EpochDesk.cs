using FedHe.Crypto;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>The epoch desk is the authority's part in epochs: it plans the next one, and learns from certificates that one has begun.</summary>
internal sealed class EpochDesk
{
    public const string NoEpochs = "This job has no committee, so it has one epoch: its clients share an authority's key. To change its clients or its keys, describe a new job.";

    private const string PlanKind = "plan";

    private readonly PartyFolder _authority;
    private readonly JobPackage _package;

    public EpochDesk(PartyFolder authority)
    {
        _authority = authority;
        _package = JobPackage.Read(authority.ReadState(StateFiles.Job) ?? throw ToolException.TryAgain("There is no job yet. Run 'fedhe keys job'."));
        using HeContext? context = _package.Context;
        Epochs = EpochFiles.Read(authority.Location, _package.Job);
    }

    public FederationJob Job => _package.Job;

    /// <summary>The epochs that have begun, as far as the authority knows.</summary>
    public EpochFiles Epochs { get; }

    /// <summary>The plan of the next epoch, or null where none is open.</summary>
    public EpochPlan? Open => Epochs.ReadNextPlan(_authority.ReadState(StateFiles.Plan));

    /// <summary>Tells whether a client is on the roster of an epoch that has begun or is planned.</summary>
    public bool Knows(ClientId client) => Epochs.Jobs.Any(job => job.Roster.TryGetKey(client, out _)) || Open?.Roster.TryGetKey(client, out _) == true;

    /// <summary>Loads the authority's keys, which the caller disposes.</summary>
    public JobKeys LoadKeys(FolderSecrets protector) => JobKeys.Load(
        _authority.ReadState(StateFiles.AuthorityKeys) ?? throw ToolException.Refused("The keys of the authority are missing. Take them from a backup."), protector, Job);

    /// <summary>Takes the certificates in the inbox that follow, and puts aside what is none of this job.</summary>
    public void TakeCertificates(Report report)
    {
        InboxFile[] files = [.. _authority.Inbox().Where(file => file.Wire == WireKind.EpochCertificate)];
        for (bool isChanged = true; isChanged;)
        {
            isChanged = false;
            foreach (InboxFile file in files.Where(file => File.Exists(file.Path)))
            {
                EpochError? error = Epochs.TryAdd(file.Read());
                if (error is null)
                {
                    Epochs.Write();
                    report.Line($"Epoch {Epochs.Number} has begun with round {Epochs.Latest!.FirstRound}: clients {string.Join(", ", Epochs.Job.Roster.Clients)}.");
                }

                if (error is null || IsKnown(file))
                {
                    _authority.Done(file);
                    isChanged = true;
                }
                else if (error != EpochError.WrongNumber)
                {
                    report.Line($"Refused, and put into the folder refused: {file.Name} ({error})");
                    _authority.SetAside(file);
                }
            }
        }
    }

    /// <summary>Makes the plan of the next epoch, or finds the one that is open, and sends it.</summary>
    public int Plan(FolderSecrets protector, EpochChange change, bool again, Report report)
    {
        if (Job.Committee is null)
        {
            throw ToolException.Refused(NoEpochs);
        }

        TakeCertificates(report);
        EpochPlan? open = Open;
        if (change.IsEmpty && (open is null || again))
        {
            throw ToolException.Usage("Say what the epoch changes: --join, --leave, --retire, or --renew for a fresh group key alone.");
        }

        change.Check(Epochs.Job);
        if (open is not null && !again && !change.IsEmpty && !change.IsThatOf(open, Epochs.Job))
        {
            throw ToolException.Refused(
                $"Another plan of epoch {open.Number} is open. Without options this command sends it once more; when its epoch has begun, deliver the certificate from the server. --again makes another plan in its place.");
        }

        EpochPlan plan = open is null || again ? Make(protector, change, open, report) : open;
        PartyCard[] joining = [.. JoiningClient.CardsIn(plan, Epochs.Job)];
        Show(joining, report);

        if (Cards.In(_authority).FirstOrDefault(card => joining.Any(one => IsOf(card, one.Name) && !card.Key.Equals(one.Key))) is PartyCard other)
        {
            throw ToolException.Refused(
                $"The inbox has another card of {other.Name}, with the fingerprint {other.Fingerprint}. If the plan has the right one, delete the card, and run this again; if not, make another plan with --again.");
        }

        PlanWords.Write(plan, Epochs.Job, report);
        _authority.Send(PartyFolder.ServerName, PlanKind, SavedBytes.Of(plan.WriteTo));
        foreach (PartyCard card in joining)
        {
            _authority.Send(card.Name, "job", _package.Bytes.Span);
            foreach (InboxFile file in _authority.Inbox().Where(file => PartyCard.TryRead(file.Read()) is PartyCard one && IsOf(one, card.Name)))
            {
                _authority.Done(file);
            }
        }

        report.Line("The plan is in the outbox, for the server: deliver it, and run 'fedhe epoch propose' there. Clients that join get the job, whose digest you tell them by another way, and take it "
            + "with 'fedhe keys join' when the epoch has begun.");
        return ExitCodes.Done;
    }

    private EpochPlan Make(FolderSecrets protector, EpochChange change, EpochPlan? open, Report report)
    {
        PartyCard[] cards = CardsOf(change, open);
        string[] missing = [.. change.Join.Except(cards.Select(card => card.Name), StringComparer.Ordinal)];
        if (missing.Length > 0)
        {
            throw ToolException.TryAgain($"The inbox has no card of {string.Join(", ", missing)}. A client that joins makes its folder with 'fedhe keys client'; deliver its card.");
        }

        CheckFingerprints(change, cards, report);
        using JobKeys keys = LoadKeys(protector);
        FederationJob job = Epochs.Job;
        var roster = change.RosterAfter(job.Roster, cards);
        IEnumerable<ClientId> retired = (Epochs.Latest?.Plan.Retired ?? []).Where(client => roster.TryGetKey(client, out _)).Concat(change.Retire.Select(name => new ClientId(name))).Distinct();
        EpochPlan plan = keys.PlanEpoch(job, roster, retired);

        // A plan that is replaced does not leave any more, if it has not left.
        _authority.Withdraw(PartyFolder.ServerName, PlanKind);

        // The key of the epoch is saved before the plan can leave: without it no client could take part in the epoch.
        _authority.WriteState(StateFiles.AuthorityKeys, keys.Save(protector));
        _authority.WriteState(StateFiles.Plan, SavedBytes.Of(plan.WriteTo));
        return plan;
    }

    /// <summary>Returns the cards of the clients that join; one that went into the plan that is replaced is in the inbox no more.</summary>
    private PartyCard[] CardsOf(EpochChange change, EpochPlan? open)
    {
        Dictionary<ClientId, VerificationKey> delivered = Cards.ClientsOf(Cards.In(_authority).Where(card => change.Join.Contains(card.Name)));
        PartyCard[] planned = open is null ? [] : [.. JoiningClient.CardsIn(open, Epochs.Job)];
        return
        [
            .. delivered.Select(one => new PartyCard(PartyRole.Client, one.Key.Value, one.Value)),
            .. planned.Where(card => change.Join.Contains(card.Name) && !delivered.ContainsKey(new ClientId(card.Name))),
        ];
    }

    /// <summary>Throws unless the operator has compared the fingerprint of every card: what is signed and has left cannot be taken back.</summary>
    private static void CheckFingerprints(EpochChange change, PartyCard[] cards, Report report)
    {
        var unsaid = new List<string>();
        foreach (PartyCard card in cards)
        {
            JoiningClient joining = change.Joining.First(one => one.Name == card.Name);
            if (joining.Fingerprint is null)
            {
                unsaid.Add(card.Name);
            }
            else if (!joining.IsOn(card))
            {
                throw ToolException.Refused($"The card of {card.Name} has another fingerprint: {card.Fingerprint}. Whoever sent it is not who you talked to; delete it from the inbox, and have the right one delivered.");
            }
        }

        if (unsaid.Count > 0)
        {
            Show(cards, report);
            throw ToolException.TryAgain(
                $"Nothing is planned yet. Compare the fingerprint of {string.Join(", ", unsaid)} by telephone, and run this again with it: --join {string.Join(' ', unsaid.Select(name => $"{name}=FINGERPRINT"))}.");
        }
    }

    private static void Show(PartyCard[] joining, Report report)
    {
        report.Set("fingerprints", joining.Select(card => $"{card.Name}={JoiningClient.Plain(card.Fingerprint)}"));
        foreach (PartyCard card in joining)
        {
            report.Line($"{card.Name}: {card.Fingerprint}");
        }
    }

    private static bool IsOf(PartyCard card, string client) => card.Role == PartyRole.Client && card.Name == client;

    private bool IsKnown(InboxFile file)
    {
        byte[] bytes = file.Read();
        return Epochs.Certificates.Any(certificate => certificate.Bytes.Span.SequenceEqual(bytes));
    }
}
