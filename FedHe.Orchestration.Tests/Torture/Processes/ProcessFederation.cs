using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using FedHe.Orchestration.Tests.Host.Frames;
using FedHe.Orchestration.Tests.Host.Kills;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>
/// A federation of processes: server, authority and clients, each with a folder of its own. The test is their network and
/// their operator: it carries one frame after another, notices processes that died, and starts them again from their files.
/// </summary>
internal sealed class ProcessFederation : IDisposable
{
    private const string SecondServer = "second server";
    private const int MostIdleTimes = 60;
    private const int IdleTimesOfASplit = 20;

    private readonly HostPool _pool;
    private readonly JobMode _mode;
    private readonly Network _network;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-torture-");
    private readonly Dictionary<string, HostProcess> _hosts = [];
    private readonly Dictionary<string, PartyStatus> _statuses = [];
    private readonly Dictionary<(string Party, string File), List<byte[]>> _states = [];
    private readonly Dictionary<string, string> _serverOf;
    private string _secondFolder = SecondServer;
    private int _idleTimes;
    private bool _hasEnded;

    public ProcessFederation(HostPool pool, JobMode mode, int? seed = null)
    {
        _pool = pool;
        _mode = mode;
        _network = new Network(seed);
        Clients = PartyNames.ClientsOf(mode);
        _serverOf = Clients.ToDictionary(client => client, _ => PartyNames.Server);
        Record = new FederationRecord(mode);
        foreach (string party in PartyNames.Of(mode))
        {
            _hosts.Add(party, pool.Take(party));
        }
    }

    /// <summary>The clients that take part at some time.</summary>
    public IReadOnlyList<string> Clients { get; }

    /// <summary>The kills of the run, by the number of the frame.</summary>
    public Dictionary<int, KillPoint> Kills { get; init; } = [];

    /// <summary>Whether the server learns of every connection that breaks, as hosts tell it with <c>ReportUnreachable</c>.</summary>
    public bool NoticesBrokenConnections { get; init; } = true;

    /// <summary>Whether the server keeps its sums in files.</summary>
    public bool HasSumsInFiles { get; init; }

    /// <summary>Whether what a killed process had sent is lost on its way, and not only what was on its way to it.</summary>
    public bool LosesWhatTheKilledSent { get; init; }

    /// <summary>What was seen of the run, which checks at every step what must never happen.</summary>
    public FederationRecord Record { get; }

    /// <summary>The frames that were handled to the end.</summary>
    public List<DeliveredFrame> Delivered { get; } = [];

    /// <summary>The number of frames that were delivered, whatever came of them.</summary>
    public int Frames { get; private set; }

    /// <summary>The number of processes that were killed.</summary>
    public int Killed { get; private set; }

    /// <summary>The servers that stopped because another one goes on with the job.</summary>
    public int Stopped { get; private set; }

    /// <summary>What each party showed of itself last.</summary>
    public IReadOnlyDictionary<string, PartyStatus> Statuses => _statuses;

    /// <summary>The states that a party has written, from the oldest on.</summary>
    public IReadOnlyList<byte[]> StatesOf(string party) => _states.GetValueOrDefault((party, FileNames.State)) ?? [];

    /// <summary>The ledgers that a member has written, from the oldest on.</summary>
    public IReadOnlyList<byte[]> LedgersOf(string party) => _states.GetValueOrDefault((party, FileNames.Ledger)) ?? [];

    public ProcessFederation Run()
    {
        RunTo(int.MaxValue);
        Record.ShouldBeComplete();
        _hasEnded = true;
        return this;
    }

    /// <summary>Delivers frames until a number of them was delivered, or the job is over for everybody.</summary>
    public void RunTo(int frames)
    {
        if (Frames == 0)
        {
            PartyNames.Of(_mode).ToList().ForEach(Begin);
            PartyNames.Of(_mode).ToList().ForEach(ConnectAll);
        }

        while (Frames < frames && !(_network.IsEmpty && IsOver))
        {
            if (_network.IsEmpty)
            {
                Idle();
            }
            else if (_network.Take() is (string to, Frame frame))
            {
                Deliver(to, frame);
            }
        }
    }

    /// <summary>Kills a party's process between two frames, changes its files, and starts it again.</summary>
    public void Restart(string party, Action<string>? change = null)
    {
        _hosts[party].Kill();
        Killed++;
        Replace(party, change);
    }

