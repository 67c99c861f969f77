using FedHe.Crypto;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>A federation whose messages pass through a network that a test can change, and whose clients it can kill and restore.</summary>
internal sealed class HandFederation : IDisposable
{
    private readonly Queue<(int Client, bool IsToServer, ReadOnlyMemory<byte> Bytes)> _wire = new();
    private readonly List<IDisposable> _owned = [];
    private readonly FastProtector _protector = new();
    private readonly ManualTime _time = new();
    private readonly HandOptions _options;
    private readonly List<ClientIdentity> _identities;
    private readonly List<ClientKeys> _keys = [];
    private readonly ModelParameters _initial;
    private readonly HePublicContext _public;
    private readonly ServerIdentity _serverIdentity = ServerIdentity.Create();
    private readonly byte[]?[] _ledgers;

    private HandFederation(HandOptions options)
    {
        _options = options;
        _identities = [.. Enumerable.Range(1, options.Clients).Select(i => ClientIdentity.Create(new ClientId($"c{i}")))];
        ClientRoster roster = ClientRoster.Of(_identities);
        ModelLayout layout = SmallFederation.LayoutOf(options.Dimension);
        var terms = new AggregationTerms(layout, Weighting.Clear, maxWeight: 1);
        var settings = new FederationSettings
        {
            Rounds = options.Rounds,
            ClientsPerRound = options.Clients,
            Quorum = options.Smallest ?? options.Clients,
            MinimumContributors = options.Smallest ?? options.Clients,
            MaxAttempts = options.MaxAttempts,
        };
        _initial = ModelParameters.CreateBuilder(layout).Set<double>("w", new double[options.Dimension]).Build();
        var jobId = Guid.NewGuid();
        AuthorityInfo authority;
        CommitteeTerms? committee = null;
        if (options.HasCommittee)
        {
            var parameters = FederationJob.PlanRoundKeys(settings, terms, options.Update);
            var desk = new GroupKeyAuthority(jobId, parameters, roster, new RosterAuthenticator());
            (authority, Answer) = (desk.Info, async request => (await desk.HandleAsync(request.Bytes)).Answer);
            committee = new CommitteeTerms(_identities.Select(identity => identity.Client));
            _public = KeyAdditiveContext.CreatePublic(parameters);
            _owned.Add(desk);
            Open = (request, answer) => request.Open(answer);
        }
        else
        {
            HeContext context = SmallFederation.ContextOf("plain")!;
            var desk = new KeyAuthority(jobId, context, roster, new RosterAuthenticator());
            (authority, Answer) = (desk.Info, async request => (await desk.HandleAsync(request.Bytes)).Answer);
            _public = desk.PublicContext;
            _owned.AddRange([desk, context]);
            Open = (request, answer) => request.Open(context, answer);
        }

        Job = new FederationJob(
            jobId, authority, _serverIdentity.VerificationKey, roster, terms, FederationJob.DigestOf(_initial), settings, committee: committee, update: options.Update);
        States = new byte[]?[options.Clients];
        _ledgers = new byte[]?[options.Clients];
        Server = new FederationServer(new FederationServerSetup
        {
            Context = _public,
            Job = Job,
            Identity = _serverIdentity,
            Safety = new FederationSafety { AllowInsecure = true },
            Time = _time,
        });
        _owned.AddRange([Server, _serverIdentity, _protector, .. _identities]);
    }

    public FederationJob Job { get; }

    public FederationServer Server { get; }

    public List<FederationClient> Clients { get; } = [];

    /// <summary>What the host of each client saved last.</summary>
    public byte[]?[] States { get; }

    /// <summary>The models of all rounds, by round, as the first client that opened one had it.</summary>
    public SortedDictionary<int, double[]> Models { get; } = [];

    public List<(int Client, IgnoredReason Reason)> Ignored { get; } = [];

    /// <summary>What a trainer or a client threw.</summary>
    public List<(int Client, Exception Exception)> Failures { get; } = [];

    /// <summary>Whether the network loses a message, of a client or for it.</summary>
    public Func<MessageInfo, int, bool>? Loses { get; set; }

    /// <summary>What happens behind each message that a client handled.</summary>
    public Action<MessageInfo, int>? Behind { get; set; }

    private Func<KeyRequest, Task<ReadOnlyMemory<byte>>> Answer { get; }

    private Func<KeyRequest, ReadOnlyMemory<byte>, ClientKeys> Open { get; }

