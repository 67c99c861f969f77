using FedHe.Crypto.Identities;
using FedHe.Hosting.Audit;
using FedHe.Hosting.Epochs;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;

namespace FedHe.Hosting.Authorities;

/// <summary>
/// An authority audit says in entries of an audit log what a key authority did. An entry is on the disk before the grant, the plan or the refusal whose evidence it is leaves; where the
/// process ends between the two, the entry stays, and what it is about is done again, with an entry of its own.
/// </summary>
internal sealed class AuthorityAudit
{
    // How many entries alike one process makes: of a request with the same bytes, and of refusals for one reason. The server could fill the log at will.
    private const int MostAlike = 16;

    private readonly AuditFile _file;
    private readonly PartyFolder _folder;
    private readonly Dictionary<(ClientId? Client, string What), int> _alike = [];

    private AuthorityAudit(AuditFile file, PartyFolder folder) => (_file, _folder) = (file, folder);

    /// <summary>The head of what is on the disk.</summary>
    public AuditHead? Head => _file.Head;

    /// <summary>Opens the log of an authority, and notes that a process begins.</summary>
    /// <param name="folder">The folder of the authority.</param>
    /// <param name="job">The job.</param>
    /// <param name="keys">The keys of the authority, which sign the entries.</param>
    /// <param name="epochs">The epochs that the authority knows.</param>
    /// <param name="rules">Who must approve what the authority does, or null for nobody.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="HostingException">The log was changed or cut off, or the folder cannot be written.</exception>
    public static AuthorityAudit Open(PartyFolder folder, FederationJob job, AuthorityKeys keys, EpochFiles epochs, ApprovalRules? rules, TimeProvider time)
    {
        try
        {
            var file = AuditFile.Open(folder, job, AuditAuthor.Authority, head => keys.CreateAuditChain(job, head), time, saved: null, out IReadOnlyList<AuditEntry> entries);
            var audit = new AuthorityAudit(file, folder);
            if (entries.Count == 0)
            {
                file.Add(
                    AuditKind.Began,
                    new AuditFact("job", job.JobId.ToString()),
                    new AuditFact("digest", job.Digest.ToString()),
                    AuthorityFacts.Number("clients", job.Roster.Clients.Count),
                    new AuditFact("keys", job.Committee is null ? "of a scheme" : "group key"),
                    AuthorityFacts.Number("epoch", epochs.Number),
                    new AuditFact("log", folder.TryRead(PartyFiles.AuditMark) is null ? "first" : "an earlier one is gone"));
            }

            file.Add(AuditKind.Started, AuthorityFacts.OfStart(rules));

            // A process that ended between a certificate and its entry left that to this one.
            HashSet<string?> known = [.. entries.Where(entry => entry.Kind == AuditKind.EpochBegan).Select(entry => entry.Find("certificate"))];
            foreach (EpochCertificate certificate in epochs.UpTo(epochs.Number).Where(one => !known.Contains(Digest.Compute(one.Bytes.Span).ToString())))
            {
                audit.Add(certificate);
            }

            audit.Commit();
            folder.Replace(PartyFiles.AuditMark, []);
            return audit;
        }
        catch (IOException fault)
        {
            throw Throw.FolderNotWritable(folder.Location, fault);
        }
    }

    /// <summary>Notes an answer to a request of a client, which may leave when the method returns.</summary>
    /// <param name="request">The request. Each one that differs from earlier ones has an entry of its grant: the answer is for the key in it.</param>
    /// <param name="client">The client that the request names.</param>
    /// <param name="step">The answer.</param>
    /// <exception cref="HostingException">The folder cannot be written.</exception>
    public void NoteAnswer(ReadOnlySpan<byte> request, ClientId client, AuthorityStep step)
    {
        // Before its signature is verified, a request names whom the server likes.
        if (step.Refusal is null
            ? !IsFew(client, Digest.Compute(request).ToString())
            : !IsFew(step.Refusal == KeyRefusalReason.NotAuthenticated ? client : null, step.Refusal.ToString()!))
        {
            return;
        }

        if (step.Refusal is KeyRefusalReason reason)
        {
            Write(AuditKind.KeysRefused, new AuditFact("client", client.Value), new AuditFact("reason", reason.ToString()));
            return;
        }

        Write(
            AuditKind.KeysGranted,
            [
                new AuditFact("client", client.Value),
                new AuditFact("fingerprint", AuthorityFacts.Fingerprint(client.Value, step.ClientKey!)),
                new AuditFact("key", step.KeyId!.Value.ToString()),
                new AuditFact("digest", Digest.Compute(step.Answer.Span).ToString()),
                .. AuthorityFacts.ApprovedBy(step.Approvals),
            ]);
    }

    /// <summary>Notes that administrators are asked.</summary>
    public void NoteAwaited(ApprovalTally tally)
    {
        if (IsFew(tally.Subject.Client, tally.Subject.Digest.ToString()))
        {
            Write(
                AuditKind.ApprovalsAwaited,
                [
                    .. AuthorityFacts.Of(tally.Subject),
                    AuthorityFacts.Number("missing", tally.Missing),
                    .. AuthorityFacts.ApprovedBy(tally),
                ]);
        }
    }

    /// <summary>Notes a plan that was signed, which may leave when the method returns.</summary>
    public void NotePlan(EpochPlan plan, ClientRoster before, IEnumerable<ClientCard> joining, ApprovalTally? tally) => Write(
        AuditKind.EpochPlanned,
        [
            AuthorityFacts.Number("epoch", plan.Number),
            new AuditFact("joining", string.Join(' ', joining.Select(card => $"{card.Client}={AuthorityFacts.Plain(card.Fingerprint)}"))),
            AuthorityFacts.Names("leaving", before.Clients.Where(client => !plan.Roster.TryGetKey(client, out _))),
            AuthorityFacts.Names("retired", plan.Retired),
            AuthorityFacts.Names("members", plan.Committee.Members),
            new AuditFact("key", plan.KeyId.ToString()),
            new AuditFact("plan", plan.Digest.ToString()),
            .. AuthorityFacts.ApprovedBy(tally),
        ]);

    /// <summary>Notes that a request of the operator was refused.</summary>
    public void NoteRefusedPlan(string reason) => Write(AuditKind.EpochRefused, new AuditFact("reason", reason));

    /// <summary>Notes that an epoch has begun.</summary>
    public void NoteEpoch(EpochCertificate certificate)
    {
        Add(certificate);
        Save();
    }

    private void Add(EpochCertificate certificate) => _file.Add(AuditKind.EpochBegan, AuthorityFacts.Of(certificate));

    private void Write(AuditKind kind, params AuditFact[] facts)
    {
        _file.Add(kind, facts);
        Save();
    }

    private void Save()
    {
        try
        {
            Commit();
        }
        catch (IOException fault)
        {
            throw Throw.FolderNotWritable(_folder.Location, fault);
        }
    }

    private void Commit()
    {
        _file.Prepare(stamp: null);
        _file.Commit();
    }

    private bool IsFew(ClientId? client, string what)
    {
        int count = _alike.GetValueOrDefault((client, what)) + 1;
        _alike[(client, what)] = count;
        return count <= MostAlike;
    }
}
