using FedHe.Hosting.Approvals;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Diagnostics;
using FedHe.Hosting.Epochs;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Authorities;

/// <summary>
/// An epoch desk is the authority's part in epochs: it plans the one that its operator asks for in a file, brings the plan to the server, and
/// learns from certificates that an epoch has begun.
/// </summary>
internal sealed class EpochDesk
{
    private const string Waits = "";

    private readonly PartyFolder _folder;
    private readonly PartyProtector _protector;
    private readonly AuthorityKeys _keys;
    private readonly EpochFiles _epochs;
    private readonly ApprovalDesk? _approvals;
    private readonly ApprovalGate? _gate;
    private readonly AuthorityAudit _audit;
    private readonly ILogger _logger;
    private EpochPlan? _plan;

    // The interruptions of the link up to which the server is known to have the newest plan, or its certificate.
    private int _broughtAt = -1;
    private int _begunAt = -1;

    /// <summary>Opens the desk.</summary>
    /// <param name="folder">The folder of the authority.</param>
    /// <param name="protector">Protects its keys.</param>
    /// <param name="epochs">The epochs that it knows.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="approvals">Asks administrators, or null where nobody has to approve.</param>
    /// <param name="gate">Counts their approvals, or null where nobody has to approve.</param>
    /// <param name="audit">The audit log of the authority.</param>
    /// <param name="logger">Receives what happens.</param>
    public EpochDesk(
        PartyFolder folder, PartyProtector protector, EpochFiles epochs, AuthorityKeys keys, ApprovalDesk? approvals, ApprovalGate? gate, AuthorityAudit audit, ILogger logger)
    {
        (_folder, _protector, _epochs, _keys, _approvals, _gate, _audit, _logger) = (folder, protector, epochs, keys, approvals, gate, audit, logger);
        _plan = ReadPlan(_epochs.Number + 1) ?? ReadPlan(_epochs.Number);
        if (_plan is not null && !keys.Has(_plan))
        {
            throw Throw.KeysOlderThanEpoch(folder.PathOf(PartyFiles.AuthorityKeys));
        }
    }

    private FederationJob Job => _epochs.Job;

    /// <summary>Whether the newest plan is of an epoch that has not begun.</summary>
    private bool IsOpen => _plan?.Number > _epochs.Number;

    /// <summary>
    /// Plans the epoch that the operator's file asks for, if there is one. The key of the epoch is on the disk before its plan, and the plan
    /// before the file is gone. A request that cannot be met is put aside under another name, and one whose plan administrators have not approved stays.
    /// </summary>
    /// <exception cref="HostingException">The folder cannot be written.</exception>
    public void TakeRequest()
    {
        try
        {
            if (_folder.TryRead(PartyFiles.EpochRequest) is not byte[] bytes)
            {
                // An operator who takes the file away wants the plan no more that waited for administrators.
                Withdraw();
                return;
            }

            EpochRequest? request = EpochRequest.TryRead(bytes);
            if (IsOpen && request?.Epoch == _plan!.Number + 1)
            {
                // It is of the epoch behind the one that is to begin, and waits for that.
                return;
            }

            string? reason = Plan(request);
            if (reason == Waits)
            {
                return;
            }

            if (reason is not null)
            {
                _audit.NoteRefusedPlan(reason);
                Log.EpochRequestRefused(_logger, reason, PartyFiles.RefusedEpochRequest);
                _folder.Replace(PartyFiles.RefusedEpochRequest, bytes);
            }

            _folder.Delete(PartyFiles.EpochRequest);
            Withdraw();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Throw.FolderNotWritable(_folder.Location, fault);
        }
    }