    public static async Task<HandFederation> CreateAsync(HandOptions options)
    {
        var federation = new HandFederation(options);
        for (int i = 0; i < options.Clients; i++)
        {
            using var request = new KeyRequest(federation.Job, federation._identities[i]);
            federation._keys.Add(federation.Open(request, await federation.Answer(request)));
            federation._owned.Add(federation._keys[i]);
            federation.Clients.Add(new FederationClient(federation.SetupOf(i)));
        }

        return federation;
    }

    /// <summary>Runs the job to its end.</summary>
    public async Task RunAsync()
    {
        for (int i = 0; i < Clients.Count; i++)
        {
            _wire.Enqueue((i, true, Clients[i].Announce()));
        }

        Take(Server.Start());
        for (int deadlines = 0; ; deadlines++)
        {
            await PumpAsync();
            if (Server.Outcome is not null)
            {
                return;
            }

            deadlines.Should().BeLessThan(100, "the job must end");
            _time.Pass(Server.DueIn ?? TimeSpan.Zero);
            Take(Server.Advance());
        }
    }

    public FederationClientSetup SetupOf(int index) => new()
    {
        Job = Job,
        Identity = _identities[index],
        Keys = _keys[index],
        Trainer = _options.Trainers[index],
        InitialModel = _initial,
        Privacy = _options.Privacy,
        Protector = _protector,
        Safety = new FederationSafety { AllowInsecure = true },
        Ledger = _ledgers[index] is byte[] ledger ? ledger : default(ReadOnlyMemory<byte>?),
        Time = _time,
    };

    /// <summary>Kills a client and restores it from what its host saved, or from another state, or from none.</summary>
    public void Restart(int index, byte[]? state)
    {
        Clients[index].Dispose();
        Clients[index] = state is null ? new FederationClient(SetupOf(index)) : FederationClient.Restore(SetupOf(index), state);
        _wire.Enqueue((index, true, Clients[index].Announce()));
        foreach (ReadOnlyMemory<byte> message in Clients[index].Unacknowledged)
        {
            _wire.Enqueue((index, true, message));
        }
    }

    public void Dispose()
    {
        Clients.ForEach(client => client.Dispose());
        _owned.ForEach(one => one.Dispose());
    }

    private async Task PumpAsync()
    {
        while (_wire.TryDequeue(out (int Client, bool IsToServer, ReadOnlyMemory<byte> Bytes) next))
        {
            MessageInfo.TryRead(next.Bytes.Span, out MessageInfo? info).Should().BeTrue();
            if (Loses?.Invoke(info!, next.Client) == true)
            {
                continue;
            }

            if (next.IsToServer)
            {
                Take(Server.Handle(next.Bytes));
            }
            else
            {
                await ReceiveAsync(next.Client, next.Bytes);
                Behind?.Invoke(info!, next.Client);
            }
        }
    }

    private async Task ReceiveAsync(int index, ReadOnlyMemory<byte> bytes)
    {
        ClientStep step;
        try
        {
            step = await Clients[index].HandleAsync(bytes);
        }
        catch (PrivacyRefusedException refused)
        {
            Failures.Add((index, refused));
            return;
        }

        _ledgers[index] = step.Ledger?.ToArray() ?? _ledgers[index];
        States[index] = step.State?.ToArray() ?? States[index];
        if (step.Ignored is IgnoredReason reason)
        {
            Ignored.Add((index, reason));
        }

        if (step.ModelRound > 0)
        {
            Models.TryAdd(step.ModelRound, Clients[index].GlobalModel.Get<double>("w").ToArray());
        }

        foreach (ReadOnlyMemory<byte> message in step.Messages)
        {
            _wire.Enqueue((index, true, message));
        }
    }

    private void Take(ServerStep step)
    {
        step.Failure.Should().BeNull();
        foreach (OutgoingMessage message in step.Messages)
        {
            if (message.Recipient is ClientId recipient)
            {
                _wire.Enqueue((_identities.FindIndex(identity => identity.Client == recipient), false, message.Bytes));
            }
        }
    }
}

/// <summary>What a federation by hand is made of.</summary>
internal sealed record HandOptions
{
    public required UpdateTerms Update { get; init; }

    public required IPrivacyProvider Privacy { get; init; }

    public required ILocalTrainer[] Trainers { get; init; }

    public required int Dimension { get; init; }

    public required int Rounds { get; init; }

    public int Clients => Trainers.Length;

    /// <summary>The quorum, which is the smallest number of contributors; null for all clients.</summary>
    public int? Smallest { get; init; }

    public int MaxAttempts { get; init; } = 3;

    public bool HasCommittee { get; init; }
}
