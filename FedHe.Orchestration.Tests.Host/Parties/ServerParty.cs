using FedHe.Crypto;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using FedHe.Orchestration.Tests.Host.Frames;

namespace FedHe.Orchestration.Tests.Host.Parties;

/// <summary>The server sends its verification key, waits for the job, and runs it.</summary>
internal sealed class ServerParty(PartyFiles files, JobMode mode, string? sums) : IParty
{
    private readonly HeContext? _context = SmallJob.CreateContext(mode);
    private readonly RoutedTime _time = new();
    private ServerIdentity? _identity;
    private FederationServer? _server;

    // The epoch whose certificate the client that joins was sent last.
    private int _epoch = 1;

    public PartyStep Begin()
    {
        var step = new PartyStep();
        if (files.TryRead(FileNames.Identity, out byte[]? identity))
        {
            _identity = ServerIdentity.Load(identity, files.Protector);
        }
        else
        {
            _identity = ServerIdentity.Create();
            step.Save(FileNames.Identity, bytes => _identity.Save(bytes, files.Protector));
        }

        if (files.TryRead(FileNames.Job, out byte[]? job))
        {
            Resume(step, job);
        }

        return step;
    }

    public Task<PartyStep> HandleAsync(Frame frame)
    {
        var step = new PartyStep();
        switch (frame.Kind)
        {
            case FrameKind.Job when _server is null:
                byte[] job = frame.Content.ToArray();
                step.Files.Add((FileNames.Job, job));
                _server = new FederationServer(SetupOf(job));
                Take(step, _server.Start());
                break;
            case FrameKind.Connected when frame.Peer == PartyNames.Authority && _server is null:
                step.Send(PartyNames.Authority, _identity!.VerificationKey.Encoded.ToArray(), FrameKind.VerificationKey);
                break;
            case FrameKind.Plan when _server is not null:
                step.Files.Add((FileNames.Plan, frame.Content.ToArray()));
                Propose(step, frame.Content.Span);
                break;
            case FrameKind.CertificateRequest when _server is { Certificates: [ReadOnlyMemory<byte> certificate, ..] }:
                step.Send(frame.Peer, certificate, FrameKind.Certificate);
                break;
            case FrameKind.Message when _server is not null:
                Take(step, _server.Handle(frame.Content), frame.Peer);
                break;
            case FrameKind.Gone when _server is not null && PartyNames.AllClients.Contains(frame.Peer):
                Take(step, _server.ReportUnreachable(new(frame.Peer)));
                break;
            case FrameKind.TimePassed when _server is not null:
                _time.Pass(FrameContent.Read<long>(frame.Content));
                Take(step, _server.Advance());
                break;
        }

        return Task.FromResult(step);
    }

    public void Dispose()
    {
        _server?.Dispose();
        _identity?.Dispose();
        _context?.Dispose();
    }

    private void Resume(PartyStep step, byte[] job)
    {
        if (!files.TryRead(FileNames.State, out byte[]? state))
        {
            _server = new FederationServer(SetupOf(job));
            Take(step, _server.Start());
            return;
        }

        StateStamp? newest = files.TryRead(FileNames.Fence, out byte[]? fence) ? FrameContent.Read<StateStamp>(fence) : null;
        try
        {
            _server = FederationServer.Restore(SetupOf(job), state, newest);
        }
        catch (Errors.StateRefusedException refused)
        {
            step.Status = new PartyStatus { StateError = refused.Error };
            return;
        }

        Take(step, _server.Advance());
        if (files.TryRead(FileNames.Plan, out byte[]? plan))
        {
            Propose(step, plan);
        }
    }

    /// <summary>Proposes the plan that the authority brought, and again after a restart. The plan of an epoch that has begun changes nothing.</summary>
    private void Propose(PartyStep step, ReadOnlySpan<byte> bytes)
    {
        bool isGoingOn = _server!.Phase is not (ServerPhase.NotStarted or ServerPhase.Ended or ServerPhase.Superseded);
        if (isGoingOn && EpochPlan.TryRead(bytes, _server.Job.Authority.ParametersId, out EpochPlan? plan, out _))
        {
            Take(step, _server.Propose(plan));
        }
    }

    /// <summary>Writes the state, and its stamp apart from it, before the messages of a step leave.</summary>
    private void Take(PartyStep step, ServerStep taken, string sender = "")
    {
        bool isFenced = false;
        if (taken.State is SavedState state)
        {
            isFenced = files.TryRead(FileNames.State, out byte[]? stored)
                && StateStamp.TryRead(stored, out StateStamp? other) && !state.Stamp.MayReplace(other.Value);
            if (!isFenced)
            {
                step.Files.Add((FileNames.State, state.ToArray()));
                step.Files.Add((FileNames.Fence, FrameContent.Write(state.Stamp)));
            }
        }

        foreach (OutgoingMessage message in isFenced ? [] : taken.Messages)
        {
            step.Send(message.Recipient?.Value ?? sender, message.Bytes);
        }

        if (!isFenced && _epoch != _server!.Job.EpochNumber)
        {
            // A client that joins asks too, when it hears nothing.
            _epoch = _server.Job.EpochNumber;
            _server.Certificates.ToList().ForEach(certificate => step.Send(PartyNames.Joiner, certificate, FrameKind.Certificate));
        }

        step.Status = new PartyStatus
        {
            Phase = _server!.Phase,
            Outcome = _server.Outcome,
            DueIn = _server.DueIn?.Ticks,
            Epoch = _server.Job.EpochNumber,
            IsFenced = step.Status.IsFenced || isFenced,
            Refusal = taken.Refusal,
            Closed = [.. step.Status.Closed, .. taken.Reports.Select(report => new ClosedRound(
                report.Round, report.Attempt, report.IsAggregated, [.. report.Contributions.Select(one => one.Client.Value)]))],
        };
    }

    private FederationServerSetup SetupOf(byte[] bytes) => new()
    {
        Context = SmallJob.PublicOf(_context),
        Job = SmallJob.Read(bytes, _context),
        Identity = _identity!,
        Time = _time,
        SumFolder = sums,
    };
}
