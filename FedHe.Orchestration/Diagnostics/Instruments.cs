using System.Diagnostics;
using System.Diagnostics.Metrics;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Diagnostics;

/// <summary>
/// The instruments of the library's only meter, and its only activity source. They hold no state; listeners do.
/// </summary>
internal static class Instruments
{
    public static readonly ActivitySource Activities = new(InstrumentNames.Source);
    private static readonly Meter Meter = new(InstrumentNames.Source);

    public static readonly Histogram<double> TrainDuration = Meter.CreateHistogram<double>(InstrumentNames.TrainDuration, "s");
    public static readonly Histogram<double> EncryptDuration = Meter.CreateHistogram<double>(InstrumentNames.EncryptDuration, "s");
    public static readonly Histogram<double> FoldDuration = Meter.CreateHistogram<double>(InstrumentNames.FoldDuration, "s");
    public static readonly Histogram<double> DecryptDuration = Meter.CreateHistogram<double>(InstrumentNames.DecryptDuration, "s");
    public static readonly Histogram<long> UploadSize = Meter.CreateHistogram<long>(InstrumentNames.UploadSize, "By");
    public static readonly Histogram<long> AggregateSize = Meter.CreateHistogram<long>(InstrumentNames.AggregateSize, "By");
    private static readonly Counter<long> UploadsAccepted = Meter.CreateCounter<long>(InstrumentNames.UploadsAccepted);
    private static readonly Counter<long> UploadsRefused = Meter.CreateCounter<long>(InstrumentNames.UploadsRefused);
    private static readonly Counter<long> RoundsCompleted = Meter.CreateCounter<long>(InstrumentNames.RoundsCompleted);
    private static readonly Counter<long> RoundsRepeated = Meter.CreateCounter<long>(InstrumentNames.RoundsRepeated);
    private static readonly Counter<long> RoundsExtended = Meter.CreateCounter<long>(InstrumentNames.RoundsExtended);
    private static readonly Counter<long> KeyRequests = Meter.CreateCounter<long>(InstrumentNames.KeyRequests);

    public static void UploadAccepted(int bytes)
    {
        UploadsAccepted.Add(1);
        UploadSize.Record(bytes);
    }

    public static void MessageRefused(RefusalReason reason)
        => UploadsRefused.Add(1, new KeyValuePair<string, object?>(InstrumentNames.ReasonTag, reason.ToString()));

    public static void RoundCompleted(int aggregateBytes)
    {
        RoundsCompleted.Add(1);
        AggregateSize.Record(aggregateBytes);
    }

    public static void RoundExtended() => RoundsExtended.Add(1);

    public static void RoundRepeated() => RoundsRepeated.Add(1);

    public static void KeyRequestAnswered(KeyRefusalReason? refusal)
        => KeyRequests.Add(1, new KeyValuePair<string, object?>(InstrumentNames.ReasonTag, refusal?.ToString() ?? "Granted"));
}
