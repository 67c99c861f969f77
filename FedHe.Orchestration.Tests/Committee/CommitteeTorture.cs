using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A job with a committee whose parties keep their states on disks that a test reads and sets back, over a post that a test chooses. It
/// checks at every step what must never happen.
/// </summary>
/// <param name="bench">The job, its keys and its identities.</param>
/// <param name="post">Carries the messages.</param>
/// <param name="sums">The folder of the server's sums, or null for sums in memory.</param>
internal sealed class CommitteeTorture(CommitteeBench bench, Post post, string? sums = null) : IDisposable
{
    private const int MostIdleTimes = 60;

    private readonly List<byte[]> _serverDisk = [];
    private readonly List<byte[]>[] _stateDisks = [.. bench.Identities.Select(_ => new List<byte[]>())];
    private readonly List<byte[]>[] _ledgerDisks = [.. bench.Identities.Select(_ => new List<byte[]>())];
    private readonly Dictionary<int, HashSet<Digest>> _opened = [];
    private readonly Dictionary<(int Client, int Round), HashSet<Digest>> _answered = [];
    private readonly Dictionary<(int Round, int Attempt), HashSet<ClientId>> _acknowledged = [];
    private readonly Dictionary<(int Client, int FirstRound), Digest> _voted = [];
    private readonly Dictionary<int, HashSet<Digest>> _answeredLists = [];
    private readonly HashSet<Digest> _offered = [];
    private FederationServer _server = new(bench.ServerSetup with { SumFolder = sums });
    private readonly HashSet<int> _granted = [];
    private FederationJob? _joined;
    private int _idleTimes;

    /// <summary>The kills, each at its step; a run takes them in their order.</summary>
    public Queue<StepKill> Kills { get; init; } = [];

    /// <summary>The number of states by which a killed server is set back; null where it gets the newest one and knows it.</summary>
    public int? SetsServerBack { get; init; }

    /// <summary>The number of states by which a killed client is set back; its ledger stays the newest one.</summary>
    public int SetsClientBack { get; init; }

    /// <summary>The clients that come only when something has been opened; none by default.</summary>
    public int[] Late { get; init; } = [];

    /// <summary>The plan of the second epoch, with the keys that the authority grants for it; null for none.</summary>
    public EpochPlan? Plan { get; init; }

    /// <summary>The keys of the second epoch.</summary>
    public IReadOnlyDictionary<int, ClientKeys> PlannedKeys { get; init; } = new Dictionary<int, ClientKeys>();

    /// <summary>Whether acknowledged uploads may get lost, because the server is set back.</summary>
    private bool MayLoseUploads => SetsServerBack is not null;

    public List<FakeTrainer> Trainers { get; } = [.. bench.Trainers.Select((trainer, i) => new FakeTrainer(0.2 * (i % 10), trainer.SampleCount))];

    public List<FederationClient> Clients { get; } = [];

    /// <summary>The number of the epoch that the server is in.</summary>
    public int EpochNumber => _server.Job.EpochNumber;

    /// <summary>The steps so far.</summary>
    public List<TakenStep> Steps { get; } = [];

    /// <summary>The number of times that a server stopped, because a client knew more.</summary>
    public int Superseded { get; private set; }

    /// <summary>The number of rounds that have an aggregate.</summary>
    public int OpenedRounds => _opened.Count;

    public FederationOutcome? Outcome => _server.Outcome;

    /// <summary>
    /// Whether the server was set back and lost a list of the last round for which too many members had answered, so that no other list can have enough
    /// answers. A list that its last life offers is not lost, because members repeat their answers for it.
    /// </summary>
    public bool IsLastRoundSpent
        => SetsServerBack > 0
            && !_opened.ContainsKey(bench.Settings.Rounds)
            && _answered.Keys.Count(one => one.Round == bench.Settings.Rounds) > bench.Committee.Members.Length - bench.Committee.Threshold
            && !_answeredLists[bench.Settings.Rounds].Overlaps(_offered);

