using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Correlation;
using static FedHe.Benchmarks.CommandOptions;

namespace FedHe.Benchmarks.Accuracy;

/// <summary>The command <c>accuracy</c> prints the accuracy that training keeps under record-level differential privacy, by epsilon and form.</summary>
internal static class AccuracyCommand
{
    private static readonly JsonSerializerOptions JsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static Command Create()
    {
        var data = new Option<FileSystemInfo?>("--data") { Description = "Folder of IDX files such as MNIST's; a fifth is held out. Default: 10,000 synthetic digits, to try settings on." };
        Option<double[]> epsilon = Numbers("--epsilon", "Epsilons promised to every record.", 0, 1000);
        Option<double[]> delta = Numbers("--delta", "Delta that belongs to them.", 0, 1);
        Option<double[]> clip = Numbers("--clip", "Largest norm of a record's gradient.", 0, 1e6);
        Option<string> model = Choice("--model", "The model to train.", "cnn", [.. ModelFactory.Names]);
        Option<string> features = Choice("--features", "What the model gets of a picture.", "pixels", ["pixels", "scattering"]);
        var seeds = new Option<int[]>("--seed") { Description = "Seeds of split, silos and first model, one run each. Default: 1.", AllowMultipleArgumentsPerToken = true };
        Option<string[]> forms = new Option<string[]>("--form") { Description = "Ways of training. Default: plain, local and distributed.", AllowMultipleArgumentsPerToken = true }
            .AcceptOnlyFromAmong("plain", "local", "distributed", "correlated");
        Option<int> silos = Number("--silos", "Silos.", 10, 2, 1000);
        Option<int> plainRounds = Number("--plain-rounds", "Rounds of plain training.", 5, maximum: 1000);
        Option<double[]> plainRate = Numbers("--plain-learning-rate", "Step size of plain training. Default: 0.05.", 0, 1000);
        Option<int> localRounds = Number("--local-rounds", "Rounds of local DP-SGD, each about one pass.", 8, maximum: 1000);
        Option<int> localSteps = Number("--local-steps", "Steps of a round of local DP-SGD.", 4, maximum: 1000);
        Option<int> distributedRounds = Number("--distributed-rounds", "Rounds of the distributed gradient, each one pass.", 16, maximum: 1000);
        Option<double[]> localRate = Numbers("--local-learning-rate", "Step size of local DP-SGD. Default: 0.5.", 0, 1000);
        Option<double[]> distributedRate = Numbers("--distributed-learning-rate", "Step size of the distributed gradient. Default: 0.5.", 0, 1000);
        Option<string[]> correlations = new Option<string[]>("--correlation") { Description = "Correlations of noise over rounds. Default: independent and optimized.", AllowMultipleArgumentsPerToken = true }
            .AcceptOnlyFromAmong("independent", "banded", "optimized", "buffered");
        Option<int> correlatedRounds = Number("--correlated-rounds", "Rounds of correlated noise.", 100, maximum: 1000);
        Option<int> correlatedBatches = Number("--correlated-batches", "Fixed batches that take turns in these rounds.", 20, maximum: 256);
        Option<double[]> correlatedRate = Numbers("--correlated-learning-rate", "Step size with correlated noise. Default: 0.5.", 0, 1000);
        Option<int> threads = Number("--threads", "Threads.", Environment.ProcessorCount, maximum: 256);
        Option<FileInfo?> json = Json();
        (epsilon.Required, delta.Required, clip.Required) = (true, true, true);
        var command = new Command("accuracy", "Train under record-level differential privacy, and print accuracy by epsilon.")
        {
            data, epsilon, delta, clip, model, features, seeds, forms, silos, plainRounds, plainRate, localRounds, localSteps, distributedRounds, localRate, distributedRate, correlations, correlatedRounds, correlatedBatches, correlatedRate, threads, json,
        };
        command.SetAction(result =>
        {
            string[] chosen = result.GetValue(forms) is { Length: > 0 } some ? some : ["plain", "local", "distributed"];
            var figures = new List<AccuracyFigure>();
            bool isScattered = result.GetValue(features) == "scattering";
            LoadedDataset loaded = AccuracySettings.Load(result.GetValue(data), isScattered, result.GetValue(threads));
            foreach (int seed in result.GetValue(seeds) is { Length: > 0 } several ? several : [1])
            {
                var settings = AccuracySettings.Create(
                    loaded, isScattered, result.GetValue(model)!, result.GetValue(silos), seed, result.GetValue(threads));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Machine.CpuName}, commit {Machine.Commit}, {settings.Threads} threads; {settings.Records} to train in {settings.Silos.Count} silos, {settings.Test.Count} held out, {settings.InitialModel.Name} of {settings.InitialModel.ParameterCount:N0} parameters"));
                Run(settings);
            }

            AccuracyTable.Print(figures);
            AccuracyTable.PrintMeans(figures);
            if (result.GetValue(json) is FileInfo file)
            {
                File.WriteAllText(file.FullName, JsonSerializer.Serialize(figures, JsonOptions));
            }

            void Run(AccuracySettings settings)
            {
                double plain = double.NaN;
                if (chosen.Contains("plain"))
                {
                    long start = Stopwatch.GetTimestamp();
                    (Model trained, int steps) = PlainForm.Train(settings, result.GetValue(plainRounds), (float)OneOr(plainRate, 0.05));
                    plain = settings.AccuracyOf(trained);
                    Add(new AccuracyFigure(
                        settings.Seed, "plain federated averaging", null, 0, result.GetValue(plainRounds), steps, 0, plain, 1, Stopwatch.GetElapsedTime(start).TotalSeconds));
                }

                foreach (double promised in result.GetValue(epsilon)!)
                {
                    if (chosen.Contains("local"))
                    {
                        long start = Stopwatch.GetTimestamp();
                        var budget = PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, promised, One(delta), One(clip));
                        double rate = 1.0 / result.GetValue(localSteps);
                        int rounds = result.GetValue(localRounds);
                        double divisor = (double)settings.Records / settings.Silos.Count * rate;
                        (Model trained, PrivacyTerms terms, double spent) = LocalForm.Train(
                            settings, budget, rate, rounds, divisor, (float)OneOr(localRate, 0.5), Report);
                        double accuracy = settings.AccuracyOf(trained);
                        Add(new AccuracyFigure(
                            settings.Seed, "LocalDpSgd", promised, terms.NoiseMultiplier, rounds, terms.Steps, spent, accuracy, accuracy / plain, Stopwatch.GetElapsedTime(start).TotalSeconds));
                    }

                    if (chosen.Contains("distributed"))
                    {
                        long start = Stopwatch.GetTimestamp();
                        var budget = PrivacyBudget.ForRecords(RecordForm.DistributedGradient, promised, One(delta), One(clip));
                        (Model trained, double noise, double spent) = DistributedForm.Train(
                            settings, budget, result.GetValue(distributedRounds), (float)OneOr(distributedRate, 0.5), Report);
                        double accuracy = settings.AccuracyOf(trained);
                        Add(new AccuracyFigure(
                            settings.Seed, "DistributedGradient, simulated in clear", promised, noise, result.GetValue(distributedRounds), 1, spent, accuracy, accuracy / plain, Stopwatch.GetElapsedTime(start).TotalSeconds));
                    }

                    foreach (string name in !chosen.Contains("correlated") ? [] : result.GetValue(correlations) is { Length: > 0 } named ? named : ["independent", "optimized"])
                    {
                        long start = Stopwatch.GetTimestamp();
                        var budget = PrivacyBudget.ForRecords(RecordForm.DistributedGradient, promised, One(delta), One(clip));
                        NoiseCorrelation correlation = CorrelatedForm.CorrelationOf(name, result.GetValue(correlatedBatches));
                        (Model trained, double noise, double spent) = CorrelatedForm.Train(
                            settings, budget, correlation, result.GetValue(correlatedRounds), result.GetValue(correlatedBatches), (float)OneOr(correlatedRate, 0.5), Report);
                        double accuracy = settings.AccuracyOf(trained);
                        Add(new AccuracyFigure(
                            settings.Seed, $"noise over rounds: {correlation.Name}", promised, noise, result.GetValue(correlatedRounds), 1, spent, accuracy, accuracy / plain, Stopwatch.GetElapsedTime(start).TotalSeconds));
                    }
                }

                void Report(int round, Model model) => Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"  round {round}: {settings.AccuracyOf(model):P2}"));
            }

            double One(Option<double[]> option) => result.GetValue(option)![0];

            double OneOr(Option<double[]> option, double other) => result.GetValue(option) is [double value, ..] ? value : other;

            void Add(AccuracyFigure figure)
            {
                figures.Add(figure);
                AccuracyTable.Print([figure]);
            }
        });
        return command;
    }

    private static Option<double[]> Numbers(string name, string description, double above, double most)
    {
        var option = new Option<double[]>(name) { Description = description, AllowMultipleArgumentsPerToken = true };
        option.Validators.Add(result => Require(
            result,
            result.Tokens.All(token => double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > above && value <= most),
            string.Create(CultureInfo.InvariantCulture, $"{name} must be above {above} and at most {most}.")));
        return option;
    }
}