    /// <summary>Starts a second server on a copy of the first one's files, or on the same files, to which half of the clients connect.</summary>
    /// <param name="sharesFolder">Whether the two servers share their files.</param>
    public void Fork(bool sharesFolder)
    {
        _secondFolder = sharesFolder ? PartyNames.Server : SecondServer;
        if (!sharesFolder)
        {
            Record.Forked(PartyNames.Server, SecondServer);
            Directory.CreateDirectory(FolderOf(SecondServer));
            foreach (string file in Directory.GetFiles(FolderOf(PartyNames.Server)))
            {
                File.Copy(file, Path.Combine(FolderOf(SecondServer), Path.GetFileName(file)));
            }
        }

        _hosts.Add(SecondServer, _pool.Take(PartyNames.Server));
        Begin(SecondServer);
        PartyNames.Clients.Take(2).ToList().ForEach(client => Connect(client, SecondServer));
    }

    public void Dispose()
    {
        foreach ((string place, HostProcess host) in _hosts)
        {
            if (_hasEnded)
            {
                _pool.Return(PartyOf(place), host);
            }
            else
            {
                // It may be in the middle of a step.
                host.Dispose();
            }
        }

        _folder.Delete(recursive: true);
    }

    private bool IsOver
        => (PartyNames.StayingOf(_mode).All(client => _statuses[client] is { Outcome: FederationOutcome.Completed, Release: not ModelRelease.Unconfirmed })
                && Clients.All(client => _statuses[client].Outcome is not null)
                && Servers.Any(server => _statuses[server].Outcome == FederationOutcome.Completed))
            || (_idleTimes > IdleTimesOfASplit && (Record.IsSplit || (Record.MaySplit && IsCompletedForAll)));

    // Where two servers each have some of the confirmations, some clients may never learn that the model was confirmed.
    private bool IsCompletedForAll => Clients.All(client => _statuses[client].Outcome == FederationOutcome.Completed);

    private IEnumerable<string> Servers => _hosts.Keys.Where(place => PartyOf(place) == PartyNames.Server);

    private static MessageKind? KindOf(Frame frame)
        => frame.Kind == FrameKind.Message && MessageInfo.TryRead(frame.Content.Span, out MessageInfo? info) ? info.Kind : null;

    private static string PartyOf(string place) => place == SecondServer ? PartyNames.Server : place;

    /// <summary>The folder of a party's files.</summary>
    public string FolderOf(string place) => Path.Combine(_folder.FullName, place == SecondServer ? _secondFolder : place);

    private void Begin(string place)
        => Deliver(place, new Frame(FrameKind.Begin, Content: FrameContent.Write(new PartyOrder(PartyOf(place), FolderOf(place), _mode, HasSumsInFiles))));

    /// <summary>Tells a party and all that it has to do with that they are connected.</summary>
    private void ConnectAll(string place)
    {
        string party = PartyOf(place);
        foreach (string peer in party == PartyNames.Authority ? [.. Servers, .. Clients] : (string[])[PartyNames.Authority])
        {
            _network.Add(peer, new Frame(FrameKind.Connected, party));
            _network.Add(place, new Frame(FrameKind.Connected, PartyOf(peer)));
        }

        foreach (string client in Clients.Where(client => client == place || _serverOf[client] == place))
        {
            _network.Add(client, new Frame(FrameKind.Connected, PartyNames.Server));
        }
    }

    private void Connect(string client, string server)
    {
        _network.Add(_serverOf[client], new Frame(FrameKind.Gone, client));
        _serverOf[client] = server;
        _network.Add(client, new Frame(FrameKind.Connected, PartyNames.Server));
    }

    /// <summary>Makes time pass when nothing is on its way, and lets parties that miss something say so, as hosts do.</summary>
    private void Idle()
    {
        (++_idleTimes).Should().BeLessThan(MostIdleTimes, "the job must come to an end: {0}", string.Join("; ", _statuses.Select(one => $"{one.Key}: {one.Value}")));
        string[] servers = [.. Servers];
        if (servers.Length == 0)
        {
            ResumeNewest();
            return;
        }

        if (servers.Length == 2)
        {
            // Clients lose their connections, and the next ones lead to the other server.
            Clients.ToList().ForEach(client => Connect(client, servers.Single(server => server != _serverOf[client])));
        }

        foreach (string server in servers)
        {
            _network.Add(server, new Frame(FrameKind.TimePassed, Content: FrameContent.Write(_statuses[server].DueIn ?? 0)));
        }

        ConnectAll(PartyNames.Authority);
        Clients.ToList().ForEach(client => _network.Add(client, new Frame(FrameKind.Connected, PartyNames.Server)));
    }

