using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// The comparison puts encrypting a part beside encrypting everything and nothing, as hosts run it, and beside averaging bare
/// floats. The part is drawn at random: scattered values take the longest to split and merge.
/// </summary>
internal static class SelectiveComparison
{
    private const ulong MaskSeed = 1;

    /// <summary>Measures the four kinds of round, which take turns.</summary>
    public static SelectiveResult Run(RoundParties parties, float[][] updates, RoundOptions options)
    {
        ModelParameters[] models = [.. updates.Select(update => RoundBenchmark.ModelOf(update))];
        ModelLayout layout = models[0].Layout;
        EncryptionMask mask = MaskPolicy.Random(options.MaskRatio, MaskSeed).Select(layout);
        using IMeasuredRound selective = MeasuredRound.Create(options, parties, models, mask);
        using IMeasuredRound full = MeasuredRound.Create(options, parties, models, EncryptionMask.All(layout));
        using IMeasuredRound clear = MeasuredRound.Create(options, parties, models, EncryptionMask.InsecureNone(layout));
        var plaintext = new PlaintextRound(updates);
        Timing.WarmUp(() =>
        {
            selective.RunOnce();
            full.RunOnce();
            clear.RunOnce();
            plaintext.RunOnce();
        });
        var times = new List<(PhaseTimes Selective, PhaseTimes Full, PhaseTimes Clear, PhaseTimes Plaintext)>();
        for (int run = 0; run < options.Runs; run++)
        {
            times.Add((selective.RunOnce(), full.RunOnce(), clear.RunOnce(), plaintext.RunOnce()));
        }

        return new SelectiveResult
        {
            EncryptedValues = mask.EncryptedCount,
            EncryptMs = Timing.Median(times, time => time.Selective.EncryptMs),
            FoldMs = Timing.Median(times, time => time.Selective.FoldMs),
            DecryptMs = Timing.Median(times, time => time.Selective.DecryptMs),
            RoundMs = Timing.Median(times, time => time.Selective.RoundMs(options.Clients)),
            FullRoundMs = Timing.Median(times, time => time.Full.RoundMs(options.Clients)),
            ClearRoundMs = Timing.Median(times, time => time.Clear.RoundMs(options.Clients)),
            PlaintextRoundMs = Timing.Median(times, time => time.Plaintext.RoundMs(options.Clients)),
            UploadBytes = selective.UploadBytes,
            DownloadBytes = selective.DownloadBytes,
            FullUploadBytes = full.UploadBytes,
            FullDownloadBytes = full.DownloadBytes,
            PlaintextBytes = sizeof(float) * (long)options.Params,
        };
    }
}
