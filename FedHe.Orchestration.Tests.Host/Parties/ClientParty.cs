using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using FedHe.Orchestration.Tests.Host.Frames;

namespace FedHe.Orchestration.Tests.Host.Parties;

/// <summary>
/// A client sends its verification key, waits for the job, asks for the keys, and takes part. One that joins waits for the certificate of its epoch before
/// it asks for keys, and one that stays asks for the keys of the epoch that it has entered.
/// </summary>
internal sealed class ClientParty(string name, PartyFiles files, JobMode mode, Action whileTraining) : IParty
{
    private readonly HeContext? _context = SmallJob.CreateContext(mode);
    private readonly SteadyTrainer _trainer = new(name, whileTraining);
    private ClientIdentity? _identity;
    private FederationJob? _job;
    private ClientKeyFiles? _keys;
    private KeyRequest? _request;
    private bool _isRequestOfNext;
    private FederationClient? _client;

    private bool IsJoining => name == PartyNames.Joiner;

    /// <summary>Whether the client sends its verification key again, because it has seen nothing that follows from it: the job, or the epoch that it joins.</summary>
    private bool LacksEpoch => _job is null || (IsJoining && _keys!.Next is null);

    private bool LacksKeys => _keys is { HasKeys: false } || _client?.NeedsKeys == true;

    public PartyStep Begin()
    {
        var step = new PartyStep();
        if (files.TryRead(FileNames.Identity, out byte[]? identity))
        {
            _identity = ClientIdentity.Load(identity, files.Protector);
        }
        else
        {
            _identity = ClientIdentity.Create(new(name));
            step.Save(FileNames.Identity, bytes => _identity.Save(bytes, files.Protector));
        }

        if (files.TryRead(FileNames.Job, out byte[]? job))
        {
            Take(job);
            _keys!.Read();
        }

        if (_keys is { HasKeys: true })
        {
            try
            {
                FederationClientSetup setup = WithLedger(Setup);
                _client = files.TryRead(FileNames.State, out byte[]? state)
                    ? FederationClient.Restore(setup, state)
                    : new FederationClient(setup);
            }
            catch (StateRefusedException refused)
            {
                step.Status = new PartyStatus { StateError = refused.Error };
                return step;
            }

            _keys.DeleteOld(step, _client);
        }

        step.Status = StatusAfter(null);
        return step;
    }

    public async Task<PartyStep> HandleAsync(Frame frame)
    {
        var step = new PartyStep();
        ClientStep? taken = null;
        switch (frame.Kind)
        {
            case FrameKind.Job when _job is null:
                Take(frame.Content.ToArray());
                step.Files.Add((FileNames.Job, frame.Content.ToArray()));
                Ask(step);
                break;
            case FrameKind.Connected when frame.Peer == PartyNames.Authority && LacksEpoch:
                step.Send(PartyNames.Authority, _identity!.VerificationKey.Encoded.ToArray(), FrameKind.VerificationKey);
                break;
            case FrameKind.Connected when frame.Peer == PartyNames.Authority && LacksKeys:
            case FrameKind.Connected when frame.Peer == PartyNames.Server && _client is null && _job is not null && IsJoining:
                Ask(step);
                break;
            case FrameKind.Connected when frame.Peer == PartyNames.Server && _client is not null:
                Announce(step, _client.Announce());
                break;
            case FrameKind.Certificate when IsJoining && _keys is { Next: null }:
                _keys.Enter(step, frame.Content);
                Ask(step);
                break;
            case FrameKind.Message when frame.Peer == PartyNames.Authority:
                Open(step, frame.Content);
                break;
            case FrameKind.Message when _client is not null:
                taken = await _client.HandleAsync(frame.Content).ConfigureAwait(false);
                Take(step, taken);
                break;
        }

        step.Status = StatusAfter(taken);
        return step;
    }

    public void Dispose()
    {
        _request?.Dispose();
        _keys?.Dispose();
        _identity?.Dispose();
        _context?.Dispose();
        _client?.Dispose();
    }

    private FederationClientSetup Setup => new()
    {
        Job = _keys!.Job,
        Identity = _identity!,
        Keys = _keys.Keys,
        EpochKeys = _keys.Later,
        Trainer = _trainer,
        InitialModel = SmallModel.Initial,
        Protector = files.Protector,
    };