    /// <summary>Runs the job to its end.</summary>
    public async Task RunAsync()
    {
        Clients.AddRange(Enumerable.Range(0, bench.Options.Clients).Select(Create));
        AnnounceAll();
        TakeServerStep(cause: null, server => server.Start(), default);
        Propose();
        while (_server.Phase != ServerPhase.Ended || Clients.Any(client => client.Outcome is null))
        {
            if (!post.TryTake(out Letter letter))
            {
                Idle();
            }
            else if (letter.IsToServer)
            {
                TakeServerStep(KindOf(letter.Bytes), server => server.Handle(letter.Bytes), letter.Bytes);
            }
            else
            {
                await TakeClientStepAsync(letter);
            }
        }
    }

    public void Dispose() => _server.Dispose();

    /// <summary>Does what an operator does with a plan: proposes it, and again after a restart.</summary>
    private void Propose()
    {
        if (Plan is not null && _server.Phase is not (ServerPhase.NotStarted or ServerPhase.Ended or ServerPhase.Superseded))
        {
            TakeServerStep(cause: null, server => server.Propose(Plan), default);
        }
    }

    /// <summary>Does what the hosts of clients do when an epoch has begun: asks for its keys, and lets a client join.</summary>
    private void Renew(int index)
    {
        if (Clients[index].NeedsKeys)
        {
            _granted.Add(index);
            Send(index, [Clients[index].Renew(PlannedKeys[index])]);
        }
    }

    private void Join()
    {
        while (Plan is not null && _server.Certificates.Count > 0 && Clients.Count < bench.Identities.Count)
        {
            _joined ??= EpochCertificate.Read(bench.Job, _server.Certificates[0]).Job;
            Clients.Add(Create(Clients.Count));
            Announce(Clients.Count - 1);
        }
    }

    /// <summary>Makes time pass when nothing is on its way, and lets clients that miss something say so, as hosts do.</summary>
    private void Idle()
    {
        (++_idleTimes).Should().BeLessThan(
            MostIdleTimes, "the job must come to an end after {0}: {1}, {2}, due in {3}, uploads {4}, clients {5}", Describe(), _server.Phase, _server.Stamp,
            _server.DueIn, _server.Contributions.Length, string.Join(", ", Clients.Select(client => (client.ModelRound, client.Outcome))));
        if (_server.Phase == ServerPhase.Superseded)
        {
            ReplaceSuperseded();
            return;
        }

        bench.Time.Pass(_server.DueIn ?? TimeSpan.Zero);
        TakeServerStep(cause: null, server => server.Advance(), default);
        AnnounceAll();
    }

    private string Describe() => Steps.Count == 0 ? "nothing" : $"{Steps[^1]}";

    private StepKill? KillNow(int step)
        => Kills.TryPeek(out StepKill kill) && kill.Step == step ? Kills.Dequeue() : null;

    private async Task TakeClientStepAsync(Letter letter)
    {
        int index = letter.Client;
        StepKill? kill = KillNow(Steps.Count);
        ClientStep step = await Clients[index].HandleAsync(letter.Bytes);
        Steps.Add(new TakenStep(index, KindOf(letter.Bytes), step.State is not null, step.Ledger is not null, step.Messages.Length));
        byte[]? state = step.State?.ToArray();
        byte[]? ledger = step.Ledger?.ToArray();
        if (kill?.Moment is not (StepCrash.Unsaved or StepCrash.StateSaved or StepCrash.SentBeforeLedger) && ledger is not null)
        {
            _ledgerDisks[index].Add(ledger);
        }

        if (kill?.Moment is not (StepCrash.Unsaved or StepCrash.LedgerSaved) && state is not null)
        {
            _stateDisks[index].Add(state);
        }

        if (kill is null or { Moment: StepCrash.Saved or StepCrash.HalfSent or StepCrash.SentBeforeLedger })
        {
            Check(index, letter.Bytes, step);
        }

        Send(index, step.Messages.Take(kill is null ? step.Messages.Length : kill.Value.Leaving));
        if (kill is not null)
        {
            RestartClient(index);
        }

        Renew(index);
    }

