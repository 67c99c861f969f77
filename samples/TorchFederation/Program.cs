using System.Globalization;
using FedHe.Crypto.Errors;
using FedHe.Learning.Data;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.TorchSharp.State;
using TorchFederation;
using TorchFederation.Federations;

return await new CommandLine().InvokeAsync(args, RunAsync);

static async Task<int> RunAsync(SampleOptions options, CancellationToken cancellationToken)
{
    if (!TorchLibrary.IsUsable)
    {
        return Fail("libtorch cannot be loaded: it needs Linux x64 and libstdc++ of gcc 13 or later (docs/torchsharp.md).", ExitCodes.BadInput);
    }

    try
    {
        if (options.Adapters)
        {
            return await AdapterComparison.RunAsync(options.Rounds, options.Seed, cancellationToken);
        }

        foreach (Func<Experiment> create in ExperimentsOf(options))
        {
            using Experiment experiment = create();
            int code = await TrainAsync(experiment, options, cancellationToken);
            if (code != ExitCodes.Success)
            {
                return code;
            }
        }

        Console.WriteLine("Every encrypted average equals the plain one within the promise.");
        return ExitCodes.Success;
    }
    catch (Exception exception) when (exception is DatasetFormatException or HeException)
    {
        return Fail(exception.Message, ExitCodes.BadInput);
    }
    catch (OperationCanceledException)
    {
        return Fail("Cancelled.", ExitCodes.Cancelled);
    }
}

static IEnumerable<Func<Experiment>> ExperimentsOf(SampleOptions options)
{
    if (options.Mnist is string folder)
    {
        return [() => Experiment.CnnOn(folder, options.Seed)];
    }

    (string Name, Func<Experiment> Create)[] all =
    [
        ("lenet", () => Experiment.LeNet(options.Seed)),
        ("cnn", () => Experiment.Cnn(options.Seed)),
        ("transformer", () => Experiment.Transformer(options.Seed)),
    ];
    return all.Where(experiment => options.Model is null || experiment.Name == options.Model).Select(experiment => experiment.Create);
}

static async Task<int> TrainAsync(Experiment experiment, SampleOptions options, CancellationToken cancellationToken)
{
    const double Demanded = 0.97;
    using var run = new FederationRun(experiment, options.Seed);
    Console.WriteLine($"{experiment.Name}: {experiment.Shares.Sum(share => share.Count)} samples of {Experiment.Clients} clients, {experiment.Test.Count} held out");
    Console.WriteLine($"{run.Layout.Layout.ParameterCount} values in {run.Layout.Layout.Tensors.Length} of {run.Layout.Entries.Length} entries travel");
    foreach (ModuleEntry entry in run.Layout.Entries.Where(entry => entry.Treatment != EntryTreatment.Travels))
    {
        Console.WriteLine($"  {entry}");
    }

    int? reached = null;
    int? plainReached = null;
    await foreach (RoundOutcome round in run.RunAsync(options.Rounds, cancellationToken))
    {
        Console.WriteLine($"round {round.Round}: accuracy {round.Accuracy:P2} encrypted, {round.PlainAccuracy:P2} in clear; the encrypted average differs by " +
            $"{round.Difference:E1}, promised {round.Promise:E1}");
        reached ??= round.Accuracy >= Demanded ? round.Round : null;
        plainReached ??= round.PlainAccuracy >= Demanded ? round.Round : null;
        if (!round.IsWithinPromise)
        {
            return Fail("The encrypted average differs from the plain one by more than was promised.", ExitCodes.BoundBroken);
        }
    }

    Console.WriteLine($"release: {run.Release}");
    if (run.Release != ModelRelease.MayBePublished)
    {
        return Fail("Not every client confirmed the model.", ExitCodes.BoundBroken);
    }

    if (options.Mnist is null)
    {
        return ExitCodes.Success;
    }

    Console.WriteLine($"{Demanded:P0} reached: encrypted in round {reached?.ToString(CultureInfo.InvariantCulture) ?? "none"}, in clear in round " +
        $"{plainReached?.ToString(CultureInfo.InvariantCulture) ?? "none"}");
    return reached is null || reached > plainReached
        ? Fail($"The encrypted federation did not reach {Demanded:P0} as early as the one in clear.", ExitCodes.TooInaccurate)
        : ExitCodes.Success;
}

static int Fail(string message, int code)
{
    Console.Error.WriteLine(message);
    return code;
}
