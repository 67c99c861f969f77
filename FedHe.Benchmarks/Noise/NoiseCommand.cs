using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using static FedHe.Benchmarks.CommandOptions;

namespace FedHe.Benchmarks.Noise;

/// <summary>The command <c>noise</c> measures how fast noise is drawn, and whether its magnitude shows in the time.</summary>
internal static class NoiseCommand
{
    private static readonly JsonSerializerOptions JsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static Command Create()
    {
        Option<int> samples = Number("--samples", "Samples of a run.", 1 << 20, minimum: 1 << 10);
        Option<int> runs = Number("--runs", "Runs, of which the best counts.", 7);
        Option<FileInfo?> json = Json();
        var command = new Command("noise", "Draw the noise of differential privacy.") { samples, runs, json };
        command.SetAction(result =>
        {
            Console.WriteLine($"{Machine.CpuName}, commit {Machine.Commit}, one thread");
            Console.WriteLine("distribution         deviation  million/s  correlation of time and magnitude  log2 of the distance");
            var figures = new List<NoiseFigure>();
            foreach (NoiseFigure figure in NoiseBenchmark.Run(result.GetValue(samples), result.GetValue(runs)))
            {
                figures.Add(figure);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{figure.Name,-18} {figure.Deviation,11:F1} {figure.SamplesPerSecond / 1e6,10:F1} {figure.TimeCorrelation,10:F3} (chance: {1 / Math.Sqrt(figure.Batches):F3}) {figure.LogDistance,22:F1}"));
            }

            if (result.GetValue(json) is FileInfo file)
            {
                File.WriteAllText(file.FullName, JsonSerializer.Serialize(figures, JsonOptions));
            }
        });
        return command;
    }
}
