using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using FedHe.Orchestration.Tests.Host.Frames;

namespace FedHe.Orchestration.Tests.Host.Parties;

/// <summary>
/// The authority, of keys or of a group key, collects the verification keys, makes the keys of the job, describes the job once its keys are on disk, and
/// answers key requests.
/// </summary>
internal sealed class AuthorityParty(PartyFiles files, JobMode mode) : IParty
{
    private readonly HeContext? _context = SmallJob.CreateContext(mode);
    private readonly SortedDictionary<string, byte[]> _verificationKeys = new(StringComparer.Ordinal);
    private Guid _jobId;
    private IKeyDesk? _authority;
    private FederationJob? _job;

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

        return step;
    }

    public async Task<PartyStep> HandleAsync(Frame frame)
    {
        var step = new PartyStep();
        switch (frame.Kind)
        {
            case FrameKind.VerificationKey when _jobId == Guid.Empty:
                _verificationKeys[frame.Peer] = frame.Content.ToArray();
                if (_verificationKeys.Count == PartyNames.Clients.Count + 1)
                {
                    _jobId = Guid.NewGuid();
                    step.Files.Add((FileNames.Roster, FrameContent.Write(new SavedRoster(_jobId, _verificationKeys))));
                    MakeKeys(step);
                }

                break;
            case FrameKind.Message when _authority is not null:
                AuthorityStep answer = await _authority.HandleAsync(frame.Content).ConfigureAwait(false);
                step.Send(frame.Peer, answer.Answer);
                break;
            case FrameKind.Connected when _job is not null:
                step.Send(frame.Peer, JobBytes(), FrameKind.Job);
                break;
        }

        return step;
    }

    public void Dispose()
    {
        _authority?.Dispose();
        _context?.Dispose();
    }

    private ClientRoster Roster => new(PartyNames.Clients.Select(client => KeyValuePair.Create(new ClientId(client), KeyOf(client))));

    private VerificationKey KeyOf(string party)
        => VerificationKey.TryParse(_verificationKeys[party], out VerificationKey? key) ? key : throw new InvalidOperationException($"The key of {party} is none.");

    private void MakeKeys(PartyStep step)
    {
        _authority = IKeyDesk.Create(_jobId, _context, Roster);
        step.Save(FileNames.Keys, bytes => _authority.Save(bytes, files.Protector));
        _job = Describe(_authority);
        Publish(step);
    }

    private FederationJob Describe(IKeyDesk authority)
        => SmallJob.Describe(_jobId, authority.Info, KeyOf(PartyNames.Server), Roster, mode);

    private void Publish(PartyStep step)
    {
        foreach (string party in (string[])[PartyNames.Server, .. PartyNames.Clients])
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
