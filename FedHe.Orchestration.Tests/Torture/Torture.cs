using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Inspections;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Torture;

/// <summary>
/// A job whose server and clients keep their states on disks that a test reads and sets back, over a transport that loses what is
/// on its way to a party that crashes. It checks at every step what must never happen.
/// </summary>
internal sealed class Torture : IDisposable
{
    private const int MostIdleTimes = 40;

    private readonly PasswordProtector _protector;
    private readonly List<byte[]> _serverDisk = [];
    private readonly byte[]?[] _clientDisks = new byte[]?[4];
    private readonly Queue<ReadOnlyMemory<byte>> _toServer = new();
    private readonly Queue<OutgoingMessage> _toClients = new();
    private readonly Dictionary<int, HashSet<Digest>> _opened = [];
    private readonly Dictionary<(int Round, int Attempt), HashSet<ClientId>> _acknowledged = [];
    private int _idleTimes;

    private Torture(TestBench bench, PasswordProtector protector)
    {
        Bench = bench;
        _protector = protector;
        for (int i = 0; i < 4; i++)
        {
            bench.Clients[i] = new FederationClient(SetupOf(i));
        }
    }

    public TestBench Bench { get; }

    /// <summary>The number of the event at which the party that it concerns crashes; none by default.</summary>
    public int CrashAt { get; init; } = int.MaxValue;

    /// <summary>The moment of the crash within the event.</summary>
    public CrashMoment Moment { get; init; }

    /// <summary>The number of states by which the server is set back when it crashes; null where it gets the newest one and knows it.</summary>
    public int? SetBack { get; init; }

    /// <summary>Whether a second server resumes the same state when the server crashes, and both go on.</summary>
    public bool Forks { get; init; }

    /// <summary>Whether the fourth client spoils every upload, and so is excluded; null where all are honest.</summary>
    public SpoiledTag? Spoils { get; init; }

    /// <summary>The number of events so far: one for every message that a party handles.</summary>
    public int Events { get; private set; }

    /// <summary>The number of times that a server stopped, because a client knew more.</summary>
    public int Superseded { get; private set; }

    public static async Task<Torture> CreateAsync(
        JobProtection protection, PasswordProtector protector, int crashAt = int.MaxValue, CrashMoment moment = default, int? setBack = null, bool forks = false, SpoiledTag? spoils = null, string? sums = null)
    {
        TestBench bench = await TestBench.CreateAsync(new BenchOptions
        {
            Protection = protection,
            Rounds = 2,
            Quorum = 3,
            MinimumContributors = 3,
            MaxAttempts = 12,
            SumFolder = sums,
        });
        return new Torture(bench, protector) { CrashAt = crashAt, Moment = moment, SetBack = setBack, Forks = forks, Spoils = spoils };
    }

    public async Task RunAsync()
    {
        AnnounceAll();
        Take(Bench.Server, server => server.Start(), default);
        while (Bench.Server.Phase != ServerPhase.Ended || _toServer.Count > 0 || _toClients.Count > 0 || Honest.Any(client => client.Outcome is null))
        {
            if (_toServer.TryDequeue(out ReadOnlyMemory<byte> message))
            {
                OneAtServer(message);
            }
            else if (_toClients.TryDequeue(out OutgoingMessage answer))
            {
                await OneAtClientAsync(answer);
            }
            else
            {
                Idle();
            }
        }
    }

    /// <summary>The clients that end the job.</summary>
    public IEnumerable<FederationClient> Honest => Bench.Clients.Take(Spoils is null ? 4 : 3);

    public void Dispose() => Bench.Dispose();

