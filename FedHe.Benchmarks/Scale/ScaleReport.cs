using System.Globalization;
using FedHe.Benchmarks.Rounds;

namespace FedHe.Benchmarks.Scale;

/// <summary>A scale report words the figures of a round, which both modes report alike.</summary>
internal static class ScaleReport
{
    /// <summary>Creates the figures of a round, without sizes.</summary>
    public static ScaleResult Of(ScaleOptions options, string mode, PhaseClock clock, double largestError, double promised) => new()
    {
        Mode = mode,
        Encryption = RoundModes.NameOf(options.Mode),
        Params = options.Params,
        Clients = options.Clients,
        Threads = options.Threads,
        Precision = options.Precision == 0 ? "exact" : $"{options.Precision}-bit",
        EncryptMs = clock.Encrypt.TotalMilliseconds / options.Clients,
        FoldMs = clock.Fold.TotalMilliseconds / options.Clients,
        CompleteMs = clock.Complete.TotalMilliseconds,
        DecryptMs = clock.Decrypt.TotalMilliseconds,
        TotalMs = clock.Total.TotalMilliseconds,
        UploadBytes = 0,
        DownloadBytes = 0,
        AggregateInMemory = 0,
        ManagedPeak = 0,
        FoldPeak = 0,
        ProcessPeak = 0,
        MaxAbsError = largestError,
        PromisedError = promised,
        Cpu = Machine.CpuName,
        Commit = Machine.Commit,
    };

    /// <summary>Says whether a round kept what was promised: errors, and for a round through files the lengths of the plan, and that servers went on where others were killed.</summary>
    public static bool IsRight(ScaleResult figures)
        => figures.MaxAbsError <= figures.PromisedError
            && figures.Resumes == figures.Kills
            && Math.Max(figures.ServerPeak ?? 0, figures.ClientPeak ?? 0) <= MostResident(figures.Params)
            && IsPlanned(figures.UploadBytes, figures.PlannedUploadBytes, figures)
            && IsPlanned(figures.DownloadBytes, figures.PlannedDownloadBytes, figures);

    /// <summary>Returns how much memory server and clients may have resident where the sum is in a file: a gibibyte for models of any size, and a quarter of it below 300 million values.</summary>
    private static long MostResident(long parameters) => parameters < 300_000_000 ? 1L << 28 : 1L << 30;

    private static bool IsPlanned(long bytes, long? planned, ScaleResult figures)
        => planned is not long longest || (bytes <= longest && bytes >= longest - (figures.PlanSlack ?? 0));

    private static string ClientOf(ScaleResult figures)
        => figures.ClientPeak is long client ? string.Create(CultureInfo.InvariantCulture, $", clients {client >> 20} MiB") : string.Empty;

    public static string Summary(ScaleResult figures)
    {
        double perValue = 1e6 / figures.Params;
        string files = figures.ServerPeak is long server
            ? string.Create(CultureInfo.InvariantCulture, $"; server {server >> 20} MiB{ClientOf(figures)}, disk {figures.DiskPeak >> 20} MiB, {figures.Kills} kills and {figures.Resumes} resumes, bytes and memory {(IsRight(figures) ? "as" : "not as")} planned")
            : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            per value: encrypt {figures.EncryptMs * perValue:F2} ns, fold {figures.FoldMs * perValue:F2} ns, decrypt {figures.DecryptMs * perValue:F2} ns
            memory: peak {figures.FoldPeak >> 20} MiB, sum {figures.AggregateInMemory >> 20} MiB, ratio {figures.FoldPeakRatio:F2}; error {figures.MaxAbsError:E1} of {figures.PromisedError:E1} promised{files}
            """);
    }
}
