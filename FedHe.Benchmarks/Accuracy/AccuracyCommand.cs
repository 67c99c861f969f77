using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Reading;
using FedHe.Learning.Models;
using FedHe.Privacy.Budgets;
using static FedHe.Benchmarks.CommandOptions;

namespace FedHe.Benchmarks.Accuracy;

/// <summary>The command <c>accuracy</c> prints the accuracy that training keeps under record-level differential privacy, by epsilon and form.</summary>
internal static class AccuracyCommand
{
    private const int Seed = 1;

    // Silos of about equal size, each with all classes.
    private const double Alpha = 100;
    private static readonly JsonSerializerOptions JsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static Command Create()
    {
        var data = new Option<FileSystemInfo>("--data") { Description = "Folder of IDX files such as MNIST's; a fifth is held out.", Required = true };
        Option<double[]> epsilon = Numbers("--epsilon", "Epsilons promised to every record.", 0, 1000);
        Option<double[]> delta = Numbers("--delta", "Delta that belongs to them.", 0, 1);
        Option<double[]> clip = Numbers("--clip", "Largest norm of a record's gradient.", 0, 1e6);
        Option<string> model = Choice("--model", "The model to train.", "cnn", [.. ModelFactory.Names]);
        Option<string[]> forms = new Option<string[]>("--form") { Description = "Ways of training. Default: all.", AllowMultipleArgumentsPerToken = true }
            .AcceptOnlyFromAmong("plain", "local", "distributed");
        Option<int> silos = Number("--silos", "Silos.", 10, 2, 1000);
        Option<int> plainRounds = Number("--plain-rounds", "Rounds of plain training.", 5, maximum: 1000);
        Option<int> localRounds = Number("--local-rounds", "Rounds of local DP-SGD, each about one pass.", 8, maximum: 1000);
        Option<int> localSteps = Number("--local-steps", "Steps of a round of local DP-SGD.", 4, maximum: 1000);
        Option<int> distributedRounds = Number("--distributed-rounds", "Rounds of the distributed gradient, each one pass.", 16, maximum: 1000);
        Option<double[]> localRate = Numbers("--local-learning-rate", "Step size of local DP-SGD. Default: 0.5.", 0, 1000);
        Option<double[]> distributedRate = Numbers("--distributed-learning-rate", "Step size of the distributed gradient. Default: 0.5.", 0, 1000);
        Option<int> threads = Number("--threads", "Threads.", Environment.ProcessorCount, maximum: 256);
        Option<FileInfo?> json = Json();
        (epsilon.Required, delta.Required, clip.Required) = (true, true, true);
        var command = new Command("accuracy", "Train under record-level differential privacy, and print accuracy by epsilon.")
        {
            data, epsilon, delta, clip, model, forms, silos, plainRounds, localRounds, localSteps, distributedRounds, localRate, distributedRate, threads, json,
        };
        command.SetAction(result =>
        {
            string[] chosen = result.GetValue(forms) is { Length: > 0 } some ? some : ["plain", "local", "distributed"];
            DatasetSplit split = DatasetReader.Open(result.GetValue(data)!.FullName).Split(Seed);

            // Features are scaled by held-out samples, because a scale computed from training records would have to be paid for.
            var scaling = FeatureScaling.Fit(split.Test);
            Dataset training = scaling.Apply(split.Training);
            var settings = new AccuracySettings
            {
                Silos = DirichletPartition.Split(training, result.GetValue(silos), Alpha, Seed, 2),
                Test = scaling.Apply(split.Test),
                InitialModel = ModelFactory.Create(result.GetValue(model)!, training.SampleShape, training.ClassCount).Initialize(Seed),
                Threads = result.GetValue(threads),
            };
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Machine.CpuName}, commit {Machine.Commit}, {settings.Threads} threads; {training.Count} to train in {settings.Silos.Count} silos, {settings.Test.Count} held out, {settings.InitialModel.Name} of {settings.InitialModel.ParameterCount:N0} parameters"));
            var figures = new List<AccuracyFigure>();
            if (chosen.Contains("plain"))
            {
                long start = Stopwatch.GetTimestamp();
                (Model trained, int steps) = PlainForm.Train(settings, result.GetValue(plainRounds));
                Add(new AccuracyFigure(
                    "plain federated averaging", null, 0, result.GetValue(plainRounds), steps, 0, settings.AccuracyOf(trained), 1, Stopwatch.GetElapsedTime(start).TotalSeconds));
            }

            foreach (double promised in result.GetValue(epsilon)!)
            {
                if (chosen.Contains("local"))
                {
                    long start = Stopwatch.GetTimestamp();
                    var budget = PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, promised, One(delta), One(clip));
                    double rate = 1.0 / result.GetValue(localSteps);
                    double divisor = (double)training.Count / settings.Silos.Count * rate;
                    (Model trained, var plan, double spent) = LocalForm.Train(
                        settings, budget, rate, result.GetValue(localRounds), divisor, (float)OneOr(localRate, 0.5), Report);
                    double accuracy = settings.AccuracyOf(trained);
                    Add(new AccuracyFigure(
                        "LocalDpSgd", promised, plan.NoiseMultiplier, plan.Rounds, plan.StepsPerRound, spent, accuracy, accuracy / Plain(), Stopwatch.GetElapsedTime(start).TotalSeconds));
                }

                if (chosen.Contains("distributed"))
                {
                    long start = Stopwatch.GetTimestamp();
                    var budget = PrivacyBudget.ForRecords(RecordForm.DistributedGradient, promised, One(delta), One(clip));
                    (Model trained, double noise, double spent) = DistributedForm.Train(
                        settings, budget, result.GetValue(distributedRounds), (float)OneOr(distributedRate, 0.5), momentum: 0.9f, Report);
                    double accuracy = settings.AccuracyOf(trained);
                    Add(new AccuracyFigure(
                        "DistributedGradient, simulated, not yet encrypted", promised, noise, result.GetValue(distributedRounds), 1, spent, accuracy, accuracy / Plain(), Stopwatch.GetElapsedTime(start).TotalSeconds));
                }
            }

            Print(figures);
            if (result.GetValue(json) is FileInfo file)
            {
                File.WriteAllText(file.FullName, JsonSerializer.Serialize(figures, JsonOptions));
            }

            double One(Option<double[]> option) => result.GetValue(option)![0];

            double OneOr(Option<double[]> option, double other) => result.GetValue(option) is [double value, ..] ? value : other;

            double Plain() => figures.Count > 0 && figures[0].Epsilon is null ? figures[0].Accuracy : double.NaN;

            void Add(AccuracyFigure figure)
            {
                figures.Add(figure);
                Print([figure]);
            }

            void Report(int round, Model model) => Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  round {round}: {settings.AccuracyOf(model):P2}"));
        });
        return command;
    }

    private static void Print(IEnumerable<AccuracyFigure> figures)
    {
        Console.WriteLine("form                                               epsilon    spent  noise  rounds x steps  accuracy  of plain  seconds");
        foreach (AccuracyFigure figure in figures)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{figure.Form,-50} {figure.Epsilon?.ToString(CultureInfo.InvariantCulture) ?? "none",7} {figure.Spent,8:F3} {figure.NoiseMultiplier,6:F2} {figure.Rounds,7} x {figure.Steps,-5} {figure.Accuracy,9:P2} {figure.Relative,9:P1} {figure.Seconds,8:F0}"));
        }
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