    /// <summary>Makes time pass when nothing is on its way, and lets clients that miss something say so, as hosts do.</summary>
    private void Idle()
    {
        (++_idleTimes).Should().BeLessThan(
            MostIdleTimes, "the job must come to an end after a crash at {0}: {1}, {2}, due in {3}, uploads {4}, clients {5}", CrashAt, Bench.Server.Phase,
            Bench.Server.Stamp, Bench.Server.DueIn, Bench.Server.Contributions.Length, string.Join(", ", Bench.Clients.Select(client => (client.ModelRound, client.Outcome))));
        if (Bench.Server.Phase == ServerPhase.Superseded)
        {
            ReplaceSuperseded();
            return;
        }

        Bench.Time.Pass(Bench.Server.DueIn ?? TimeSpan.Zero);
        Take(Bench.Server, server => server.Advance(), default);
        AnnounceAll();
    }

    private void OneAtServer(ReadOnlyMemory<byte> message)
    {
        bool crashes = Events++ == CrashAt;
        if (crashes && Moment == CrashMoment.BeforeHandling)
        {
            RestartServer();
            return;
        }

        Take(Bench.Server, server => server.Handle(message), message, crashes ? Moment : null);
        if (crashes)
        {
            RestartServer();
        }
    }

    private async Task OneAtClientAsync(OutgoingMessage message)
    {
        int index = Bench.Clients.FindIndex(client => client.Client == message.Recipient);
        bool crashes = Events++ == CrashAt;
        if (crashes && Moment == CrashMoment.BeforeHandling)
        {
            RestartClient(index);
            return;
        }

        ClientStep step = await Bench.Clients[index].HandleAsync(message.Bytes);
        if (crashes && Moment == CrashMoment.BeforeSaving)
        {
            RestartClient(index);
            return;
        }

        Check(index, message, step);
        if (step.State is SavedState state)
        {
            _clientDisks[index] = state.ToArray();
        }

        if (crashes)
        {
            RestartClient(index);
            return;
        }

        step.Messages.ToList().ForEach(answer => Send(index, answer));
    }

    /// <summary>Sends a message of a client, or what a malicious one sends in its place.</summary>
    private void Send(int index, ReadOnlyMemory<byte> message)
        => _toServer.Enqueue(Spoils is SpoiledTag tag && index == 3
            ? new Spoiler(new RoundKeyProtocol(Bench.Job.RoundKeyParameters!, Bench.Authority.PublicContext, Bench.Terms), Bench.Identities[3], tag)
                .Pass(message, Bench.Parse(message))
            : message);

    /// <summary>Takes a step of the server, unless it crashes in it, and sends its messages once its state is saved.</summary>
    private void Take(FederationServer server, Func<FederationServer, ServerStep> call, ReadOnlyMemory<byte> message, CrashMoment? crash = null)
    {
        ServerStep step = call(server);
        step.Failure.Should().BeNull();
        if (crash == CrashMoment.BeforeSaving)
        {
            return;
        }

        if (step.State is SavedState state)
        {
            _serverDisk.Add(state.ToArray());
        }

        foreach (RoundReport report in step.Reports)
        {
            Check(report);
        }

        bool isUpload = !message.IsEmpty && MessageInfo.TryRead(message.Span, out MessageInfo? info) && info.Kind == MessageKind.Upload;
        if (isUpload && step.Refusal == RefusalReason.None && crash is null)
        {
            UploadSlot slot = ((Upload)Bench.Parse(message)).Slot;
            AcknowledgedOf(slot.Round, slot.Attempt).Add(slot.Client);
        }

        if (crash is null)
        {
            // What is on its way outlives the server.
            step.Messages.Where(one => one.Recipient is not null).ToList().ForEach(one => _toClients.Enqueue(new OutgoingMessage(one.Recipient, one.Kind, one.Bytes)));
        }
    }

