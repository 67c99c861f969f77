using System.Globalization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Safetensors.Models;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;
using FedHe.Tool.Provisioning;

namespace FedHe.Tool.Poc;

/// <summary>What a trial on one machine is to show.</summary>
internal sealed record PocPlan
{
    /// <summary>The largest number of clients: each is a process.</summary>
    public const int MostClients = 16;

    private const int PointsOfFirst = 60;
    private const int MorePoints = 20;
    private const int AttemptsInAStorm = 100;
    private static readonly string[] Usual = ["north", "south", "west", "east"];

    public required int Clients { get; init; }

    public required int Rounds { get; init; }

    public required KeyManagement Keys { get; init; }

    /// <summary>What is promised to every client, or null for nothing.</summary>
    public PrivacyChoices? Privacy { get; init; }

    /// <summary>Parties that are killed when a training of the round has begun, and started again.</summary>
    public required IReadOnlyList<PocMoment> Kills { get; init; }

    /// <summary>Clients that are started when a training of the round has begun.</summary>
    public required IReadOnlyList<PocMoment> Lates { get; init; }

    /// <summary>What kills random parties again and again, or null for nothing.</summary>
    public PocStorm? Storm { get; init; }

    /// <summary>The names of the clients.</summary>
    public IReadOnlyList<string> Names => [.. Enumerable.Range(1, Clients).Select(i => i <= Usual.Length ? Usual[i - 1] : string.Create(CultureInfo.InvariantCulture, $"client-{i}"))];

    private int Quorum => Clients - Lates.Count;

    private int MinimumContributors => Math.Min(3, Quorum);

    /// <summary>Whether a contributor could compute the model of the other one.</summary>
    public bool IsPair => MinimumContributors < 3;

    /// <summary>Refuses what cannot happen.</summary>
    public void Check()
    {
        foreach (PocMoment moment in Kills.Concat(Lates))
        {
            bool isService = moment.Party is PartyFolder.ServerName or PartyFolder.AuthorityName;
            if (!Names.Contains(moment.Party) && !(isService && Kills.Contains(moment)))
            {
                throw ToolException.Usage($"'{moment}' names no party for it. The clients are {string.Join(", ", Names)}{(Kills.Contains(moment) ? "; server and authority may be killed too" : string.Empty)}.");
            }

            if (moment.Round > Rounds)
            {
                throw ToolException.Usage(string.Create(CultureInfo.InvariantCulture, $"'{moment}' is in a round that does not come. There are {Rounds} rounds: --rounds."));
            }
        }

        if (Lates.GroupBy(late => late.Party).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw ToolException.Usage($"{twice.Key} cannot be late twice. Name it once.");
        }

        if (Lates.FirstOrDefault(late => late.Round < 2) is PocMoment early)
        {
            throw ToolException.Usage($"'{early}' is not late: clients are started for round 1 anyway. Name a later round.");
        }

        KeyPlan keys = Keys.Settle(Clients, JobProtection.RoundKeys);
        int silent = keys.IsCommittee ? keys.TermsOf(Names.Select(name => new ClientId(name))).Corrupt : Clients;
        if (Quorum < 2 || Lates.Count > silent)
        {
            throw ToolException.Usage(keys.IsCommittee && Lates.Count > silent
                ? string.Create(CultureInfo.InvariantCulture, $"The committee of {keys.Members} can do without {silent} members. Let at most {silent} clients be late, or take --keys authority.")
                : "At least two clients must be there from the beginning. Let fewer be late.");
        }
    }

    /// <summary>Describes the trial as a project on a port of this machine.</summary>
    public Project Describe(int port, ReadOnlyMemory<byte> model)
    {
        string address = string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{port}");
        return new Project
        {
            Name = "poc",
            Server = new Uri(address),
            Listen = address,
            Clients = [.. Names.Select((name, i) => new ProjectClient(new ClientId(name), PointsOf(i), Card: null))],
            Job = new JobChoices
            {
                Rounds = Rounds,
                Quorum = Quorum,
                MinimumContributors = MinimumContributors,
                MaxWeight = 1000,
                Precision = 24,
                HidesWeights = false,
                Training = new TrainingSettings { LocalEpochs = 1, LearningRate = 0.05 },
                Keys = Keys,
                Privacy = Privacy,

                // Who is late must not hold up the rounds before.
                Deadlines = new JobDeadlines(
                    TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(Lates.Count > 0 ? 4 : 60), TimeSpan.FromSeconds(10), MaxAttempts: Storm is null ? 5 : AttemptsInAStorm),
            },
            Model = model,
            ModelOptions = new SafetensorsModelOptions { Bound = PocModel.Bound },
            CertificateDays = 2,
            LastRetry = TimeSpan.FromSeconds(1),
        };
    }

    /// <summary>The number of points of a client.</summary>
    public static int PointsOf(int index) => PointsOfFirst + (MorePoints * index);
}
