using System.Text.Json.Serialization;
using FedHe.Orchestration.Metrics;

namespace FedHe.Hosting.AspNetCore.Dashboard;

/// <summary>A snapshot is the document that the page shows: what the server knows of all jobs at one moment.</summary>
internal sealed record Snapshot(DateTimeOffset Time, bool IsReady, IReadOnlyList<JobView> Jobs);

/// <summary>A job as the page shows it.</summary>
internal sealed record JobView(
    string Name,
    Guid Id,
    bool IsReady,
    string Phase,
    int Round,
    int Rounds,
    int Attempt,
    int Epoch,
    int LastSum,
    string? Outcome,
    DateTimeOffset? Due,
    IReadOnlyList<PartyView> Parties,
    IReadOnlyList<RoundView> Attempts,
    IReadOnlyList<RefusalView> Refusals,
    IReadOnlyList<MetricsView> Metrics,
    ErrorView Error,
    PrivacyView? Privacy,
    AuditView? Audit);

/// <summary>A party as the page shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsMember">Whether it is a member of the committee.</param>
/// <param name="State">Whether it is <c>here</c>, <c>unreachable</c>, <c>unheard</c> or <c>excluded</c>.</param>
/// <param name="Doing">What it does as far as the server sees it.</param>
/// <param name="IsLate">Whether the others have sent what is still missing from it.</param>
/// <param name="SilentSeconds">The time since its last request.</param>
/// <param name="Waiting">The number of messages in its mailbox.</param>
internal sealed record PartyView(string Name, bool IsMember, string State, string Doing, bool IsLate, double SilentSeconds, int Waiting);

/// <summary>An attempt at a round as the page shows it.</summary>
internal sealed record RoundView(int Round, int Attempt, IReadOnlyList<BarView> Parties);

/// <summary>The phases of a party in an attempt.</summary>
internal sealed record BarView(string Party, IReadOnlyList<PhaseView> Phases, long UploadBytes, long SumBytes);

/// <summary>A phase of a party: from one sight of the server to the next; without an end while it goes on.</summary>
internal sealed record PhaseView(string Kind, DateTimeOffset From, DateTimeOffset? To);

/// <summary>What was refused.</summary>
internal sealed record RefusalView(string Party, string Message, string Reason, int Count, DateTimeOffset Last);

/// <summary>The metrics that clients reported of an attempt at a round.</summary>
internal sealed record MetricsView(int Round, int Attempt, IReadOnlyList<MetricMean> Means, IReadOnlyList<ReportView> Reports);

/// <summary>The metrics of a client.</summary>
internal sealed record ReportView(string Party, IReadOnlyDictionary<string, double> Values);

/// <summary>The error that the job promises.</summary>
/// <param name="PromisedBits">The bits of precision of a sum, at the largest weights.</param>
/// <param name="LargestBound">The largest bound of the error of a value, in units of the model.</param>
internal sealed record ErrorView(double PromisedBits, double LargestBound);

/// <summary>The privacy budget of the job.</summary>
internal sealed record PrivacyView(string Unit, double Epsilon, double Delta, double? Spent);

/// <summary>The head of the audit log.</summary>
internal sealed record AuditView(long Number, string Digest);

/// <summary>Writes snapshots as JSON that is safe within HTML too.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Snapshot))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
