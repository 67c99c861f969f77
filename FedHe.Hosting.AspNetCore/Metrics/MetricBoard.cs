using System.Collections.Immutable;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.Orchestration.Metrics;

namespace FedHe.Hosting.AspNetCore.Metrics;

/// <summary>A metric board has the metrics that clients reported: all of them in the store, as they were signed, and those of the newest attempts in memory.</summary>
/// <remarks>One thread at a time writes; <see cref="Rounds"/> may be read at any time. No answer of the server to another message depends on a board.</remarks>
internal sealed class MetricBoard
{
    /// <summary>The largest number of attempts in memory.</summary>
    public const int MostRounds = 6;

    private readonly IServerStore _store;

    // A client chooses its names once, so that nobody can make up series without end, and nobody takes the names of others away.
    private readonly Dictionary<string, ImmutableHashSet<string>> _names = new(StringComparer.Ordinal);
    private ImmutableList<MetricRound> _rounds = [];

    // The length of the file, or -1 where it has to be looked up.
    private long _length = -1;

    private MetricBoard(IServerStore store) => _store = store;

    /// <summary>The metrics of the newest attempts, the newest first.</summary>
    public IReadOnlyList<MetricRound> Rounds => Volatile.Read(ref _rounds);

    /// <summary>Opens the board of a job. What a process that was killed left at the end of its file is cut off.</summary>
    public static MetricBoard Open(IServerStore store)
    {
        var board = new MetricBoard(store);
        foreach (MetricReport report in board.Read())
        {
            board.Show(report);
        }

        return board;
    }

    /// <summary>Tells whether the same report was taken before.</summary>
    public bool Knows(MetricReport report) => Find(report) is RoundMetrics known && known.Values.SequenceEqual(report.Metrics.Values);

    /// <summary>Returns the reason why a report cannot be taken.</summary>
    public MetricRefusal RefusalOf(MetricReport report)
        => Find(report) is not null ? MetricRefusal.OtherReport
            : NamesWith(report).Count > RoundMetrics.MaxCount ? MetricRefusal.TooManyNames
            : MetricRefusal.None;

    /// <summary>Writes a report, and shows it when it is on the disk.</summary>
    /// <exception cref="IOException">The report could not be written.</exception>
    public void Add(MetricReport report)
    {
        if (_length < 0)
        {
            Read();
        }

        _store.Append(PartyFiles.Metrics, _length, report.Bytes.Span);
        _length += report.Bytes.Length;
        _store.WhenSaved(() => Show(report));
    }

    /// <summary>Forgets how long the file is, because a write has failed.</summary>
    public void Forget() => _length = -1;

    private IReadOnlyList<MetricReport> Read()
    {
        byte[] bytes = _store.TryRead(PartyFiles.Metrics) ?? [];
        IReadOnlyList<MetricReport> reports = MetricReport.ReadAll(bytes, out int length);
        if (length < bytes.Length)
        {
            _store.Cut(PartyFiles.Metrics, length);
        }

        _length = length;
        return reports;
    }

    private RoundMetrics? Find(MetricReport report)
        => _rounds.Find(round => round.IsOf(report.Slot))?.Reports.GetValueOrDefault(report.Slot.Client.Value);

    private ImmutableHashSet<string> NamesWith(MetricReport report)
        => (_names.GetValueOrDefault(report.Slot.Client.Value) ?? ImmutableHashSet.Create<string>(StringComparer.Ordinal)).Union(report.Metrics.Values.Keys);

    private void Show(MetricReport report)
    {
        _names[report.Slot.Client.Value] = NamesWith(report);
        MetricRound round = _rounds.Find(known => known.IsOf(report.Slot)) ?? MetricRound.Begin(report.Slot);
        ImmutableList<MetricRound> rounds = [.. _rounds.Where(known => !known.IsOf(report.Slot)).Append(round.With(report)).OrderByDescending(known => (known.Round, known.Attempt)).Take(MostRounds)];
        Volatile.Write(ref _rounds, rounds);
    }
}
