using System.CommandLine;
using System.Globalization;
using FedHe.Benchmarks.Accuracy;
using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.MLBridge.Squeezing;
using static FedHe.Benchmarks.CommandOptions;

namespace FedHe.Benchmarks.Squeezes;

/// <summary>The command <c>squeeze</c> prints what k values of a model take on the wire, and trains with and without a squeeze.</summary>
internal static class SqueezeCommand
{
    public static Command Create()
    {
        Option<int> count = Number("--k", "Values that travel, of the table of sizes.", 300_000);
        Option<int> parameters = Number("--params", "Values of its model. Default: ResNet-18 in FedML-HE, Table 4.", 12_556_426);
        Option<int> clients = Number("--clients", "Clients of a round.", 4, minimum: 4, maximum: 1000);
        var train = new Option<int[]>("--train") { Description = "Values that travel in trainings, one training each, beside one in which all travel.", AllowMultipleArgumentsPerToken = true };
        var data = new Option<FileSystemInfo?>("--data") { Description = "Folder of IDX files such as MNIST's; a fifth is held out where there are no test files. Default: 10,000 synthetic digits." };
        Option<string> model = Choice("--model", "The model to train.", "mlp", [.. ModelFactory.Names]);
        Option<int> rounds = Number("--rounds", "Rounds of a training.", 20, maximum: 10_000);
        Option<int> rotating = Number("--rotating", "Percentage of the values that take turns.", 25, maximum: 100);
        Option<int> warmUp = Number("--warm-up", "First rounds in which all of them take turns.", 0, minimum: 0, maximum: 10_000);
        var rate = new Option<double>("--learning-rate") { Description = "Step size of local training.", DefaultValueFactory = _ => 0.05 };
        Option<int> seed = Number("--seed", "Seed of split, shares and first model.", 1);
        Option<int> threads = Number("--threads", "Threads.", Environment.ProcessorCount, maximum: 256);
        var command = new Command("squeeze", "Print what k values of a model take on the wire, and train with and without a squeeze.")
        {
            count, parameters, clients, train, data, model, rounds, rotating, warmUp, rate, seed, threads,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(count) > result.GetValue(parameters))
            {
                result.AddError("--k must be at most --params.");
            }
        });
        command.SetAction(async (result, cancellationToken) =>
        {
            SqueezeSizes.Print(result.GetValue(parameters), result.GetValue(count), result.GetValue(clients));
            if (result.GetValue(train) is not { Length: > 0 } counts)
            {
                return;
            }

            LoadedDataset loaded = AccuracySettings.Load(result.GetValue(data), isScattered: false, result.GetValue(threads));
            var settings = AccuracySettings.Create(
                loaded, isScattered: false, result.GetValue(model)!, result.GetValue(clients), result.GetValue(seed), result.GetValue(threads));
            Console.WriteLine();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Machine.CpuName}, commit {Machine.Commit}; {settings.Records} to train in {settings.Silos.Count} silos, {settings.Test.Count} held out, {settings.InitialModel.Name} of {settings.InitialModel.ParameterCount:N0} parameters, under round keys of a committee"));
            foreach (int travelling in (int[])[0, .. counts])
            {
                SparsificationTerms? terms = travelling == 0 ? null : new SparsificationTerms(
                    travelling, Math.Max(1, (int)((long)travelling * result.GetValue(rotating) / 100)), result.GetValue(warmUp));
                await SqueezedTraining.RunAsync(settings, terms, result.GetValue(rounds), result.GetValue(rate), cancellationToken);
            }
        });
        return command;
    }
}
