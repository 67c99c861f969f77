using System.Collections.Immutable;
using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Metrics;

namespace FedHe.Hosting.AspNetCore.Metrics;

/// <summary>A metric board keeps the metrics that clients reported: the signed reports of all attempts in the store, and the reports of the newest attempts in memory as well.</summary>
/// <remarks>One thread at a time writes; <see cref="Rounds"/> may be read at any time. No answer of the server to another message depends on a board.</remarks>
internal sealed class MetricBoard
{
    /// <summary>The largest number of attempts in memory.</summary>
    public const int MostRounds = 6;

    /// <summary>The length of the longest file, in bytes. When it is reached, the older half of the reports goes.</summary>
    public const int MostBytes = 64 * 1024 * 1024;

    private readonly IServerStore _store;
    private readonly int _mostBytes;

    // A client chooses its names once, so that nobody can make up series without end, and nobody takes the names of others away.
    private readonly Dictionary<string, ImmutableHashSet<string>> _names = new(StringComparer.Ordinal);
    private ImmutableList<MetricRound> _rounds = [];

    // The length of the file, or -1 where it has to be looked up.
    private long _length = -1;
    private bool _isDamaged;

    private MetricBoard(IServerStore store, int mostBytes) => (_store, _mostBytes) = (store, mostBytes);

    /// <summary>The metrics of the newest attempts, the newest first.</summary>
    public IReadOnlyList<MetricRound> Rounds => Volatile.Read(ref _rounds);

    /// <summary>Opens the board of a job. What a process that was killed left at the end of its file is cut off.</summary>
    /// <param name="store">The store of the server.</param>
    /// <param name="fail">Takes why the file cannot be used. The server does without: the board takes reports when the file can be read again.</param>
    /// <param name="mostBytes">The length of the longest file, in bytes.</param>
    public static MetricBoard Open(IServerStore store, Action<IOException>? fail = null, int mostBytes = MostBytes)
    {
        var board = new MetricBoard(store, mostBytes);
        try
        {
            board.Load();
        }
        catch (IOException fault)
        {
            // No rollback: what the server wrote before, as it starts, is not this board's to throw away. A database that failed ends the start with the next write.
            board.Forget();
            fail?.Invoke(fault);
        }

        return board;
    }

    /// <summary>Writes a report, and shows it when it is on the disk.</summary>
    /// <param name="report">The report.</param>
    /// <param name="isNew">Whether it was written; the same again changes nothing.</param>
    /// <returns>The reason why it cannot be taken.</returns>
    /// <exception cref="IOException">The report could not be written, or the file cannot be read.</exception>
    public MetricRefusal Take(MetricReport report, out bool isNew)
    {
        isNew = false;
        if (_length < 0)
        {
            Load();
        }

        if (Find(report) is RoundMetrics known)
        {
            return known.Values.SequenceEqual(report.Metrics.Values) ? MetricRefusal.None : MetricRefusal.OtherReport;
        }

        MetricRefusal refusal = IsOver(report.Slot) ? MetricRefusal.NoUpload
            : NamesWith(report).Count > RoundMetrics.MaxCount ? MetricRefusal.TooManyNames
            : MetricRefusal.None;
        if (refusal == MetricRefusal.None)
        {
            isNew = true;
            Add(report);
        }

        return refusal;
    }

    /// <summary>Forgets how long the file is, because a write has failed.</summary>
    public void Forget() => _length = -1;

    private void Add(MetricReport report)
    {
        if (_length + report.Bytes.Length > _mostBytes)
        {
            DropOlderHalf();
        }

        _store.Append(PartyFiles.Metrics, _length, report.Bytes.Span);
        _length += report.Bytes.Length;
        _store.WhenSaved(() => Show(report));
    }

    /// <summary>Reads the file, and shows what it has: a write that seemed to fail may have happened.</summary>
    private void Load()
    {
        if (_isDamaged)
        {
            throw Throw.MetricsDamaged(_store.PathOf(PartyFiles.Metrics));
        }

        byte[] bytes = _store.TryRead(PartyFiles.Metrics) ?? [];
        IReadOnlyList<MetricReport> reports = MetricReport.ReadAll(bytes, out int length);
        foreach (MetricReport report in reports)
        {
            Show(report);
        }

        // Reports are written one by one, so that what a process left behind the last whole one is a part of one.
        if (bytes.Length - length > MetricReport.MaxLength)
        {
            _isDamaged = true;
            throw Throw.MetricsDamaged(_store.PathOf(PartyFiles.Metrics));
        }

        if (length < bytes.Length)
        {
            _store.Cut(PartyFiles.Metrics, length);
        }

        _length = length;
    }

    private void DropOlderHalf()
    {
        var kept = new List<MetricReport>();
        long length = 0;
        foreach (MetricReport report in MetricReport.ReadAll(_store.TryRead(PartyFiles.Metrics) ?? [], out _).Reverse().TakeWhile(report => (length += report.Bytes.Length) <= _mostBytes / 2))
        {
            kept.Add(report);
        }

        kept.Reverse();
        byte[] bytes = [.. kept.SelectMany(report => report.Bytes.ToArray())];
        _store.Replace(PartyFiles.Metrics, bytes);
        _length = bytes.Length;
    }

    /// <summary>Tells whether an attempt is older than all in memory, so that nobody could tell a second report of it from the first.</summary>
    private bool IsOver(UploadSlot slot)
        => _rounds is [.., MetricRound oldest] && _rounds.Count >= MostRounds && (slot.Round, slot.Attempt).CompareTo((oldest.Round, oldest.Attempt)) < 0;

    private RoundMetrics? Find(MetricReport report)
        => _rounds.Find(round => round.IsOf(report.Slot))?.Reports.GetValueOrDefault(report.Slot.Client.Value);

    private ImmutableHashSet<string> NamesWith(MetricReport report)
        => (_names.GetValueOrDefault(report.Slot.Client.Value) ?? ImmutableHashSet.Create<string>(StringComparer.Ordinal)).Union(report.Metrics.Values.Keys);

    private void Show(MetricReport report)
    {
        if (Find(report) is not null)
        {
            return;
        }

        _names[report.Slot.Client.Value] = NamesWith(report);
        MetricRound round = _rounds.Find(known => known.IsOf(report.Slot)) ?? MetricRound.Begin(report.Slot);
        ImmutableList<MetricRound> rounds = [.. _rounds.Where(known => !known.IsOf(report.Slot)).Append(round.With(report)).OrderByDescending(known => (known.Round, known.Attempt)).Take(MostRounds)];
        Volatile.Write(ref _rounds, rounds);
    }
}