    private void RestartServer()
    {
        Bench.Server.Dispose();
        _toServer.Clear();
        if (_serverDisk.Count == 0)
        {
            // Nothing was saved before the job began.
            Bench.Server = new FederationServer(Bench.ServerSetup);
            AnnounceAll();
            Take(Bench.Server, server => server.Start(), default);
            return;
        }

        byte[] state = _serverDisk[Math.Max(0, _serverDisk.Count - 1 - (SetBack ?? 0))];
        StateStamp? newest = null;
        if (SetBack is null)
        {
            StateStamp.TryRead(_serverDisk[^1], out newest);
        }

        Bench.Server = FederationServer.Restore(Bench.ServerSetup, state, newest);
        Take(Bench.Server, server => server.Advance(), default);
        if (Bench.Server.Phase == ServerPhase.NotStarted)
        {
            Take(Bench.Server, server => server.Start(), default);
        }

        if (Forks)
        {
            Fork(state, newest);
        }

        AnnounceAll();
    }

    /// <summary>Lets a second server of the same state speak first to one half of the clients.</summary>
    private void Fork(byte[] state, StateStamp? newest)
    {
        using var second = FederationServer.Restore(Bench.ServerSetup, state, newest);
        second.Advance();
        foreach (FederationClient client in Bench.Clients.Take(2))
        {
            foreach (OutgoingMessage answer in second.Handle(client.Announce()).Messages)
            {
                _toClients.Enqueue(answer);
            }
        }
    }

    /// <summary>Does what an operator does whose server has stopped: resumes the newest state of all lives.</summary>
    private void ReplaceSuperseded()
    {
        Superseded++;
        Bench.Server.Dispose();
        byte[] newest = _serverDisk.MaxBy(state => StateStamp.TryRead(state, out StateStamp? stamp)
            ? (stamp.Value.Round, stamp.Value.Attempt, stamp.Value.Version, stamp.Value.Life)
            : default)!;
        Bench.Server = FederationServer.Restore(Bench.ServerSetup, newest);
        Take(Bench.Server, server => server.Advance(), default);
        AnnounceAll();
    }

    private void RestartClient(int index)
    {
        List<OutgoingMessage> others = [.. _toClients.Where(message => message.Recipient != Bench.Clients[index].Client)];
        _toClients.Clear();
        others.ForEach(_toClients.Enqueue);
        Bench.Clients[index] = _clientDisks[index] is byte[] state
            ? FederationClient.Restore(SetupOf(index), state)
            : new FederationClient(SetupOf(index));
        Announce(Bench.Clients[index]);
    }

    private void AnnounceAll() => Bench.Clients.ForEach(Announce);

    private void Announce(FederationClient client)
    {
        _toServer.Enqueue(client.Announce());
        client.Unacknowledged.ToList().ForEach(message => Send(Bench.Clients.IndexOf(client), message));
    }

    private void Check(RoundReport report)
    {
        if (report.IsAggregated)
        {
            report.Contributions.Select(contribution => contribution.Client).Should().OnlyHaveUniqueItems("no upload counts twice");
            AcknowledgedOf(report.Round, report.Attempt).Should().BeSubsetOf(
                report.Contributions.Select(contribution => contribution.Client), "what was acknowledged is in the sum");
        }
    }

    private void Check(int index, OutgoingMessage message, ClientStep step)
    {
        FederationClient client = Bench.Clients[index];
        (client.Outcome == FederationOutcome.Completed && client.ModelRound < 2).Should().BeFalse("nobody ends with an older model");
        if (message.Kind == MessageKind.Aggregate && step.Ignored is null)
        {
            var aggregate = (AggregateMessage)Bench.Parse(message.Bytes);
            if (!_opened.TryGetValue(aggregate.Round, out HashSet<Digest>? digests))
            {
                _opened.Add(aggregate.Round, digests = []);
            }

            digests.Add(aggregate.AggregateDigest);
            digests.Should().ContainSingle("no round is opened for two lists");
        }
    }

    private HashSet<ClientId> AcknowledgedOf(int round, int attempt)
    {
        if (!_acknowledged.TryGetValue((round, attempt), out HashSet<ClientId>? clients))
        {
            _acknowledged.Add((round, attempt), clients = []);
        }

        return clients;
    }

    private FederationClientSetup SetupOf(int index) => Bench.ClientSetup(index) with { Protector = _protector };
}
