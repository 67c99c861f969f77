using System.Runtime;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;

namespace FedHe.Benchmarks.Rounds;

/// <summary>A cold round is the first one of a process: this program starts itself again and again to measure it.</summary>
internal static class ColdRound
{
    /// <summary>The option with which a process measures its own first round, and prints it as JSON.</summary>
    public const string FirstOption = "--first";

    /// <summary>Measures the first round of this process, which must have used nothing of the library before, unless it warms up.</summary>
    public static ColdResult First(RoundOptions options)
    {
        ModelParameters[] models = [.. RoundBenchmark.RandomUpdates(options)
            .Select(update => RoundBenchmark.ModelOf(update.AsSpan(0, options.EncryptedCount)))];
        if (options.WarmUp)
        {
            using var others = new RoundParties(options);
            others.WarmUp(models[0]);
        }

        TimeSpan compiled = JitInfo.GetCompilationTime();
        long methods = JitInfo.GetCompiledMethodCount();
        RoundParties? parties = null;
        IMeasuredRound? round = null;
        double setUpMs = Timing.Milliseconds(() =>
        {
            parties = new RoundParties(options);
            round = MeasuredRound.Create(options, parties, models, EncryptionMask.All(models[0].Layout));
        });
        using (parties)
        using (round)
        {
            PhaseTimes times = round!.RunOnce();
            return new ColdResult
            {
                Processes = 1,
                EncryptMs = times.EncryptMs,
                FoldMs = times.FoldMs,
                DecryptMs = times.DecryptMs,
                FirstUploadMs = setUpMs + times.FirstUploadMs,
                CompilerMs = (JitInfo.GetCompilationTime() - compiled).TotalMilliseconds,
                CompiledMethods = (int)(JitInfo.GetCompiledMethodCount() - methods),
            };
        }
    }

    /// <summary>Measures the first rounds of fresh processes, one after the other, with the options of this one.</summary>
    /// <param name="processes">The number of processes.</param>
    /// <param name="arguments">The arguments of this process, without those that only say where results go.</param>
    public static ColdResult Measure(int processes, IEnumerable<string> arguments)
    {
        ColdResult[] results = [.. Enumerable.Range(0, processes).Select(_ => FreshProcess.Run([.. arguments, FirstOption], RoundJson.Default.ColdResult))];
        return new ColdResult
        {
            Processes = processes,
            EncryptMs = Timing.Median(results, result => result.EncryptMs),
            FoldMs = Timing.Median(results, result => result.FoldMs),
            DecryptMs = Timing.Median(results, result => result.DecryptMs),
            FirstUploadMs = Timing.Median(results, result => result.FirstUploadMs),
            CompilerMs = Timing.Median(results, result => result.CompilerMs),
            CompiledMethods = (int)Timing.Median(results, result => result.CompiledMethods),
        };
    }
}
