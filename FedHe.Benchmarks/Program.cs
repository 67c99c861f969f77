using System.CommandLine;
using FedHe.Benchmarks.Accuracy;
using FedHe.Benchmarks.Hosts;
using FedHe.Benchmarks.Kernels;
using FedHe.Benchmarks.Masks;
using FedHe.Benchmarks.Noise;
using FedHe.Benchmarks.Operations;
using FedHe.Benchmarks.Rounds;
using FedHe.Benchmarks.Scale;
using FedHe.Benchmarks.Scale.Federations;
using FedHe.Benchmarks.Squeezes;
using FedHe.Benchmarks.Starts;
using FedHe.Benchmarks.Training;
using FedHe.Benchmarks.Uploads;

if (args is [StartedClient.Argument, string folder, string clock])
{
    return StartedClient.Run(folder, clock);
}

if (args is [FederationScaleServer.Argument, ..])
{
    return FederationScaleServer.Run(args[1..]);
}

if (args is [FederationScaleClient.Argument, ..])
{
    return FederationScaleClient.Run(args[1..]);
}

if (args is [ScaleServer.Argument, ..])
{
    return ScaleServer.Run(args[1..]);
}

var root = new RootCommand("Benchmarks of FedHe.")
{
    KernelsCommand.Create(),
    OperationsCommand.Create(),
    RoundCommand.Create(),
    StartCommand.Create(),
    ScaleCommand.Create(),
    MasksCommand.Create(),
    TrainingCommand.Create(),
    NoiseCommand.Create(),
    AccuracyCommand.Create(),
    SqueezeCommand.Create(),
    HostsCommand.Create(),
    HostsCommand.CreateServer(),
    UploadCommand.Create(),
};
return root.Parse(args).Invoke();
