using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FedHe.MLBridge.Policies;
using static FedHe.Benchmarks.CommandOptions;

namespace FedHe.Benchmarks.Masks;

/// <summary>The command <c>masks</c> measures time and memory of selecting a mask from a large map.</summary>
internal static class MasksCommand
{
    private static readonly JsonSerializerOptions JsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static Command Create()
    {
        Option<int> parameters = Number("--params", "Parameters of the model.", 100_000_000, maximum: Array.MaxLength - 1);
        Option<MaskPolicy> policy = Policy();
        Option<int> runs = Number("--runs", "Timed runs after the first.", 3);
        Option<FileInfo?> json = Json();
        var command = new Command("masks", "Select a mask from a large sensitivity map.") { parameters, policy, runs, json };
        command.SetAction(result =>
        {
            MaskResult figures = MaskBenchmark.Run(result.GetValue(parameters), result.GetValue(policy)!, result.GetValue(runs));
            string text = JsonSerializer.Serialize(figures, JsonOptions);
            Console.WriteLine(text);
            Console.WriteLine(Summary(figures));
            if (result.GetValue(json) is FileInfo file)
            {
                File.WriteAllText(file.FullName, text);
            }
        });
        return command;
    }

    private static string Summary(MaskResult figures) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {figures.Selected} of {figures.Params} selected in {figures.SelectMs:F0} ms, {figures.FirstMs:F0} ms the first time
        memory beyond the map: {figures.AllocatedBytes >> 20} MiB, {figures.AllocatedBytesPerParameter:F3} bytes a parameter; mask {figures.MaskBytes >> 10} KiB on the wire
        """);

    private static Option<MaskPolicy> Policy() => new("--policy")
    {
        Description = "What is selected, as MaskPolicy.Parse reads it.",
        DefaultValueFactory = _ => MaskPolicy.Top(0.1),
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            try
            {
                return MaskPolicy.Parse(text);
            }
            catch (FormatException refusal)
            {
                result.AddError($"--policy '{text}': {refusal.Message}");
                return null;
            }
        },
    };
}
