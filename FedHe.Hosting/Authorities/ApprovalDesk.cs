using FedHe.Crypto.Identities;
using FedHe.Hosting.Approvals;
using FedHe.Hosting.Diagnostics;
using FedHe.Hosting.Epochs;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Job;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Authorities;

/// <summary>An approval desk is the authority's part in approvals: it writes what it asks into files of its folder, and finds the answers there.</summary>
internal sealed class ApprovalDesk : IApprovalSource
{
    private readonly PartyFolder _folder;
    private readonly EpochFiles _epochs;
    private readonly AuthorityAudit _audit;
    private readonly ILogger _logger;

    // What was logged last of each file, so that a request that waits for days is one line of the log for each approval.
    private readonly Dictionary<string, string> _told = new(StringComparer.Ordinal);

    // What each file asks, so that a request of many megabytes is parsed once and not at each message.
    private readonly Dictionary<string, Digest> _asked = new(StringComparer.Ordinal);

    private Dictionary<Digest, List<ReadOnlyMemory<byte>>> _approvals = [];
    private string? _listed;

    public ApprovalDesk(PartyFolder folder, EpochFiles epochs, AuthorityAudit audit, ILogger logger)
    {
        (_folder, _epochs, _audit, _logger) = (folder, epochs, audit, logger);
        try
        {
            folder.CreateFolder(PartyFiles.Approvals);
            folder.CreateFolder(PartyFiles.ApprovalRequests);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Throw.FolderNotWritable(folder.Location, fault);
        }

        WithdrawEarlier();
    }

    public IEnumerable<ReadOnlyMemory<byte>> Read(ApprovalSubject subject) => _approvals.GetValueOrDefault(subject.Digest) ?? [];

    /// <summary>Reads the approvals that have come, and returns whether there are others than the last time.</summary>
    /// <param name="force">Whether to read all files again, for one that was replaced within a tick of the file system's clock.</param>
    public bool Refresh(bool force)
    {
        string listed = ApprovalFiles.ListApprovals(_folder.Location);
        bool isOther = listed != _listed;
        if (isOther || force)
        {
            _approvals = [];
            foreach (ReadOnlyMemory<byte> bytes in ApprovalFiles.ReadApprovals(_folder.Location))
            {
                if (Approval.TryRead(bytes.Span, out Approval? approval, out _))
                {
                    Digest subject = approval.Subject.Digest;
                    (_approvals.TryGetValue(subject, out List<ReadOnlyMemory<byte>>? known) ? known : _approvals[subject] = []).Add(bytes);
                }
            }

            _listed = listed;
        }

        return isOther;
    }

    public FederationJob? FindEpoch(KeyId key)
    {
        for (int epoch = _epochs.Number; epoch > 0; epoch--)
        {
            if (_epochs.Of(epoch) is FederationJob job && job.Authority.KeyId == key)
            {
                return job;
            }
        }

        return null;
    }

    /// <summary>Asks the administrators for a grant.</summary>
    /// <exception cref="HostingException">The folder cannot be written.</exception>
    public void AskForGrant(ApprovalTally tally)
        => Ask(head => ApprovalRequest.OfGrant(_epochs.Of(tally.Subject.Epoch), tally.Subject.Client!.Value, _epochs.UpTo(tally.Subject.Epoch), head), tally);

    /// <summary>Asks the administrators for the plan of a draft.</summary>
    /// <exception cref="HostingException">The folder cannot be written.</exception>
    public void AskForPlan(EpochDraft draft, ApprovalTally tally)
        => Ask(head => ApprovalRequest.OfPlan(draft, _epochs.UpTo(draft.Number - 1), head), tally);

    /// <summary>Asks no more for what a file asks.</summary>
    /// <exception cref="HostingException">The folder cannot be written.</exception>
    public void Withdraw(string name)
    {
        try
        {
            _folder.Delete(name);
            _told.Remove(name);
            _asked.Remove(name);
        }
        catch (IOException fault)
        {
            throw Throw.FolderNotWritable(_folder.Location, fault);
        }
    }

    /// <summary>Asks no more for grants of earlier epochs than the latest one. A client that still needs one asks again.</summary>
    /// <exception cref="HostingException">The folder cannot be written.</exception>
    public void WithdrawEarlier()
    {
        foreach (string name in ApprovalFiles.NamesOfGrantsBefore(_epochs.Number, _folder.Location))
        {
            Withdraw(name);
        }
    }

    /// <summary>Asks the administrators, unless a file asks them already.</summary>
    private void Ask(Func<AuditHead?, ApprovalRequest> make, ApprovalTally tally)
    {
        string name = ApprovalFiles.NameOf(tally.Subject);
        try
        {
            Digest subject = tally.Subject.Digest;
            bool isAsked = _asked.TryGetValue(name, out Digest asked) ? asked == subject && File.Exists(_folder.PathOf(name)) : Find(name)?.Subject == tally.Subject;
            if (!isAsked)
            {
                _audit.NoteAwaited(tally);
                _folder.Replace(name, make(_audit.Head).WriteTo);
            }

            _asked[name] = subject;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Throw.FolderNotWritable(_folder.Location, fault);
        }

        string standing = $"{tally.Subject.Digest} {string.Join(' ', tally.ApprovedBy)}";
        if (_told.GetValueOrDefault(name) != standing)
        {
            _told[name] = standing;
            Log.WaitsForApprovals(_logger, name, tally.Missing, string.Join(' ', tally.ApprovedBy), string.Join(' ', tally.Others));
        }
    }

    /// <summary>Returns what a file asks, or null where there is none.</summary>
    private ApprovalRequest? Find(string name)
        => _folder.TryRead(name) is byte[] bytes && ApprovalRequest.TryRead(bytes, out ApprovalRequest? request, out _) ? request : null;
}