    /// <summary>
    /// Brings the newest plan to the server until its epoch has begun there, and once more after each interruption: a server that was set back
    /// may lack the plan, or an epoch that had begun. An authority that was set back learns of later epochs too.
    /// </summary>
    /// <exception cref="HostingException">A later epoch has begun whose key the authority lacks, a certificate is refused, or the folder cannot be written.</exception>
    public async Task FollowAsync(ServerLink link, CancellationToken cancellationToken)
    {
        int interruptions = link.Interruptions;
        if (!IsOpen && interruptions == _begunAt)
        {
            return;
        }

        while (await link.TryGetCertificateAsync(_epochs.Number + 1, cancellationToken).ConfigureAwait(false) is byte[] certificate)
        {
            Begin(certificate);
        }

        if (_plan is not EpochPlan plan
            || (!IsOpen && await link.TryGetCertificateAsync(plan.Number, cancellationToken).ConfigureAwait(false) is not null))
        {
            _begunAt = interruptions;
        }
        else if (interruptions != _broughtAt)
        {
            EpochPlan next = await FindNextAsync(link, plan, cancellationToken).ConfigureAwait(false);
            PlanAnswer answer = await link.PostPlanAsync(Bytes(next), cancellationToken).ConfigureAwait(false);
            if (answer == PlanAnswer.Refused)
            {
                Log.PlanRefused(_logger, next.Number);
            }
            else if (answer == PlanAnswer.Taken)
            {
                Log.PlanBrought(_logger, next.Number);
            }

            // Where members vote for another plan, or a server that lacks several epochs has the first of these, there is more to bring.
            _broughtAt = answer != PlanAnswer.Later && next == plan ? interruptions : _broughtAt;
        }
    }

    private static byte[] Bytes(EpochPlan plan)
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        plan.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private string? Plan(EpochRequest? request)
    {
        if (request is null)
        {
            return nameof(EpochRequestError.Malformed);
        }

        if (IsOpen && !request.Again && request.IsThatOf(_plan!, Job))
        {
            // The process before this one had planned it, and ended before it deleted the file.
            return null;
        }

        if (request.Check(Job) is EpochRequestError error)
        {
            return error.ToString();
        }

        if (IsOpen && !request.Again)
        {
            return nameof(EpochRequestError.AnotherPlanIsOpen);
        }

        if (request.TryFind([.. Cards()], out IReadOnlyList<ClientCard> joining) is EpochRequestError missing)
        {
            foreach (ClientCard card in joining)
            {
                Log.CardOf(_logger, card.Client, card.Fingerprint);
            }

            return missing.ToString();
        }

        return Plan(request, joining);
    }

    private string? Plan(EpochRequest request, IReadOnlyList<ClientCard> joining)
    {
        try
        {
            ClientRoster roster = request.RosterAfter(Job.Roster, joining);
            EpochDraft draft = DraftOf(roster, [.. request.RetiredAfter(_epochs.Latest?.Plan, roster)]);
            ApprovalTally? tally = _gate?.Count(ApprovalSubject.OfPlan(draft));
            if (tally?.IsEnough == false)
            {
                _approvals!.AskForPlan(draft, tally);
                return Waits;
            }

            EpochPlan plan = _keys.SignEpoch(draft, Job);
            _audit.NotePlan(plan, Job.Roster, joining, tally);
            _folder.Replace(PartyFiles.PlanOf(plan.Number), plan.WriteTo);
            _folder.Delete(PartyFiles.EpochDraft);
            (_plan, _broughtAt) = (plan, -1);
            Log.EpochPlanned(
                _logger,
                plan.Number,
                string.Join(' ', joining.Select(card => card.Client)),
                string.Join(' ', Job.Roster.Clients.Where(client => !roster.TryGetKey(client, out _))),
                string.Join(' ', plan.Committee.Members));
            return null;
        }
        catch (EpochRefusedException refused)
        {
            // An approval that ended meanwhile has to be given again.
            return refused.Error == EpochError.NotApproved ? Waits : refused.Error.ToString();
        }
        catch (ArgumentException)
        {
            return nameof(EpochRequestError.RosterImpossible);
        }
    }

