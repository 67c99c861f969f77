using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A job with a committee, whose messages pass through a network that a test can change, and whose parties a test can restart from what
/// their hosts saved.
/// </summary>
internal sealed class CommitteeBench : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly Queue<(ClientId Client, bool IsToServer, ReadOnlyMemory<byte> Bytes)> _wire = new();
    private readonly FastProtector _protector = new();
    private readonly byte[]?[] _states;
    private readonly byte[]?[] _ledgers;
    private readonly FederationJob[] _jobs;
    private byte[]? _serverState;

    private CommitteeBench(CommitteeOptions options)
    {
        Options = options;
        Identities = [.. Enumerable.Range(1, options.Clients + options.Reserve).Select(i => ClientIdentity.Create(new ClientId($"c{i:00}")))];
        Roster = RosterOf([.. Enumerable.Range(0, options.Clients)]);
        InitialModel = options.Model ?? TestModel.Create(seed: 1);
        Terms = new AggregationTerms(InitialModel.Layout, options.Mask ?? EncryptionMask.All(InitialModel.Layout), options.Weighting, options.MaxWeight);
        Settings = new FederationSettings
        {
            Rounds = options.Rounds,
            ClientsPerRound = options.ClientsPerRound ?? options.Clients,
            Quorum = options.Quorum ?? options.ClientsPerRound ?? options.Clients,
            MinimumContributors = options.Update.Privacy?.SmallestContributors ?? options.MinimumContributors,
            MinimumEffectiveContributors = 1,
            MaxAttempts = options.MaxAttempts,
            RoundDeadline = Deadline,
            WaitingTime = Deadline,
        };
        Parameters = FederationJob.PlanRoundKeys(Settings, Terms, options.Update);
        var jobId = Guid.NewGuid();
        Authority = new GroupKeyAuthority(jobId, Parameters, Roster, new RosterAuthenticator());
        ServerIdentity = ServerIdentity.Create();
        Committee = new CommitteeTerms(
            (options.Members ?? [.. Enumerable.Range(0, options.Clients)]).Select(index => Identities[index].Client),
            keyExchange: options.KeyExchange,
            observer: options.Observer?.PublicKey)
        {
            Successors = [.. (options.Successors ?? []).Select(index => Identities[index].Client)],
        };
        Job = new FederationJob(
            jobId, Authority.Info, ServerIdentity.VerificationKey, Roster, Terms, FederationJob.DigestOf(InitialModel), Settings, committee: Committee, update: options.Update);
        _states = new byte[]?[Identities.Count];
        _ledgers = new byte[]?[Identities.Count];
        _jobs = [.. Identities.Select(_ => Job)];
        EpochKeys = [.. Identities.Select(_ => new List<ClientKeys>())];
        Server = new FederationServer(ServerSetup);
        _owned.AddRange([Authority, ServerIdentity, _protector]);
        _owned.AddRange(Identities);
    }

    /// <summary>Changes a message on its way: returns other bytes, or null to lose it.</summary>
    public delegate ReadOnlyMemory<byte>? Interceptor(FederationMessage message, ClientId client, ReadOnlyMemory<byte> bytes);

    public static TimeSpan Deadline { get; } = TimeSpan.FromMinutes(5);

    public CommitteeOptions Options { get; }

    public List<ClientIdentity> Identities { get; }

    public ClientRoster Roster { get; }

    public AggregationTerms Terms { get; }

    public FederationSettings Settings { get; }

    public KeyAdditiveParameters Parameters { get; }

    public GroupKeyAuthority Authority { get; }

    public ServerIdentity ServerIdentity { get; }

    public CommitteeTerms Committee { get; }

    public FederationJob Job { get; }

    public ModelParameters InitialModel { get; }

    public ManualTime Time { get; } = new();

    /// <summary>The keys that each client began with.</summary>
    public List<ClientKeys> Keys { get; } = [];

    /// <summary>The keys that each client was granted for later epochs.</summary>
    public List<ClientKeys>[] EpochKeys { get; }

    /// <summary>Whether hosts ask for the keys of an epoch as soon as their clients need them.</summary>
    public bool RenewsKeys { get; set; } = true;

    public List<FakeTrainer> Trainers { get; } = [];

    public List<FederationClient> Clients { get; } = [];

    public FederationServer Server { get; private set; }

    public List<RoundReport> Reports { get; } = [];

    /// <summary>Every message that the network carried, as it left its sender.</summary>
    public List<(ClientId Client, FederationMessage Message)> Carried { get; } = [];

    public List<(ClientId Client, IgnoredReason Reason)> Ignored { get; } = [];

    public List<RefusalReason> Refused { get; } = [];

    public Interceptor? Network { get; set; }

    public FederationServerSetup ServerSetup => new()
    {
        Context = KeyAdditiveContext.CreatePublic(Parameters),
        Job = Job,
        Identity = ServerIdentity,
        Sampler = new SeededClientSampler(seed: 11),
        Safety = Safety,
        Time = Time,
    };

    private FederationSafety Safety => new() { AllowInsecure = Options.AllowsInsecure };

    public static async Task<CommitteeBench> CreateAsync(CommitteeOptions? options = null)
    {
        var bench = new CommitteeBench(options ?? new CommitteeOptions());
        for (int i = 0; i < bench.Options.Clients; i++)
        {
            bench.Keys.Add(await bench.RequestKeysAsync(i, bench.Job));
            bench.Trainers.Add(new FakeTrainer(0.2 * (i % 10), 10 * (i + 1)));
            bench.Clients.Add(new FederationClient(bench.ClientSetup(i)));
        }

        return bench;
    }

    /// <summary>Gets the keys of a job's epoch for a client.</summary>
    public async Task<ClientKeys> RequestKeysAsync(int index, FederationJob job)
    {
        using var request = new KeyRequest(job, Identities[index]);
        ClientKeys keys = request.Open((await Authority.HandleAsync(request.Bytes)).Answer);
        _owned.Add(keys);
        return keys;
    }

    public ClientRoster RosterOf(params int[] indexes) => ClientRoster.Of(indexes.Select(index => Identities[index]));

    /// <summary>Plans the epoch after the server's.</summary>
    public EpochPlan PlanEpoch(int[] clients, params int[] retired) => Authority.PlanEpoch(Server.Job, RosterOf(clients), retired.Select(Name));

    /// <summary>Proposes a plan, and carries what follows.</summary>
    public async Task ProposeAsync(EpochPlan plan)
    {
        Take(Server.Propose(plan));
        await PumpAsync();
    }

    /// <summary>Creates the clients of the current epoch that have none yet, from the job and the certificates, and announces them.</summary>
    public async Task JoinAsync()
    {
        FederationJob job = Server.Certificates.Aggregate(Job, (epoch, certificate) => EpochCertificate.Read(epoch, certificate).Job);
        while (Clients.Count < Identities.Count && job.Roster.TryGetKey(Name(Clients.Count), out _))
        {
            int index = Clients.Count;
            _jobs[index] = job;
            Keys.Add(await RequestKeysAsync(index, job));
            Trainers.Add(new FakeTrainer(0.2 * (index % 10), 10 * (index + 1)));
            Clients.Add(new FederationClient(ClientSetup(index)));
            Send(index, Clients[index].Announce());
        }

        await PumpAsync();
    }

    /// <summary>Gives a client the keys of its epoch, and announces it.</summary>
    public async Task RenewKeysAsync(int index)
    {
        EpochKeys[index].Add(await RequestKeysAsync(index, Clients[index].Job));
        Send(index, Clients[index].Renew(EpochKeys[index][^1]));
    }

    public FederationClientSetup ClientSetup(int index) => new()
    {
        Job = _jobs[index],
        EpochKeys = [.. EpochKeys[index]],
        Identity = Identities[index],
        Keys = Keys[index],
        Trainer = Trainers[index],
        InitialModel = InitialModel,
        Protector = Options.Protects ? _protector : null,
        Safety = Safety,
        Privacy = Options.Privacy,
        Ledger = _ledgers[index] is byte[] ledger ? ledger : default(ReadOnlyMemory<byte>?),
        Time = Time,
        Files = Options.Folders?.Invoke(index) is string folder
            ? new ModelFiles { Folder = folder, InitialModel = InitialModel, Trainer = new Files.FlatTrainer(Trainers[index]) }
            : null,
    };

    public ClientId Name(int index) => Identities[index].Client;

    public int IndexOf(ClientId client) => Identities.FindIndex(identity => identity.Client == client);

    /// <summary>Announces clients and starts the job.</summary>
    public async Task StartAsync(params int[] absent)
    {
        for (int i = 0; i < Clients.Count; i++)
        {
            if (!absent.Contains(i))
            {
                Send(i, Clients[i].Announce());
            }
        }

        Take(Server.Start());
        await PumpAsync();
    }

    /// <summary>Carries messages until none is left.</summary>
    public async Task PumpAsync()
    {
        while (_wire.TryDequeue(out (ClientId Client, bool IsToServer, ReadOnlyMemory<byte> Bytes) next))
        {
            FederationMessage parsed = Parse(next.Bytes);
            Carried.Add((next.Client, parsed));
            ReadOnlyMemory<byte>? bytes = Network is null ? next.Bytes : Network(parsed, next.Client, next.Bytes);
            if (bytes is null)
            {
                continue;
            }

            if (next.IsToServer)
            {
                Take(Server.Handle(bytes.Value));
            }
            else
            {
                await ReceiveAsync(IndexOf(next.Client), bytes.Value);
            }
        }
    }

    /// <summary>Lets the current deadline pass, and carries what follows.</summary>
    public async Task PassDeadlineAsync()
    {
        Time.Pass(Server.DueIn ?? TimeSpan.Zero);
        Take(Server.Advance());
        await PumpAsync();
    }

    /// <summary>Lets deadlines pass until something is so.</summary>
    public async Task RunUntilAsync(Func<bool> isSo)
    {
        for (int deadlines = 0; !isSo(); deadlines++)
        {
            deadlines.Should().BeLessThan(100, "it must come to it: {0} in {1}", Server.Phase, Server.Stamp);
            await PassDeadlineAsync();
        }
    }

    /// <summary>Lets deadlines pass until the job has ended.</summary>
    public async Task RunToEndAsync()
    {
        for (int deadlines = 0; Server.Outcome is null; deadlines++)
        {
            deadlines.Should().BeLessThan(100, "the job must end: {0} in {1}", Server.Phase, Server.Stamp);
            await PassDeadlineAsync();
        }
    }

    public async Task ReceiveAsync(int index, ReadOnlyMemory<byte> bytes)
    {
        ClientStep step = await Clients[index].HandleAsync(bytes);
        _ledgers[index] = step.Ledger?.ToArray() ?? _ledgers[index];
        _states[index] = step.State?.ToArray() ?? _states[index];
        if (step.Ignored is IgnoredReason reason)
        {
            Ignored.Add((Name(index), reason));
        }

        foreach (ReadOnlyMemory<byte> message in step.Messages)
        {
            Send(index, message);
        }

        if (RenewsKeys && Clients[index].NeedsKeys)
        {
            await RenewKeysAsync(index);
        }
    }

    public void Send(int index, ReadOnlyMemory<byte> message) => _wire.Enqueue((Name(index), true, message));

    /// <summary>Kills a client and starts it again from what its host saved, and lets it announce itself.</summary>
    public void RestartClient(int index, bool losesLedger = false)
    {
        _ledgers[index] = losesLedger ? null : _ledgers[index];
        Clients[index].Dispose();
        Clients[index] = _states[index] is byte[] state
            ? FederationClient.Restore(ClientSetup(index), state)
            : new FederationClient(ClientSetup(index));
        Send(index, Clients[index].Announce());
        foreach (ReadOnlyMemory<byte> message in Clients[index].Unacknowledged)
        {
            Send(index, message);
        }
    }

    /// <summary>What the host of a client saved of the member's ledger.</summary>
    public byte[]? LedgerOf(int index) => _ledgers[index];

    public void SetLedger(int index, byte[]? ledger) => _ledgers[index] = ledger;

    /// <summary>What the host of a client saved of its state.</summary>
    public byte[]? StateOf(int index) => _states[index];

    public void SetState(int index, byte[]? state) => _states[index] = state;

    /// <summary>Kills the server and starts it again from what its host saved, or from an older state.</summary>
    public void RestartServer(byte[]? older = null)
    {
        StateStamp.TryRead(_serverState, out StateStamp? newest);
        Server.Dispose();
        Server = FederationServer.Restore(ServerSetup, older ?? _serverState!, older is null ? newest : null);
        Take(Server.Advance());
    }

    /// <summary>What the host of the server saved last.</summary>
    public byte[]? ServerState => _serverState;

    public FederationMessage Parse(ReadOnlyMemory<byte> bytes)
    {
        MessageFormat.TryRead(bytes, Parameters.Id, int.MaxValue, out FederationMessage? message, out _).Should().BeTrue();
        return message!;
    }

    /// <summary>A message that the job's server could have sent, properly signed.</summary>
    public byte[] FromServer(ServerMessage message)
        => MessageFormat.WriteSigned(message with { Stamp = Server.Stamp }, Parameters.Id, ServerIdentity);

    /// <summary>Checks the average of a round against the models that its contributors trained.</summary>
    public void CheckAverage(int round, params int[] contributors)
    {
        int[] indexes = contributors.Length == 0 ? [.. Enumerable.Range(0, Clients.Count)] : contributors;
        long reference = Options.Weighting == Weighting.Hidden
            ? Terms.MaxWeight
            : ReferenceWeight.Of(Trainers.Select(trainer => trainer.SampleCount));
        double[] expected = TestModel.Average(
            indexes.Select(index => Trainers[index].Results.Last(result => result.Task.Round == round).Result), reference);
        AveragedModel average = Clients[indexes[0]].LatestAverage!;
        double[] actual = TestModel.Flat(average.Parameters);
        average.Contributions.Should().Be(indexes.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            actual[i].Should().BeApproximately(expected[i], average.MaxErrorBound);
        }
    }

    public void Dispose()
    {
        Server.Dispose();
        _owned.ForEach(one => one.Dispose());
    }

    private void Take(ServerStep step)
    {
        step.Failure.Should().BeNull();
        _serverState = step.State?.ToArray() ?? _serverState;
        Reports.AddRange(step.Reports);
        if (step.Refusal != RefusalReason.None)
        {
            Refused.Add(step.Refusal);
        }

        foreach (OutgoingMessage message in step.Messages.Where(message => message.Recipient is not null))
        {
            _wire.Enqueue((message.Recipient!.Value, false, message.Bytes));
        }
    }
}
