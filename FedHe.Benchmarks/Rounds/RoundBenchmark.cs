using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// A round is measured in one process, beside plaintext averaging and the floor. Everything is warmed up, then timed several
/// times; where only a part of the model is encrypted, the round is one of a model that consists of that part.
/// </summary>
internal sealed class RoundBenchmark : IDisposable
{
    private readonly RoundOptions _options;
    private readonly RoundParties _parties;
    private readonly float[][] _updates;
    private readonly IMeasuredRound _round;
    private readonly float[] _plaintextAverage;
    private readonly Floor _floor = new();
    private readonly List<PhaseTimes> _times = [];
    private readonly List<double> _plaintextTimes = [];
    private readonly List<double> _floorTimes = [];
    private PhaseTimes? _first;

    public RoundBenchmark(RoundOptions options)
    {
        _options = options;
        _parties = new RoundParties(options);
        _updates = RandomUpdates(options);
        ModelParameters[] models = [.. _updates.Select(update => ModelOf(update.AsSpan(0, options.EncryptedCount)))];
        _round = MeasuredRound.Create(options, _parties, models, EncryptionMask.All(models[0].Layout));
        _plaintextAverage = new float[options.Params];
    }

    public void WarmUp() => Timing.WarmUp(() =>
    {
        PhaseTimes times = _round.RunOnce();
        _first ??= times;
        AveragePlaintext();
        _floor.Run(_options.EncryptedCount);
    });

    public void Measure()
    {
        _times.Add(_round.RunOnce());
        _plaintextTimes.Add(Timing.Milliseconds(AveragePlaintext));
        _floorTimes.Add(Timing.Milliseconds(() => _floor.Run(_options.EncryptedCount)));
    }

    /// <summary>Computes the medians of everything that was measured, once or more.</summary>
    /// <param name="cold">The first rounds of fresh processes, or null where none were measured.</param>
    public RoundResult Result(ColdResult? cold = null)
    {
        SelectiveResult? selective = _options.EncryptedCount < _options.Params
            ? SelectiveComparison.Run(_parties, _updates, _options)
            : null;
        long upload = selective?.UploadBytes ?? _round.UploadBytes;
        long download = selective?.DownloadBytes ?? _round.DownloadBytes;
        return new RoundResult
        {
            Scheme = _options.Scheme,
            Params = _options.Params,
            Clients = _options.Clients,
            Threads = _options.Threads,
            MaskRatio = _options.MaskRatio,
            Mode = RoundModes.NameOf(_options.Mode),
            TagMs = Timing.Median(_times, time => time.TagMs),
            VerifyMs = Timing.Median(_times, time => time.VerifyMs),
            OuterMs = Timing.Median(_times, time => time.OuterMs),
            Keys = _options.Keys.ToString(),
            MemberMs = Timing.Median(_times, time => time.MemberMs),
            Precision = _options.Precision.Name,
            Download = DownloadForms.NameOf(_parties.Download),
            PublicKey = _options.PublicKey,
            EncryptMs = Timing.Median(_times, time => time.EncryptMs),
            CheckMs = Timing.Median(_times, time => time.CheckMs),
            FoldMs = Timing.Median(_times, time => time.FoldMs),
            DecryptMs = Timing.Median(_times, time => time.DecryptMs),
            FirstEncryptMs = _first!.Value.EncryptMs,
            FirstFoldMs = _first.Value.FoldMs,
            FirstDecryptMs = _first.Value.DecryptMs,
            UploadBytes = upload,
            DownloadBytes = download,
            UploadBitsPerValue = 8.0 * upload / _options.Params,
            DownloadBitsPerValue = 8.0 * download / _options.Params,
            MaxAbsError = LargestError(_round.Averages),
            PromisedError = _round.PromisedError,
            PlaintextMs = Timing.Median(_plaintextTimes, time => time),
            PlaintextBytes = sizeof(float) * (long)_options.Params,
            FloorMs = Timing.Median(_floorTimes, time => time),
            Clock = Timing.OfThread ? Timing.Thread : Timing.Wall,
            Cold = cold,
            Selective = selective,
            Cpu = Machine.CpuName,
            Commit = Machine.Commit,
        };
    }

    public void Dispose()
    {
        _floor.Dispose();
        _round.Dispose();
        _parties.Dispose();
    }

    /// <summary>Draws the same updates for the same options.</summary>
    internal static float[][] RandomUpdates(RoundOptions options)
        => [.. Enumerable.Range(0, options.Clients).Select(client => RandomUpdate(options.Params, client))];

    /// <summary>Creates a model of one tensor.</summary>
    internal static ModelParameters ModelOf(ReadOnlySpan<float> values)
    {
        const string Name = "model.weight";
        var layout = new ModelLayout(new TensorSpec(Name, ElementType.Float32, [values.Length], bound: 1));
        return ModelParameters.CreateBuilder(layout).Set(Name, values).Build();
    }

    private void AveragePlaintext()
        => PlaintextAverage.Compute(_updates.Length, client => _updates[client], _plaintextAverage);

    private double LargestError(ReadOnlySpan<float> averages)
    {
        double largest = 0;
        for (int i = 0; i < averages.Length; i++)
        {
            double exact = 0;
            foreach (float[] update in _updates)
            {
                exact += update[i];
            }

            largest = Math.Max(largest, Math.Abs(averages[i] - (exact / _options.Clients)));
        }

        return largest;
    }

    private static float[] RandomUpdate(int length, int seed)
    {
        var random = new Random(seed);
        var update = new float[length];
        for (int i = 0; i < length; i++)
        {
            update[i] = (2 * random.NextSingle()) - 1;
        }

        return update;
    }
}
