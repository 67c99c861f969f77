using FedHe.Orchestration.Job;

namespace FedHe.Tool.Watching;

/// <summary>A watched job is what a server knew of its job at one moment, from its disk or from its dashboard. The names are those of the dashboard's snapshot.</summary>
/// <param name="Name">The name of the job in its host.</param>
/// <param name="Phase">The phase of the server.</param>
/// <param name="Round">The round.</param>
/// <param name="Rounds">The number of rounds of the job.</param>
/// <param name="Attempt">The attempt at the round.</param>
/// <param name="Epoch">The epoch.</param>
/// <param name="LastSum">The last round that has a sum, or 0.</param>
/// <param name="Outcome">The outcome of the job once it has ended.</param>
/// <param name="Parties">The clients, and where it is known the key authority.</param>
/// <param name="Refusals">What was refused, as far as the source knows it.</param>
internal sealed record WatchedJob(
    string Name,
    string Phase,
    int Round,
    int Rounds,
    int Attempt,
    int Epoch,
    int LastSum,
    string? Outcome,
    IReadOnlyList<WatchedParty> Parties,
    IReadOnlyList<WatchedRefusal> Refusals)
{
    /// <summary>The metrics that clients reported in the newest rounds, the newest first; none from a server of before.</summary>
    public IReadOnlyList<WatchedMetrics> Metrics { get; init; } = [];

    /// <summary>Whether the job has come to its last round with a model.</summary>
    public bool IsCompleted => Outcome == nameof(FederationOutcome.Completed);
}

/// <summary>A watched party is one client of a watched job, or the key authority.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">Whether it is here, in the words of the source.</param>
/// <param name="Doing">What it does, as far as the server sees it.</param>
/// <param name="IsLate">Whether most others have sent what is still missing from it.</param>
internal sealed record WatchedParty(string Name, string State, string Doing, bool IsLate);

/// <summary>A watched refusal is how often messages of a party were refused for one reason.</summary>
internal sealed record WatchedRefusal(string Party, string Message, string Reason, int Count);

/// <summary>Watched metrics are what clients reported of an attempt at a round.</summary>
internal sealed record WatchedMetrics(int Round, int Attempt, IReadOnlyList<WatchedReport> Reports);

/// <summary>A watched report has the metrics of one client.</summary>
internal sealed record WatchedReport(string Party, IReadOnlyDictionary<string, double> Values);
