using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

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

    public int ClientsOf(int roster) => ClientsPerRound ?? roster;
}

/// <summary>Makes the description of a job from choices, parties and a model.</summary>
internal static class JobMaker
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    public static FederationJob Make(
        JobChoices choices, Guid jobId, AuthorityInfo authority, VerificationKey server, IReadOnlyDictionary<ClientId, VerificationKey> clients, ModelParameters model)
    {
        int perRound = choices.ClientsOf(clients.Count);
        var settings = new FederationSettings
        {
            Rounds = choices.Rounds,
            ClientsPerRound = perRound,
            Quorum = choices.Quorum ?? Math.Max(choices.MinimumContributors, (clients.Count / 2) + 1),
            MinimumContributors = choices.MinimumContributors,

            // The operator is the clock: deadlines pass when a command is run with --now.
            RoundDeadline = Longest,
            WaitingTime = Longest,
            MaxAttempts = 1000,
            Training = choices.Training,
        };
        var terms = new AggregationTerms(
            model.Layout, choices.HidesWeights ? Weighting.Hidden : Weighting.Clear, choices.MaxWeight, new TransferPrecision(choices.Precision, perRound));
        return new FederationJob(jobId, authority, server, new ClientRoster(clients), terms, FederationJob.DigestOf(model), settings);
    }

    /// <summary>Makes a job of parties that do not exist, to plan with.</summary>
    public static FederationJob MakeForPlan(JobChoices choices, int clients, HeContext context, ModelParameters model)
    {
        using var keys = context.GenerateKeyPair();
        using var authority = ServerIdentity.Create();
        using var server = ServerIdentity.Create();
        var roster = new Dictionary<ClientId, VerificationKey>();
        for (int i = 1; i <= clients; i++)
        {
            var client = new ClientId($"client-{i}");
            using var identity = ClientIdentity.Create(client);
            roster[client] = identity.VerificationKey;
        }

        var info = new AuthorityInfo(context.Parameters.SchemeName, context.ParametersId, keys.PublicKey.KeyId, authority.VerificationKey);
        return Make(choices, Guid.NewGuid(), info, server.VerificationKey, roster, model);
    }
}
