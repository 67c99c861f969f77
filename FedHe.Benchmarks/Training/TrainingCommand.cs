using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FedHe.Benchmarks.Rounds;
using FedHe.Learning.Models;
using static FedHe.Benchmarks.CommandOptions;

namespace FedHe.Benchmarks.Training;

/// <summary>The command <c>training</c> measures what per-sample clipping costs beside plain training.</summary>
internal static class TrainingCommand
{
    private static readonly JsonSerializerOptions JsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static Command Create()
    {
        Option<string> model = Choice("--model", "The model of the samples to train.", "cnn", [.. ModelFactory.Names]);
        Option<int> samples = Number("--samples", "Synthetic digits to train with.", 512, maximum: 100_000);
        Option<int> batch = Number("--batch", "Samples of a step.", 32, maximum: 100_000);
        Option<int> threads = Number("--threads", "Threads.", 1, maximum: 256);
        Option<int> runs = Number("--runs", "Timed pairs of epochs.", 5);
        Option<string> clock = Choice("--clock", "Wall clock, or processor time of the measuring thread.", "wall", ["wall", "thread"]);
        Option<FileInfo?> json = Json();
        var command = new Command("training", "Train by clipped per-sample gradients beside plain training.")
        {
            model, samples, batch, threads, runs, clock, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(clock) == "thread" && (!ThreadClock.IsSupported || result.GetValue(threads) > 1))
            {
                result.AddError("--clock thread needs Linux, and one thread: it would not see the others.");
            }
        });
        command.SetAction(result =>
        {
            Timing.OfThread = result.GetValue(clock) == "thread";
            TrainingResult figures = TrainingBenchmark.Run(
                result.GetValue(model)!, result.GetValue(samples), result.GetValue(batch), result.GetValue(threads), result.GetValue(runs));
            string text = JsonSerializer.Serialize(figures, JsonOptions);
            Console.WriteLine(text);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"epoch plain {figures.PlainMs:F0} ms, clipped {figures.ClippedMs:F0} ms ({figures.Ratio:F2}x), norms alone {figures.NormsMs:F0} ms"));
            if (result.GetValue(json) is FileInfo file)
            {
                File.WriteAllText(file.FullName, text);
            }
        });
        return command;
    }
}