    private void Take(byte[] job)
    {
        _job = SmallJob.Read(job, _context);
        _keys = new ClientKeyFiles(files, _job, _context);
    }

    /// <summary>Writes the ledger first, then the state, and lets the messages leave after both.</summary>
    private void Take(PartyStep step, ClientStep taken)
    {
        if (taken.Ledger is SavedState ledger)
        {
            step.Files.Add((FileNames.Ledger, ledger.ToArray()));
            step.Files.Add((FileNames.Fence, FrameContent.Write(ledger.Stamp)));
        }

        if (taken.State is SavedState state)
        {
            step.Files.Add((FileNames.State, state.ToArray()));
        }

        taken.Messages.ToList().ForEach(message => step.Send(PartyNames.Server, message));
        if (_client!.NeedsKeys && !_isRequestOfNext)
        {
            Ask(step);
        }

        _keys!.DeleteOld(step, _client);
    }

    private FederationClientSetup WithLedger(FederationClientSetup setup) => files.TryRead(FileNames.Ledger, out byte[]? ledger)
        ? setup with { Ledger = ledger, NewestLedger = files.TryRead(FileNames.Fence, out byte[]? fence) ? NewestOf(ledger, FrameContent.Read<StateStamp>(fence)) : null }
        : setup;

    /// <summary>Returns the newest stamp: a process that was killed between the two files left the older one apart from the ledger.</summary>
    private static StateStamp? NewestOf(byte[] ledger, StateStamp known)
        => StateStamp.TryRead(ledger, out StateStamp? own) && own.Value.MayReplace(known) ? own : known;

    /// <summary>Asks for the keys of the epoch that the client begins with or has entered; a client that joins asks for its certificate before.</summary>
    private void Ask(PartyStep step)
    {
        FederationJob? job = _client?.Job ?? (IsJoining ? _keys!.Next : _job);
        if (job is null)
        {
            step.Send(PartyNames.Server, default, FrameKind.CertificateRequest);
            return;
        }

        _request?.Dispose();
        _request = new KeyRequest(job, _identity!);
        _isRequestOfNext = job.EpochNumber > 1;
        step.Send(PartyNames.Authority, _request.Bytes);
    }

    /// <summary>Opens the answer of the authority, unless it answers a request of an earlier process or the client has its keys.</summary>
    private void Open(PartyStep step, ReadOnlyMemory<byte> answer)
    {
        if (_request is null || !LacksKeys)
        {
            return;
        }

        ClientKeys keys;
        try
        {
            keys = _context is null ? _request.Open(answer) : _request.Open(_context, answer);
        }
        catch (HeFormatException)
        {
            return;
        }

        if (_client is not null && _keys!.Next is null)
        {
            _keys.Enter(step, _client.Certificates[^1]);
        }

        _keys!.Keep(step, keys, _isRequestOfNext);
        if (_client is not null)
        {
            Announce(step, _client.Renew(keys));
            return;
        }

        _client = new FederationClient(Setup);
        Announce(step, _client.Announce());
    }

    private void Announce(PartyStep step, ReadOnlyMemory<byte> announcement)
    {
        step.Send(PartyNames.Server, announcement);
        _client!.Unacknowledged.ToList().ForEach(message => step.Send(PartyNames.Server, message));
    }

    private PartyStatus StatusAfter(ClientStep? taken)
    {
        bool hasTrained = _trainer.Trainings > 0;
        _trainer.Forget();
        return new PartyStatus
        {
            Ignored = taken?.Ignored,
            Refused = taken?.Refusal,
            HasTrained = hasTrained,
            Outcome = _client?.Outcome,
            Epoch = _client?.Job.EpochNumber ?? 0,
            ModelRound = _client?.ModelRound ?? 0,
            Release = _client?.Release ?? ModelRelease.Unconfirmed,
            Model = _client is null ? [] : [.. SmallModel.ValuesOf(_client.GlobalModel)],
            Bound = _client?.LatestAverage?.MaxErrorBound ?? 0,
        };
    }
}
