using System.Diagnostics;
using System.Diagnostics.Metrics;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Diagnostics;

/// <summary>
/// A measured phase records the duration of one phase of work, as an activity and in a histogram. Dispose it when the
/// phase ends.
/// </summary>
internal readonly struct MeasuredPhase : IDisposable
{
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Histogram<double> _histogram;
    private readonly TagList _tags;
    private readonly Activity? _activity;

    private MeasuredPhase(TimeProvider time, string activityName, Histogram<double> histogram, TagList tags)
    {
        _time = time;
        _start = time.GetTimestamp();
        _histogram = histogram;
        _tags = tags;
        _activity = Instruments.Activities.StartActivity(activityName, ActivityKind.Internal, parentContext: default, tags);
    }

    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    public static MeasuredPhase Train(Instruments instruments, TimeProvider time, ClientId client, int round)
        => new(time, InstrumentNames.TrainActivity, instruments.TrainDuration, instruments.TagsOf(round, client));

    public static MeasuredPhase Encrypt(Instruments instruments, TimeProvider time, ClientId client, int round)
        => new(time, InstrumentNames.EncryptActivity, instruments.EncryptDuration, instruments.TagsOf(round, client));

    public static MeasuredPhase Fold(Instruments instruments, TimeProvider time, ClientId client, int round)
        => new(time, InstrumentNames.FoldActivity, instruments.FoldDuration, instruments.TagsOf(round, client));

    public static MeasuredPhase Decrypt(Instruments instruments, TimeProvider time, ClientId client, int round)
        => new(time, InstrumentNames.DecryptActivity, instruments.DecryptDuration, instruments.TagsOf(round, client));

    public void Dispose()
    {
        _histogram.Record(Elapsed.TotalSeconds, _tags);
        _activity?.Dispose();
    }
}