    private void Deliver(string place, Frame frame)
    {
        if (!_hosts.TryGetValue(place, out HostProcess? host))
        {
            return;
        }

        int number = Frames++;
        host.Send(frame with { Kill = Kills.TryGetValue(number, out KillPoint? kill) ? kill.ToString() : string.Empty });
        List<(string To, MessageKind? Kind)> sent = [];
        while (host.Receive() is Frame answer)
        {
            switch (answer.Kind)
            {
                case FrameKind.Handled:
                    Note(place, frame, FrameContent.Read<PartyStatus>(answer.Content));
                    break;
                case FrameKind.Saved:
                    NoteSaved(place);
                    break;
                case FrameKind.Done:
                    Delivered.Add(new DeliveredFrame(
                        number, PartyOf(place), frame.Kind, KindOf(frame), [.. FrameContent.Read<string[]>(answer.Content)], [.. sent], _statuses[place].HasTrained));
                    StopIfSuperseded(place);
                    return;
                default:
                    sent.Add((answer.Peer, Post(place, answer)));
                    break;
            }
        }

        kill.Should().NotBeNull("the host of {0} ends by itself only where it is told to", place);
        host.ShouldHaveBeenKilled();
        Killed++;
        Replace(place);
    }

    private void Note(string place, Frame frame, PartyStatus status)
    {
        _statuses[place] = status;
        if (Clients.Contains(place))
        {
            Record.Handled(place, frame, status);
        }
    }

    /// <summary>Returns the server that the record holds to a promise. Two places that share their files are one server.</summary>
    private string ServerOf(string place) => Record.MaySplit ? place : PartyOf(place);

    private void NoteSaved(string place)
    {
        foreach (string name in (string[])[FileNames.State, FileNames.Ledger])
        {
            string path = Path.Combine(FolderOf(place), name);
            if (File.Exists(path))
            {
                byte[] bytes = File.ReadAllBytes(path);
                (string Party, string File) key = (PartyOf(place), name);
                List<byte[]> states = _states.TryGetValue(key, out List<byte[]>? known) ? known : _states[key] = [];
                if (states.Count == 0 || !states[^1].AsSpan().SequenceEqual(bytes))
                {
                    states.Add(bytes);
                }
            }
        }

        Record.Saved(ServerOf(place), _statuses[place]);
    }

    /// <summary>Takes a frame that has left a host, and returns the kind of its message.</summary>
    private MessageKind? Post(string place, Frame frame)
    {
        string from = PartyOf(place);
        MessageKind? kind = Record.Left(from, ServerOf(place), frame);
        string to = frame.Peer == PartyNames.Server && _serverOf.TryGetValue(from, out string? server) ? server : frame.Peer;
        bool isConnected = from != PartyNames.Server || !_serverOf.TryGetValue(to, out string? connected) || connected == place;
        if (isConnected && _hosts.ContainsKey(to))
        {
            _network.Add(to, frame with { Peer = from });
        }

        return kind;
    }

    /// <summary>Starts a process for a party whose process has ended.</summary>
    private void Replace(string place, Action<string>? change = null)
    {
        _hosts[place].Dispose();
        _network.LoseAllTo(place);
        if (LosesWhatTheKilledSent)
        {
            _network.LoseAllFrom(PartyOf(place));
        }

        if (NoticesBrokenConnections && _serverOf.TryGetValue(place, out string? server))
        {
            _network.Add(server, new Frame(FrameKind.Gone, place));
        }

        change?.Invoke(FolderOf(place));
        _hosts[place] = _pool.Take(PartyOf(place));
        Begin(place);
        ConnectAll(place);
    }

    private void StopIfSuperseded(string place)
    {
        if (_statuses[place] is { Phase: ServerPhase.Superseded } or { IsFenced: true })
        {
            Stopped++;
            _pool.Return(PartyNames.Server, _hosts[place]);
            _hosts.Remove(place);
            _network.LoseAllTo(place);
            if (Servers.FirstOrDefault() is string other)
            {
                Clients.Where(client => _serverOf[client] == place).ToList().ForEach(client => Connect(client, other));
            }
        }
    }

    /// <summary>Does what docs/operations.md says where all servers have stopped: resumes the newest state that any of them wrote.</summary>
    private void ResumeNewest()
    {
        byte[] newest = StatesOf(PartyNames.Server).MaxBy(state => StateStamp.TryRead(state, out StateStamp? stamp)
            ? (stamp.Value.Round, stamp.Value.Attempt, stamp.Value.Version, stamp.Value.Life)
            : default)!;
        SetBack(FolderOf(PartyNames.Server), newest);
        _hosts.Add(PartyNames.Server, _pool.Take(PartyNames.Server));
        Begin(PartyNames.Server);
        Clients.ToList().ForEach(client => Connect(client, PartyNames.Server));
    }

    /// <summary>Puts an older state in the place of the newest one, whose stamp is lost.</summary>
    public static void SetBack(string folder, byte[] state)
    {
        File.WriteAllBytes(Path.Combine(folder, FileNames.State), state);
        File.Delete(Path.Combine(folder, FileNames.Fence));
    }
}