    private void TakeServerStep(MessageKind? cause, Func<FederationServer, ServerStep> call, ReadOnlyMemory<byte> message)
    {
        StepKill? kill = KillNow(Steps.Count);
        ServerStep step = call(_server);
        step.Failure.Should().BeNull();
        OutgoingMessage[] messages = [.. step.Messages.Where(one => one.Recipient is not null)];
        Steps.Add(new TakenStep(-1, cause, step.State is not null, ChangesLedger: false, messages.Length));
        if (kill?.Moment != StepCrash.Unsaved)
        {
            if (step.State is SavedState state)
            {
                _serverDisk.Add(state.ToArray());
            }

            foreach (RoundReport report in step.Reports)
            {
                Check(report);
            }
        }

        int sent = kill is null ? messages.Length : kill.Value.Leaving;
        foreach (ListOffer offer in messages.Where(one => one.Kind == MessageKind.ListOffer).Select(one => (ListOffer)bench.Parse(one.Bytes)))
        {
            _offered.Add(ContributorList.TryRead(offer.List)!.Chain);
        }

        foreach (OutgoingMessage one in messages.Take(sent))
        {
            post.Add(new Letter(bench.IndexOf(one.Recipient!.Value), IsToServer: false, one.Bytes));
        }

        bool isAccepted = cause == MessageKind.Upload && step.Refusal == Errors.RefusalReason.None && sent > 0;
        if (isAccepted)
        {
            UploadSlot slot = ((Upload)bench.Parse(message)).Slot;
            AcknowledgedOf(slot.Round, slot.Attempt).Add(slot.Client);
        }

        if (kill is not null)
        {
            RestartServer();
        }

        Join();
    }

    private void RestartServer()
    {
        _server.Dispose();
        _offered.Clear();
        post.Lose(client: null);
        if (_serverDisk.Count == 0)
        {
            // Nothing was saved before the job began.
            _server = new FederationServer(bench.ServerSetup with { SumFolder = sums });
            AnnounceAll();
            TakeServerStep(cause: null, server => server.Start(), default);
            Propose();
            return;
        }

        StateStamp? newest = null;
        if (SetsServerBack is null)
        {
            StateStamp.TryRead(_serverDisk[^1], out newest);
        }

        Resume(_serverDisk[Math.Max(0, _serverDisk.Count - 1 - (SetsServerBack ?? 0))], newest);
        if (_server.Phase == ServerPhase.NotStarted)
        {
            TakeServerStep(cause: null, server => server.Start(), default);
        }

        Propose();
    }

    /// <summary>Does what an operator does whose server has stopped: resumes the newest state of all lives.</summary>
    private void ReplaceSuperseded()
    {
        Superseded++;
        _server.Dispose();
        byte[] newest = _serverDisk.MaxBy(state => StateStamp.TryRead(state, out StateStamp? stamp)
            ? (stamp.Value.Round, stamp.Value.Attempt, stamp.Value.Version, stamp.Value.Life)
            : default)!;
        Resume(newest, newest: null);
        Propose();
    }

    private void Resume(byte[] state, StateStamp? newest)
    {
        _server = FederationServer.Restore(bench.ServerSetup with { SumFolder = sums }, state, newest);
        TakeServerStep(cause: null, server => server.Advance(), default);
        AnnounceAll();
    }

    private void RestartClient(int index)
    {
        post.Lose(index);
        Clients[index] = Create(index);
        Announce(index);
        Renew(index);
    }

    private FederationClient Create(int index)
    {
        List<byte[]> states = _stateDisks[index];
        bool isJoining = index >= bench.Options.Clients;
        FederationClientSetup setup = bench.ClientSetup(isJoining ? 0 : index) with
        {
            Job = isJoining ? _joined! : bench.Job,
            Identity = bench.Identities[index],
            Keys = isJoining ? PlannedKeys[index] : bench.Keys[index],
            EpochKeys = !isJoining && _granted.Contains(index) ? [PlannedKeys[index]] : [],
            Trainer = TrainerOf(index),
            Ledger = null,
        };
        if (_ledgerDisks[index].LastOrDefault() is byte[] ledger)
        {
            StateStamp.TryRead(ledger, out StateStamp? newest);
            setup = setup with { Ledger = ledger, NewestLedger = newest };
        }

        return states.Count > SetsClientBack ? FederationClient.Restore(setup, states[^(1 + SetsClientBack)]) : new FederationClient(setup);
    }

    private FakeTrainer TrainerOf(int index)
    {
        while (Trainers.Count <= index)
        {
            Trainers.Add(new FakeTrainer(0.2 * (Trainers.Count % 10), 10 * (Trainers.Count + 1)));
        }

        return Trainers[index];
    }

