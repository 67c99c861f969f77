using FedHe.Crypto;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>The epoch desk is the authority's part in epochs: it plans the next one, and learns from certificates that one has begun.</summary>
internal sealed class EpochDesk
{
    public const string NoEpochs = "This job has no committee, so it has one epoch: its clients share an authority's key. To change its clients or its keys, describe a new job.";

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
    public EpochPlan? Open
        => EpochPlan.TryRead(_authority.ReadState(StateFiles.Plan), Job.Authority.ParametersId, out EpochPlan? plan, out _) && plan.Number == Epochs.Number + 1 ? plan : null;

    /// <summary>Tells whether a client is on the roster of an epoch that has begun or is planned.</summary>
    public bool Knows(ClientId client) => Epochs.Jobs.Any(job => job.Roster.TryGetKey(client, out _)) || Open?.Roster.TryGetKey(client, out _) == true;

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

        EpochPlan plan = open is null || again ? Make(protector, change, report) : open;
        PlanWords.Write(plan, Epochs.Job, report);
        _authority.Send(PartyFolder.ServerName, "plan", SavedBytes.Of(plan.WriteTo));
        foreach (ClientId joining in plan.Roster.Clients.Where(client => !Epochs.Job.Roster.TryGetKey(client, out _)))
        {
            _authority.Send(joining.Value, "job", _package.Bytes.Span);
            foreach (InboxFile card in _authority.Inbox().Where(file => PartyCard.TryRead(file.Read()) is { Role: PartyRole.Client } one && one.Name == joining.Value))
            {
                _authority.Done(card);
            }
        }

        report.Line("The plan is in the outbox, for the server: deliver it, and run 'fedhe epoch propose' there. Clients that join get the job, whose digest you tell them by another way, and take it "
            + "with 'fedhe keys join' when the epoch has begun.");
        return ExitCodes.Done;
    }

    private EpochPlan Make(FolderSecrets protector, EpochChange change, Report report)
    {
        PartyCard[] cards = [.. Cards.In(_authority).Where(card => card.Role == PartyRole.Client && change.Join.Contains(card.Name))];
        Cards.ClientsOf(cards);
        string[] missing = [.. change.Join.Except(cards.Select(card => card.Name), StringComparer.Ordinal)];
        if (missing.Length > 0)
        {
            throw ToolException.TryAgain($"The inbox has no card of {string.Join(", ", missing)}. A client that joins makes its folder with 'fedhe keys client'; deliver its card.");
        }

        foreach (PartyCard card in cards)
        {
            report.Line($"{card.Name}: {card.Fingerprint}");
        }

        using JobKeys keys = JobKeys.Load(
            _authority.ReadState(StateFiles.AuthorityKeys) ?? throw ToolException.Refused("The keys of the authority are missing. Take them from a backup."), protector, Job);
        FederationJob job = Epochs.Job;
        var roster = change.RosterAfter(job.Roster, cards);
        IEnumerable<ClientId> retired = (Epochs.Latest?.Plan.Retired ?? []).Where(client => roster.TryGetKey(client, out _)).Concat(change.Retire.Select(name => new ClientId(name))).Distinct();
        EpochPlan plan = keys.PlanEpoch(job, roster, retired);

        // The key of the epoch is saved before the plan can leave: without it no client could take part in the epoch.
        _authority.WriteState(StateFiles.AuthorityKeys, keys.Save(protector));
        _authority.WriteState(StateFiles.Plan, SavedBytes.Of(plan.WriteTo));
        return plan;
    }

    private bool IsKnown(InboxFile file)
    {
        byte[] bytes = file.Read();
        return Epochs.Certificates.Any(certificate => certificate.Bytes.Span.SequenceEqual(bytes));
    }
}
