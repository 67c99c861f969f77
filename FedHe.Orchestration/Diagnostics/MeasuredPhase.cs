using System.Diagnostics;
using System.Diagnostics.Metrics;

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
    private readonly Activity? _activity;

    private MeasuredPhase(TimeProvider time, string activityName, Histogram<double> histogram)
    {
        _time = time;
        _start = time.GetTimestamp();
        _histogram = histogram;
        _activity = Instruments.Activities.StartActivity(activityName);
    }

    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    public static MeasuredPhase Train(TimeProvider time) => new(time, InstrumentNames.TrainActivity, Instruments.TrainDuration);

    public static MeasuredPhase Encrypt(TimeProvider time) => new(time, InstrumentNames.EncryptActivity, Instruments.EncryptDuration);

    public static MeasuredPhase Fold(TimeProvider time) => new(time, InstrumentNames.FoldActivity, Instruments.FoldDuration);

    public static MeasuredPhase Decrypt(TimeProvider time) => new(time, InstrumentNames.DecryptActivity, Instruments.DecryptDuration);

    public void Dispose()
    {
        _histogram.Record(Elapsed.TotalSeconds);
        _activity?.Dispose();
    }
}
