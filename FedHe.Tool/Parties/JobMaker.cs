using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Planning;

namespace FedHe.Tool.Parties;

/// <summary>What the authority's operator decides about a job.</summary>
internal sealed record JobChoices
{
    public required int Rounds { get; init; }

    public int? ClientsPerRound { get; init; }

    public int? Quorum { get; init; }

    public required int MinimumContributors { get; init; }

    public required long MaxWeight { get; init; }

    public required int Precision { get; init; }

    public required bool HidesWeights { get; init; }

    public required TrainingSettings Training { get; init; }

    public required KeyManagement Keys { get; init; }

    /// <summary>The deadlines of a job between hosts, which have clocks; null where the operator is the clock.</summary>
    public JobDeadlines? Deadlines { get; init; }

    /// <summary>What is promised to every client, or null for nothing.</summary>
    public PrivacyChoices? Privacy { get; init; }

    /// <summary>How average differences move the model, or null for averages of models.</summary>
    public ServerOptimizer? Optimizer { get; init; }

    /// <summary>How many values of a difference travel, or null for all.</summary>
    public SparsificationTerms? Squeeze { get; init; }

    /// <summary>How adapters are averaged, or null for a model without.</summary>
    public AdapterTerms? Adapters { get; init; }

    public int ClientsOf(int roster) => ClientsPerRound ?? roster;
}

/// <summary>The deadlines of the rounds of a job.</summary>
/// <param name="Round">The time for which a round collects uploads.</param>
/// <param name="Waiting">The time for which a round waits for clients.</param>
/// <param name="Grace">The time for which a round with a quorum waits for the other clients.</param>
/// <param name="MaxAttempts">The number of tries at a round before the job fails.</param>
internal sealed record JobDeadlines(TimeSpan Round, TimeSpan Waiting, TimeSpan Grace, int MaxAttempts);

/// <summary>Makes the description of a job from choices, parties and a model.</summary>
internal sealed class JobMaker(JobChoices choices, ClientRoster roster, ModelParameters model)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    private readonly FederationSettings _settings = new()
    {
        Rounds = choices.Rounds,
        ClientsPerRound = choices.ClientsOf(roster.Clients.Count),
        Quorum = QuorumOf(choices, roster.Clients.Count),

        // Under a promise no sum is opened that the noise was not planned for.
        MinimumContributors = choices.Privacy is null ? choices.MinimumContributors : QuorumOf(choices, roster.Clients.Count),

        // Where the operator is the clock, deadlines pass when a command is run with --now.
        RoundDeadline = choices.Deadlines?.Round ?? Longest,
        WaitingTime = choices.Deadlines?.Waiting ?? Longest,
        GraceTime = choices.Deadlines?.Grace ?? TimeSpan.Zero,
        MaxAttempts = choices.Deadlines?.MaxAttempts ?? 1000,
        Training = choices.Training,
    };

    private readonly AggregationTerms _terms = choices.Privacy is null
        ? new AggregationTerms(
            model.Layout,
            choices.HidesWeights ? Weighting.Hidden : Weighting.Clear,
            choices.MaxWeight,
            new TransferPrecision(choices.Precision, choices.ClientsOf(roster.Clients.Count)))
        : new AggregationTerms(model.Layout, Weighting.Clear, maxWeight: 1);

    /// <summary>Who opens the sums of the job.</summary>
    public KeyPlan Keys { get; } = choices.Keys.Settle(roster.Clients.Count, JobProtection.RoundKeys);

    /// <summary>Makes the keys of the job and its description.</summary>
    /// <param name="server">The server's key.</param>
    /// <param name="order">The clients in the order in which they become members of a committee.</param>
    public (JobKeys Keys, FederationJob Job) Make(VerificationKey server, IEnumerable<ClientId> order)
    {
        AdapterChoice.Check(choices.Adapters, model);
        var jobId = Guid.NewGuid();
        CommitteeTerms? committee = Keys.IsCommittee ? Keys.TermsOf(order) : null;
        UpdateTerms update = UpdateOf(choices.Privacy?.Plan(model.Layout.ToArrayLength(), _settings, committee));
        JobKeys keys = Keys.IsCommittee
            ? JobKeys.CreateGroupKey(jobId, FederationJob.PlanRoundKeys(_settings, _terms, update), roster)
            : JobKeys.Create(jobId, _settings.ClientsPerRound, roster);
        try
        {
            return (keys, new FederationJob(
                jobId,
                keys.Info,
                server,
                roster,
                _terms,
                FederationJob.DigestOf(model),
                _settings,
                committee: committee,
                update: update));
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    private UpdateTerms UpdateOf(UpdateTerms? planned)
    {
        bool areDifferences = choices is { Optimizer: not null } or { Squeeze: not null } or { Adapters.Mode: AdapterMode.Alternating };
        UpdateKind kind = areDifferences ? UpdateKind.Difference : planned?.Kind ?? UpdateKind.Model;
        return new UpdateTerms(kind, planned?.Integers, planned?.Privacy, choices.Optimizer, choices.Squeeze, choices.Adapters);
    }

    private static int QuorumOf(JobChoices choices, int clients) => choices.Privacy is PrivacyChoices privacy
        ? privacy.QuorumOf(choices.ClientsOf(clients), choices.Quorum)
        : choices.Quorum ?? Math.Max(choices.MinimumContributors, (clients / 2) + 1);

    /// <summary>Makes a job of parties that do not exist, to plan with.</summary>
    public static (KeyPlan Keys, FederationJob Job, FederationPlan Plan) Plan(JobChoices choices, int clients, ModelParameters model)
    {
        using var server = ServerIdentity.Create();
        var roster = new Dictionary<ClientId, VerificationKey>();
        for (int i = 1; i <= clients; i++)
        {
            var client = new ClientId($"client-{i}");
            using var identity = ClientIdentity.Create(client);
            roster[client] = identity.VerificationKey;
        }

        var maker = new JobMaker(choices, new ClientRoster(roster), model);
        (JobKeys keys, FederationJob job) = maker.Make(server.VerificationKey, roster.Keys.Order());
        using (keys)
        {
            return (maker.Keys, job, FederationPlan.Create(job, keys.PublicContext));
        }
    }
}
