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
public sealed class WithdrawnClientTests : IDisposable
{
    private static readonly ModelLayout Layout = new(new TensorSpec("w", ElementType.Float64, [4], bound: 1));

    private readonly HeContext _context = new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default);
    private readonly ClientIdentity[] _identities = [.. Enumerable.Range(1, 5).Select(i => ClientIdentity.Create(new ClientId($"c{i}")))];
    private readonly ServerIdentity _identity = ServerIdentity.Create();
    private readonly TestStores _stores = new(StoreKind.Folder);

    public void Dispose()
    {
        _stores.Dispose();
        _context.Dispose();
        _identity.Dispose();
        Array.ForEach(_identities, identity => identity.Dispose());
    }

    [Fact]
    public async Task Client_ThatWithdrawsAndComesBack_IsInTheLogAndInTheStatus()
    {
        var roster = ClientRoster.Of(_identities);
        using var authority = new KeyAuthority(_stores.JobId, _context, roster, new RosterAuthenticator());
        ModelParameters initial = ModelParameters.CreateBuilder(Layout).Set<double>("w", new double[4]).Build();
        var job = new FederationJob(
            _stores.JobId, authority.Info, _identity.VerificationKey, roster, new AggregationTerms(Layout, Weighting.Clear, maxWeight: 1), FederationJob.DigestOf(initial),
            new FederationSettings { Rounds = 3, ClientsPerRound = 5, Quorum = 4, MinimumContributors = 4 },
            protection: JobProtection.RoundKeys, update: new UpdateTerms(UpdateKind.Difference, controls: new ControlTerms(bound: 8)));
        var setup = new FederationServerSetup { Context = authority.PublicContext, Job = job, Identity = _identity, Safety = new FederationSafety { AllowInsecure = true } };
        using var server = new FederationServer(setup);
        using IServerStore store = _stores.Open();
        AuditTrail trail = AuditTrail.Open(new AuditParts(store, Privacy: null), setup, server, saved: null, isStart: true);
        List<ClientKeys> keys = [];
        foreach (ClientIdentity identity in _identities)
        {
            using var request = new KeyRequest(job, identity);
            keys.Add(request.Open(_context, (await authority.HandleAsync(request.Bytes)).Answer));
        }

        FederationClient[] clients = [.. Enumerable.Range(0, 5).Select(Begin)];
        await PlayAsync([.. clients.SelectMany(client => Take(server.Handle(client.Announce()))), .. Take(server.Start())], until: () => server.Round == 2);
        FederationClient right = clients[2];
        clients[2] = Begin(2);
        await PlayAsync(Take(server.Handle(clients[2].AskForLatest())), until: () => server.WithdrawnClients.Count > 0);
        JobStatus.Of(server, spentEpsilon: null, TimeProvider.System).Withdrawn.Should().Equal(right.Client);
        Take(server.Handle(right.Announce()));

        JobStatus.Of(server, spentEpsilon: null, TimeProvider.System).Withdrawn.Should().BeEmpty();
        store.Commit();
        AuditReport report = AuditLog.Verify(store.TryRead(PartyFiles.AuditLog)!, job);
        report.Entries.Where(entry => entry.Kind is AuditKind.ClientWithdrew or AuditKind.ClientReturned).Select(entry => (entry.Kind, entry.Find("client")))
            .Should().Equal((AuditKind.ClientWithdrew, "c3"), (AuditKind.ClientReturned, "c3"));
        AuditPage.Write(report, job).Should().Contain(nameof(AuditKind.ClientWithdrew));
        Array.ForEach(clients, client => client.Dispose());
        right.Dispose();
        keys.ForEach(key => key.Dispose());

        FederationClient Begin(int index) => new(new FederationClientSetup
        {
            Job = job,
            Identity = _identities[index],
            Keys = keys[index],
            Trainer = new OneStep(),
            InitialModel = initial,
            Safety = new FederationSafety { AllowInsecure = true },
        });

        IReadOnlyList<OutgoingMessage> Take(ServerStep step)
        {
            trail.Note(server, step);
            trail.Commit();
            return step.Messages;
        }

        async Task PlayAsync(IEnumerable<OutgoingMessage> messages, Func<bool> until)
        {
            var waiting = new Queue<OutgoingMessage>(messages);
            while (!until() && waiting.TryDequeue(out OutgoingMessage message))
            {
                foreach (ReadOnlyMemory<byte> answer in (await clients.Single(client => client.Client == message.Recipient).HandleAsync(message.Bytes)).Messages)
                {
                    Take(server.Handle(answer)).ToList().ForEach(waiting.Enqueue);
                }
            }

            until().Should().BeTrue();
        }
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
