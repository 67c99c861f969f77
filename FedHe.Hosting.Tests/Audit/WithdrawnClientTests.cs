using System.Collections.Immutable;
using FedHe.Crypto;
using FedHe.Crypto.Plain;
using FedHe.Hosting.AspNetCore.Audit;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.Tests.Audit;

/// <summary>A client that lost its control variate is in the audit log and in the status of its server.</summary>
public sealed class WithdrawnClientTests : IAsyncLifetime, IDisposable
{
    private static readonly ModelLayout Layout = new(new TensorSpec("w", ElementType.Float64, [4], bound: 1));

    private readonly HeContext _context = new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default);
    private readonly ClientIdentity[] _identities = [.. Enumerable.Range(1, 5).Select(i => ClientIdentity.Create(new ClientId($"c{i}")))];
    private readonly ServerIdentity _identity = ServerIdentity.Create();
    private readonly TestStores _stores = new(StoreKind.Folder);
    private readonly List<ClientKeys> _keys = [];
    private readonly List<FederationClient> _clients = [];
    private readonly ModelParameters _initial = ModelParameters.CreateBuilder(Layout).Set<double>("w", new double[4]).Build();
    private FederationJob _job = null!;
    private FederationServer _server = null!;
    private FederationServerSetup _setup = null!;
    private IServerStore _store = null!;
    private AuditTrail _trail = null!;

    /// <summary>Plays the first round, to which all clients contribute.</summary>
    public async Task InitializeAsync()
    {
        var roster = ClientRoster.Of(_identities);
        using var authority = new KeyAuthority(_stores.JobId, _context, roster, new RosterAuthenticator());
        _job = new FederationJob(
            _stores.JobId, authority.Info, _identity.VerificationKey, roster, new AggregationTerms(Layout, Weighting.Clear, maxWeight: 1), FederationJob.DigestOf(_initial),
            new FederationSettings { Rounds = 3, ClientsPerRound = 5, Quorum = 4, MinimumContributors = 4 },
            protection: JobProtection.RoundKeys, update: new UpdateTerms(UpdateKind.Difference, controls: new ControlTerms(bound: 8)));
        _setup = new FederationServerSetup { Context = authority.PublicContext, Job = _job, Identity = _identity, Safety = new FederationSafety { AllowInsecure = true } };
        _server = new FederationServer(_setup);
        _store = _stores.Open();
        _trail = OpenTrail(isStart: true);
        for (int i = 0; i < _identities.Length; i++)
        {
            using var request = new KeyRequest(_job, _identities[i]);
            _keys.Add(request.Open(_context, (await authority.HandleAsync(request.Bytes)).Answer));
            _clients.Add(Begin(i));
        }

        await PlayAsync([.. _clients.SelectMany(client => Take(_server.Handle(client.Announce()))), .. Take(_server.Start())], until: () => _server.Round == 2);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _keys.ForEach(key => key.Dispose());
        _server.Dispose();
        _store.Dispose();
        _stores.Dispose();
        _context.Dispose();
        _identity.Dispose();
        Array.ForEach(_identities, identity => identity.Dispose());
    }

    [Fact]
    public async Task Client_ThatWithdrawsAndComesBack_IsInTheLogAndInTheStatus()
    {
        using FederationClient right = await LoseAsync();
        JobStatus.Of(_server, spentEpsilon: null, TimeProvider.System).Withdrawn.Should().Equal(right.Client);
        Take(_server.Handle(right.Announce()));

        JobStatus.Of(_server, spentEpsilon: null, TimeProvider.System).Withdrawn.Should().BeEmpty();
        ChangesInLog(out AuditReport report).Should().Equal((AuditKind.ClientWithdrew, "c3"), (AuditKind.ClientReturned, "c3"));
        AuditPage.Write(report, _job).Should().Contain(nameof(AuditKind.ClientWithdrew));
    }

    /// <summary>A client that withdraws and returns all the time cannot hide what it is in the end, whether or not the server goes back to what is saved.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_ThatWithdrawsAllTheTime_IsInTheLogAsItIsInTheEnd(bool resumes)
    {
        using FederationClient right = await LoseAsync();
        for (int i = 0; i < 20; i++)
        {
            Take(_server.Handle(right.Announce()));
            Take(_server.Handle(_clients[2].Announce()));
        }

        Take(_server.Handle(right.Announce()));
        _server.WithdrawnClients.Should().BeEmpty();
        Take(_server.Handle(_clients[2].Announce()));
        ChangesInLog(out _).Should().HaveCount(32).And.EndWith((AuditKind.ClientReturned, "c3"));
        if (resumes)
        {
            _trail = OpenTrail(isStart: false);
        }

        await PlayAsync([.. _clients.SelectMany(client => Take(_server.Handle(client.Announce())))], until: () => _server.Round == 3);

        _server.WithdrawnClients.Should().Equal(right.Client);
        ChangesInLog(out _).Should().HaveCount(33).And.EndWith((AuditKind.ClientWithdrew, "c3"));
    }

    /// <summary>The third client begins anew, and finds out that it lost something.</summary>
    private async Task<FederationClient> LoseAsync()
    {
        FederationClient right = _clients[2];
        _clients[2] = Begin(2);
        await PlayAsync(Take(_server.Handle(_clients[2].AskForLatest())), until: () => _server.WithdrawnClients.Count > 0);
        return right;
    }

    private AuditTrail OpenTrail(bool isStart) => AuditTrail.Open(new AuditParts(_store, Privacy: null), _setup, _server, saved: null, isStart);

    private (AuditKind Kind, string? Client)[] ChangesInLog(out AuditReport report)
    {
        _store.Commit();
        report = AuditLog.Verify(_store.TryRead(PartyFiles.AuditLog)!, _job);
        return [.. report.Entries.Where(entry => entry.Kind is AuditKind.ClientWithdrew or AuditKind.ClientReturned).Select(entry => (entry.Kind, entry.Find("client")))];
    }

    private FederationClient Begin(int index) => new(new FederationClientSetup
    {
        Job = _job,
        Identity = _identities[index],
        Keys = _keys[index],
        Trainer = new OneStep(),
        InitialModel = _initial,
        Safety = new FederationSafety { AllowInsecure = true },
    });

    private ImmutableArray<OutgoingMessage> Take(ServerStep step)
    {
        _trail.Note(_server, step);
        _trail.Commit();
        return step.Messages;
    }

    private async Task PlayAsync(IEnumerable<OutgoingMessage> messages, Func<bool> until)
    {
        var waiting = new Queue<OutgoingMessage>(messages);
        while (!until() && waiting.TryDequeue(out OutgoingMessage message))
        {
            foreach (ReadOnlyMemory<byte> answer in (await _clients.Single(client => client.Client == message.Recipient).HandleAsync(message.Bytes)).Messages)
            {
                Take(_server.Handle(answer)).ToList().ForEach(waiting.Enqueue);
            }
        }

        until().Should().BeTrue();
    }

    /// <summary>A trainer that makes one step along its correction.</summary>
    private sealed class OneStep : ILocalTrainer
    {
        public long SampleCount => 10;

        public Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        {
            double[] moved = [.. globalModel.Get<double>("w").ToArray().Zip(task.Correction!.Values.ToArray(), (value, correction) => value - (0.1 * (0.5 + correction)))];
            return Task.FromResult(new LocalTrainingResult(ModelParameters.CreateBuilder(Layout).Set<double>("w", moved).Build()) { TotalStep = 0.1 });
        }
    }
}