    /// <summary>
    /// Returns the draft that the authority keeps, if it is what the request asks for, or makes one. When the method returns, its group key is on the disk. A draft that
    /// administrators are asked about is kept, because another one would need other approvals.
    /// </summary>
    private EpochDraft DraftOf(ClientRoster roster, ClientId[] retired)
    {
        if (_approvals is not null
            && _folder.TryRead(PartyFiles.EpochDraft) is byte[] bytes
            && ApprovalRequest.TryRead(bytes, out ApprovalRequest? kept, out _)
            && kept.Draft is EpochDraft known && _keys.Has(known.KeyId) && known.IsFor(Job, roster, retired))
        {
            return known;
        }

        EpochDraft draft = _keys.DraftEpoch(Job, roster, retired);
        _folder.Replace(PartyFiles.AuthorityKeys, bytes => _keys.Save(bytes, _protector));
        if (_approvals is not null)
        {
            _folder.Replace(PartyFiles.EpochDraft, ApprovalRequest.OfPlan(draft, []).WriteTo);
        }

        return draft;
    }

    private void Withdraw() => _approvals?.Withdraw(ApprovalFiles.NameOfPlan(Job.EpochNumber + 1));

    private IEnumerable<ClientCard> Cards()
    {
        string folder = _folder.PathOf(PartyFiles.Cards);
        foreach (string path in Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : [])
        {
            if (ReadCard(path) is ClientCard card)
            {
                yield return card;
            }
        }
    }

    /// <summary>Reads a card, or returns null for a file that is none or cannot be read: the request then says which card is missing.</summary>
    private static ClientCard? ReadCard(string path)
    {
        try
        {
            return new FileInfo(path).Length <= ClientCard.MaxLength && ClientCard.TryRead(File.ReadAllBytes(path), out ClientCard? card) ? card : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private EpochPlan? ReadPlan(int number)
    {
        string name = PartyFiles.PlanOf(number);
        return _folder.TryRead(name) is not byte[] bytes ? null
            : EpochPlan.TryRead(bytes, Job.Authority.ParametersId, out EpochPlan? plan, out _) && plan.Number == number ? plan
            : throw Throw.FileRefused(_folder.PathOf(name), inner: null);
    }

    /// <summary>Finds the first plan whose epoch has not begun at the server, which may be behind several.</summary>
    private async Task<EpochPlan> FindNextAsync(ServerLink link, EpochPlan plan, CancellationToken cancellationToken)
    {
        while (plan.Number > 2 && ReadPlan(plan.Number - 1) is EpochPlan before
            && await link.TryGetCertificateAsync(before.Number, cancellationToken).ConfigureAwait(false) is null)
        {
            plan = before;
        }

        return plan;
    }

    /// <summary>
    /// Notes that the next epoch has begun: with the open plan, with an earlier one that the open plan was to replace, or with one that an
    /// authority forgot when it was set back.
    /// </summary>
    private void Begin(byte[] certificate)
    {
        try
        {
            if (!_keys.Has(EpochCertificate.Read(Job, certificate).Plan))
            {
                // The certificate is genuine, so that this authority once had the key.
                throw Throw.KeysOlderThanEpoch(_folder.PathOf(PartyFiles.AuthorityKeys));
            }

            _epochs.Enter(certificate);
            _audit.NoteEpoch(_epochs.Latest!);
            _plan = _epochs.Latest!.Plan;
            _folder.Replace(PartyFiles.PlanOf(_plan.Number), _plan.WriteTo);
            _approvals?.Withdraw(ApprovalFiles.NameOfPlan(_plan.Number));
            _approvals?.WithdrawEarlier();
            Log.EpochBegan(_logger, _plan.Number, _epochs.Latest.FirstRound);
        }
        catch (EpochRefusedException refused)
        {
            throw Throw.CertificateRefused(refused);
        }
        catch (IOException fault)
        {
            throw Throw.FolderNotWritable(_folder.Location, fault);
        }
    }
}