    private void AnnounceAll()
    {
        for (int i = 0; i < Clients.Count; i++)
        {
            if (OpenedRounds > 0 || !Late.Contains(i))
            {
                Announce(i);
            }
        }
    }

    private void Announce(int index) => Send(index, [Clients[index].Announce(), .. Clients[index].Unacknowledged]);

    private void Send(int index, IEnumerable<ReadOnlyMemory<byte>> messages)
    {
        foreach (ReadOnlyMemory<byte> message in messages)
        {
            Check(index, message);
            post.Add(new Letter(index, IsToServer: true, message));
        }
    }

    /// <summary>Checks that a member answers for one list of a round.</summary>
    private void Check(int index, ReadOnlyMemory<byte> message)
    {
        if (KindOf(message) == MessageKind.EpochVote)
        {
            // The vote is signed once and repeated, so another statement after the same sum is another message.
            var vote = (EpochVote)bench.Parse(message);
            _voted.TryAdd((index, vote.FirstRound), vote.Epoch);
            _voted[(index, vote.FirstRound)].Should().Be(vote.Epoch, "a member votes for one epoch after a sum; after {0}", Describe());
        }
        else if (KindOf(message) == MessageKind.ShareAnswer)
        {
            var answer = (ShareAnswer)bench.Parse(message);
            if (!_answered.TryGetValue((index, answer.Round), out HashSet<Digest>? answers))
            {
                _answered.Add((index, answer.Round), answers = []);
            }

            answers.Add(Digest.Compute(message.Span));
            HashSet<Digest> lists = _answeredLists.TryGetValue(answer.Round, out HashSet<Digest>? known) ? known : _answeredLists[answer.Round] = [];
            lists.Add(answer.List);
            answers.Should().ContainSingle("a member repeats its answer of a round, and gives no second one; after {0}", Describe());
        }
    }

    private void Check(RoundReport report)
    {
        if (report.IsAggregated && !MayLoseUploads)
        {
            report.Contributions.Select(contribution => contribution.Client).Should().OnlyHaveUniqueItems("no upload counts twice");
            AcknowledgedOf(report.Round, report.Attempt).Should().BeSubsetOf(
                report.Contributions.Select(contribution => contribution.Client), "what was acknowledged is in the sum; after {0}", Describe());
        }
    }

    /// <summary>Checks that a client opens one list of a round, that the average is right, and that nobody ends with an older model.</summary>
    private void Check(int index, ReadOnlyMemory<byte> message, ClientStep step)
    {
        FederationClient client = Clients[index];
        (client.Outcome == FederationOutcome.Completed && client.ModelRound < bench.Settings.Rounds).Should().BeFalse("nobody ends with an older model");
        if (KindOf(message) != MessageKind.Aggregate || step.Ignored is not null)
        {
            return;
        }

        var aggregate = (AggregateMessage)bench.Parse(message);
        ContributorList list = VerifiableAggregate.TryRead(aggregate.Aggregate)!.List;
        if (!_opened.TryGetValue(aggregate.Round, out HashSet<Digest>? lists))
        {
            _opened.Add(aggregate.Round, lists = []);
        }

        lists.Add(list.Chain);
        lists.Should().ContainSingle("no round is opened for two lists; after {0}", Describe());
        double[] expected = TestModel.Average(
            list.Contributors.Select(one => Trainers[bench.IndexOf(one.Client)].Results.Last(result => result.Task.Round == aggregate.Round).Result), list.ReferenceWeight);
        double[] actual = TestModel.Flat(client.LatestAverage!.Parameters);
        actual.Zip(expected, (value, wanted) => Math.Abs(value - wanted)).Should().OnlyContain(
            error => error <= client.LatestAverage.MaxErrorBound, "after {0}", Describe());
    }

    private HashSet<ClientId> AcknowledgedOf(int round, int attempt)
    {
        if (!_acknowledged.TryGetValue((round, attempt), out HashSet<ClientId>? clients))
        {
            _acknowledged.Add((round, attempt), clients = []);
        }

        return clients;
    }

    private static MessageKind KindOf(ReadOnlyMemory<byte> message) => MessageInfo.TryRead(message.Span, out MessageInfo? info) ? info.Kind : default;
}
