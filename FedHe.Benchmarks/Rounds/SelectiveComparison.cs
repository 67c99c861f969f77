using System.Diagnostics;
using FedHe.Crypto;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Parameters;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// Encrypting a part beside encrypting everything and nothing, as hosts run it, and beside averaging bare floats. The part is drawn at random, which
/// scatters it most and so is the dearest to split and merge.
/// </summary>
internal static class SelectiveComparison
{
    private const int WarmUpRuns = 10;
    private const ulong MaskSeed = 1;
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(3);

    /// <summary>Measures all of them, taking turns.</summary>
    public static SelectiveResult Run(IHeScheme scheme, HeParameters parameters, float[][] updates, RoundOptions options)
    {
        using HeContext context = scheme.CreateContext(
            parameters, new HeContextOptions { MaxDegreeOfParallelism = options.Threads });
        using KeyPair keys = context.GenerateKeyPair();
        var layout = new ModelLayout(new TensorSpec("model.weight", ElementType.Float32, [options.Params], bound: 1));
        ModelParameters[] models =
            [.. updates.Select(update => ModelParameters.CreateBuilder(layout).Set<float>("model.weight", update).Build())];
        TransferPrecision? precision =
            options.Precision.Bits > 0 ? new TransferPrecision(Math.Max(1, options.Precision.Bits), options.Clients) : null;
        EncryptionMask mask = MaskPolicy.Random(options.MaskRatio, MaskSeed).Select(layout);
        using var selective = new WholeRound(context, keys, options.PublicKey, models, mask, precision);
        using var full = new WholeRound(context, keys, options.PublicKey, models, EncryptionMask.All(layout), precision);
        using var clear = new WholeRound(context, keys, options.PublicKey, models, EncryptionMask.InsecureNone(layout), precision);
        var plaintext = new PlaintextRound(updates);
        long start = Stopwatch.GetTimestamp();
        for (int run = 0; run < WarmUpRuns || Stopwatch.GetElapsedTime(start) < WarmUpTime; run++)
        {
            selective.RunOnce();
            full.RunOnce();
            clear.RunOnce();
            plaintext.RunOnce();
        }

        var times = new List<(PhaseTimes Selective, PhaseTimes Full, PhaseTimes Clear, PhaseTimes Plaintext)>();
        for (int run = 0; run < options.Runs; run++)
        {
            times.Add((selective.RunOnce(), full.RunOnce(), clear.RunOnce(), plaintext.RunOnce()));
        }

        return new SelectiveResult
        {
            EncryptedValues = mask.EncryptedCount,
            EncryptMs = Median(times, time => time.Selective.EncryptMs),
            FoldMs = Median(times, time => time.Selective.FoldMs),
            DecryptMs = Median(times, time => time.Selective.DecryptMs),
            RoundMs = Median(times, time => time.Selective.RoundMs(options.Clients)),
            FullRoundMs = Median(times, time => time.Full.RoundMs(options.Clients)),
            ClearRoundMs = Median(times, time => time.Clear.RoundMs(options.Clients)),
            PlaintextRoundMs = Median(times, time => time.Plaintext.RoundMs(options.Clients)),
            UploadBytes = selective.UploadBytes,
            DownloadBytes = selective.DownloadBytes,
            FullUploadBytes = full.UploadBytes,
            FullDownloadBytes = full.DownloadBytes,
            PlaintextBytes = sizeof(float) * (long)options.Params,
        };
    }

    private static double Median<T>(List<T> samples, Func<T, double> select)
        => samples.Select(select).Order().ElementAt(samples.Count / 2);
}
