using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using FedHe.Orchestration.Tests.Host.Frames;

namespace FedHe.Orchestration.Tests.Host.Parties;

/// <summary>
/// The authority, of keys or of a group key, collects the verification keys, makes the keys of the job, describes the job once its keys are on disk, and
/// answers key requests. Where a client joins, it plans the epoch that lets it in and another one out.
/// </summary>
internal sealed class AuthorityParty(PartyFiles files, JobMode mode) : IParty
{
    private readonly HeContext? _context = SmallJob.CreateContext(mode);
    private readonly SortedDictionary<string, byte[]> _verificationKeys = new(StringComparer.Ordinal);
    private Guid _jobId;
    private IKeyDesk? _authority;
    private FederationJob? _job;
    private byte[]? _card;
    private byte[]? _plan;

    public PartyStep Begin()
    {
        if (files.TryRead(FileNames.Roster, out byte[]? bytes))
        {
            SavedRoster saved = FrameContent.Read<SavedRoster>(bytes);
            _jobId = saved.JobId;
            foreach ((string party, byte[] key) in saved.VerificationKeys)
            {
                _verificationKeys.Add(party, key);
            }
        }

        _card = files.TryRead(FileNames.Card, out byte[]? card) ? card : null;
        _plan = files.TryRead(FileNames.Plan, out byte[]? plan) ? plan : null;
        if (files.TryRead(FileNames.Keys, out byte[]? keys))
        {
            _authority = IKeyDesk.Load(keys, files.Protector, _context, Roster);
            _job = Describe(_authority);
        }

        var step = new PartyStep();
        if (_job is not null)
        {
            Publish(step);
        }
        else if (_jobId != Guid.Empty)
        {
            MakeKeys(step);
        }

        Plan(step);
        return step;
    }

    public async Task<PartyStep> HandleAsync(Frame frame)
    {
        var step = new PartyStep();
        switch (frame.Kind)
        {
            case FrameKind.VerificationKey when frame.Peer == PartyNames.Joiner:
                if (_card is null)
                {
                    step.Files.Add((FileNames.Card, _card = frame.Content.ToArray()));
                }

                Plan(step);
                break;
            case FrameKind.VerificationKey when _jobId == Guid.Empty:
                _verificationKeys[frame.Peer] = frame.Content.ToArray();
                if (_verificationKeys.Count == PartyNames.Clients.Count + 1)
                {
                    _jobId = Guid.NewGuid();
                    step.Files.Add((FileNames.Roster, FrameContent.Write(new SavedRoster(_jobId, _verificationKeys))));
                    MakeKeys(step);
                    Plan(step);
                }

                break;
            case FrameKind.Message when _authority is not null:
                AuthorityStep answer = await _authority.HandleAsync(frame.Content).ConfigureAwait(false);
                step.Send(frame.Peer, answer.Answer);
                break;
            case FrameKind.Connected when _job is not null:
                step.Send(frame.Peer, JobBytes(), FrameKind.Job);
                if (frame.Peer == PartyNames.Server && _plan is not null)
                {
                    step.Send(PartyNames.Server, _plan, FrameKind.Plan);
                }

                break;
        }

        return step;
    }

    public void Dispose()
    {
        _authority?.Dispose();
        _context?.Dispose();
    }

    private ClientRoster Roster => RosterOf(PartyNames.Clients.Select(client => (client, _verificationKeys[client])));

    private static ClientRoster RosterOf(IEnumerable<(string Client, byte[] Key)> clients)
        => new(clients.Select(one => KeyValuePair.Create(new ClientId(one.Client), KeyOf(one.Client, one.Key))));

    private static VerificationKey KeyOf(string party, byte[] bytes)
        => VerificationKey.TryParse(bytes, out VerificationKey? key) ? key : throw new InvalidOperationException($"The key of {party} is none.");

    private void MakeKeys(PartyStep step)
    {
        _authority = IKeyDesk.Create(_jobId, _context, Roster);
        step.Save(FileNames.Keys, bytes => _authority.Save(bytes, files.Protector));
        _job = Describe(_authority);
        Publish(step);
    }

    /// <summary>
    /// Plans the epoch once the job is described and the card of the client that joins is here, and brings the plan to the server. The key of the epoch is
    /// on the disk before its plan: a process that ends between the two plans again.
    /// </summary>
    private void Plan(PartyStep step)
    {
        if (_job is null || _card is null)
        {
            return;
        }

        if (_plan is null)
        {
            ClientRoster next = RosterOf(
                [.. PartyNames.Clients.Where(client => client != PartyNames.Leaver).Select(client => (client, _verificationKeys[client])), (PartyNames.Joiner, _card)]);
            EpochPlan plan = _authority!.PlanEpoch(_job, next);
            step.Save(FileNames.Keys, bytes => _authority.Save(bytes, files.Protector));
            _plan = step.Save(FileNames.Plan, plan.WriteTo);
        }

        step.Send(PartyNames.Server, _plan, FrameKind.Plan);
    }

    private FederationJob Describe(IKeyDesk authority)
        => SmallJob.Describe(_jobId, authority.Info, KeyOf(PartyNames.Server, _verificationKeys[PartyNames.Server]), Roster, mode);

    private void Publish(PartyStep step)
    {
        foreach (string party in (string[])[PartyNames.Server, .. PartyNames.ClientsOf(mode)])
        {
            step.Send(party, JobBytes(), FrameKind.Job);
        }
    }

    private byte[] JobBytes()
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        _job!.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
