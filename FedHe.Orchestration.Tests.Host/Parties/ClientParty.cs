using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using FedHe.Orchestration.Tests.Host.Frames;

namespace FedHe.Orchestration.Tests.Host.Parties;

/// <summary>A client sends its verification key, waits for the job, asks for the keys, and takes part.</summary>
internal sealed class ClientParty(string name, PartyFiles files, JobMode mode, Action whileTraining) : IParty
{
    private readonly HeContext? _context = SmallJob.CreateContext(mode);
    private readonly SteadyTrainer _trainer = new(name, whileTraining);
    private ClientIdentity? _identity;
    private FederationJob? _job;
    private KeyRequest? _request;
    private ClientKeys? _keys;
    private FederationClient? _client;

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
            _job = Read(job);
        }

        if (files.TryRead(FileNames.Keys, out byte[]? keys))
        {
            _keys = _context is null ? ClientKeys.Load(keys, files.Protector, _job!) : ClientKeys.Load(keys, files.Protector, _context);
            try
            {
                FederationClientSetup setup = WithLedger(Setup);
                _client = files.TryRead(FileNames.State, out byte[]? state)
                    ? FederationClient.Restore(setup, state)
                    : new FederationClient(setup);
            }
            catch (Errors.StateRefusedException refused)
            {
                step.Status = new PartyStatus { StateError = refused.Error };
                return step;
            }
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
                byte[] job = frame.Content.ToArray();
                _job = Read(job);
                step.Files.Add((FileNames.Job, job));
                AskForKeys(step);
                break;
            case FrameKind.Connected when frame.Peer == PartyNames.Authority && _job is null:
                step.Send(PartyNames.Authority, _identity!.VerificationKey.Encoded.ToArray(), FrameKind.VerificationKey);
                break;
            case FrameKind.Connected when frame.Peer == PartyNames.Authority && _keys is null:
                AskForKeys(step);
                break;
            case FrameKind.Connected when frame.Peer == PartyNames.Server && _client is not null:
                Announce(step);
                break;
            case FrameKind.Message when frame.Peer == PartyNames.Authority:
                Open(step, frame.Content);
                break;
            case FrameKind.Message when _client is not null:
                taken = await _client.HandleAsync(frame.Content).ConfigureAwait(false);
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
        Job = _job!,
        Identity = _identity!,
        Keys = _keys!,
        Trainer = _trainer,
        InitialModel = SmallModel.Initial,
        Protector = files.Protector,
    };

    private FederationJob Read(byte[] bytes) => SmallJob.Read(bytes, _context);

    private FederationClientSetup WithLedger(FederationClientSetup setup) => files.TryRead(FileNames.Ledger, out byte[]? ledger)
        ? setup with { Ledger = ledger, NewestLedger = files.TryRead(FileNames.Fence, out byte[]? fence) ? NewestOf(ledger, FrameContent.Read<StateStamp>(fence)) : null }
        : setup;

    /// <summary>Returns the newest stamp: a process that was killed between the two files left the older one apart from the ledger.</summary>
    private static StateStamp? NewestOf(byte[] ledger, StateStamp known)
        => StateStamp.TryRead(ledger, out StateStamp? own) && own.Value.MayReplace(known) ? own : known;

    private void AskForKeys(PartyStep step)
    {
        _request?.Dispose();
        _request = new KeyRequest(_job!, _identity!);
        step.Send(PartyNames.Authority, _request.Bytes);
    }

    /// <summary>Opens the answer of the authority, unless it answers a request of an earlier process or the client has its keys.</summary>
    private void Open(PartyStep step, ReadOnlyMemory<byte> answer)
    {
        if (_request is null || _keys is not null)
        {
            return;
        }

        try
        {
            _keys = _context is null ? _request.Open(answer) : _request.Open(_context, answer);
        }
        catch (HeFormatException)
        {
            return;
        }

        step.Save(FileNames.Keys, bytes => _keys.Save(bytes, files.Protector));
        _client = new FederationClient(Setup);
        Announce(step);
    }

    private void Announce(PartyStep step)
    {
        step.Send(PartyNames.Server, _client!.Announce());
        _client.Unacknowledged.ToList().ForEach(message => step.Send(PartyNames.Server, message));
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
            ModelRound = _client?.ModelRound ?? 0,
            Release = _client?.Release ?? ModelRelease.Unconfirmed,
            Model = _client is null ? [] : [.. SmallModel.ValuesOf(_client.GlobalModel)],
            Bound = _client?.LatestAverage?.MaxErrorBound ?? 0,
        };
    }
}
