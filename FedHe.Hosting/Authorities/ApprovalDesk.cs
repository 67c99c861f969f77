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
    }

    public IEnumerable<ReadOnlyMemory<byte>> Read() => ApprovalFiles.ReadApprovals(_folder.Location);

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

    /// <summary>Asks the administrators, unless a file asks them already.</summary>
    private void Ask(Func<AuditHead?, ApprovalRequest> make, ApprovalTally tally)
    {
        string name = ApprovalFiles.NameOf(tally.Subject);
        try
        {
            if (Find(name)?.Subject != tally.Subject)
            {
                _audit.NoteAwaited(tally);
                _folder.Replace(name, make(_audit.Head).WriteTo);
            }
        }
        catch (IOException fault)
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
    public ApprovalRequest? Find(string name)
        => _folder.TryRead(name) is byte[] bytes && ApprovalRequest.TryRead(bytes, out ApprovalRequest? request, out _) ? request : null;

    /// <summary>Asks no more for what a file asks.</summary>
    /// <exception cref="HostingException">The folder cannot be written.</exception>
    public void Withdraw(string name)
    {
        try
        {
            _folder.Delete(name);
            _told.Remove(name);
        }
        catch (IOException fault)
        {
            throw Throw.FolderNotWritable(_folder.Location, fault);
        }
    }
}
