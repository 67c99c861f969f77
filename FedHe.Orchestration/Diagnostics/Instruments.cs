using System.Diagnostics;
using System.Diagnostics.Metrics;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Diagnostics;

/// <summary>
/// The instruments of one party of a job. All measurements name the job, and round and client where there is one. A claimed name
/// that is not on the roster is left out, so that strangers cannot make up series.
/// </summary>
internal sealed class Instruments
{
    public static readonly ActivitySource Activities = new(InstrumentNames.Source);
    private static readonly Meter Shared = new(InstrumentNames.Source);

    private readonly string _job;
    private readonly Histogram<long> _uploadSize;
    private readonly Histogram<long> _aggregateSize;
    private readonly Counter<long> _uploadsAccepted;
    private readonly Counter<long> _uploadsRefused;
    private readonly Counter<long> _roundsCompleted;
    private readonly Counter<long> _roundsRepeated;
    private readonly Counter<long> _roundsExtended;
    private readonly Counter<long> _keyRequests;

    /// <summary>Creates the instruments of a party.</summary>
    /// <param name="factory">The factory of the container's meters, or null for the meter that the process shares.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="roster">The clients that measurements may name.</param>
    public Instruments(IMeterFactory? factory, Guid jobId, ClientRoster roster)
    {
        // A meter gives the same instrument for the same name, so that parties of one process share theirs.
        Meter meter = factory?.Create(InstrumentNames.Source) ?? Shared;
        _job = jobId.ToString();
        Roster = roster;
        TrainDuration = meter.CreateHistogram<double>(InstrumentNames.TrainDuration, "s");
        EncryptDuration = meter.CreateHistogram<double>(InstrumentNames.EncryptDuration, "s");
        FoldDuration = meter.CreateHistogram<double>(InstrumentNames.FoldDuration, "s");
        DecryptDuration = meter.CreateHistogram<double>(InstrumentNames.DecryptDuration, "s");
        _uploadSize = meter.CreateHistogram<long>(InstrumentNames.UploadSize, "By");
        _aggregateSize = meter.CreateHistogram<long>(InstrumentNames.AggregateSize, "By");
        _uploadsAccepted = meter.CreateCounter<long>(InstrumentNames.UploadsAccepted);
        _uploadsRefused = meter.CreateCounter<long>(InstrumentNames.UploadsRefused);
        _roundsCompleted = meter.CreateCounter<long>(InstrumentNames.RoundsCompleted);
        _roundsRepeated = meter.CreateCounter<long>(InstrumentNames.RoundsRepeated);
        _roundsExtended = meter.CreateCounter<long>(InstrumentNames.RoundsExtended);
        _keyRequests = meter.CreateCounter<long>(InstrumentNames.KeyRequests);
    }

    /// <summary>The clients that measurements may name; another roster in each epoch.</summary>
    public ClientRoster Roster { get; set; }

    public Histogram<double> TrainDuration { get; }

    public Histogram<double> EncryptDuration { get; }

    public Histogram<double> FoldDuration { get; }

    public Histogram<double> DecryptDuration { get; }

    public void UploadAccepted(ClientId client, int round, long bytes)
    {
        TagList tags = TagsOf(round, client);
        _uploadsAccepted.Add(1, tags);
        _uploadSize.Record(bytes, tags);
    }

    public void MessageRefused(ClientId claimed, int round, RefusalReason reason)
        => _uploadsRefused.Add(1, WithReason(TagsOf(round, claimed), reason.ToString()));

    public void RoundCompleted(int round, long aggregateBytes)
    {
        TagList tags = TagsOf(round);
        _roundsCompleted.Add(1, tags);
        _aggregateSize.Record(aggregateBytes, tags);
    }

    public void RoundExtended(int round) => _roundsExtended.Add(1, TagsOf(round));

    public void RoundRepeated(int round) => _roundsRepeated.Add(1, TagsOf(round));

    public void KeyRequestAnswered(ClientId? claimed, KeyRefusalReason? refusal)
        => _keyRequests.Add(1, WithReason(TagsOf(round: null, claimed), refusal?.ToString() ?? "Granted"));

    /// <summary>Returns the tags of a measurement or an activity.</summary>
    public TagList TagsOf(int? round, ClientId? client = null)
    {
        var tags = new TagList { { InstrumentNames.JobTag, _job } };
        if (round is int known)
        {
            tags.Add(InstrumentNames.RoundTag, known);
        }

        if (client is ClientId name && Roster.TryGetKey(name, out _))
        {
            tags.Add(InstrumentNames.ClientTag, name.Value);
        }

        return tags;
    }

    private static TagList WithReason(TagList tags, string reason)
    {
        tags.Add(InstrumentNames.ReasonTag, reason);
        return tags;
    }
}
