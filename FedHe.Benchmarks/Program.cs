using System.CommandLine;
using FedHe.Benchmarks.Accuracy;
using FedHe.Benchmarks.Hosts;
using FedHe.Benchmarks.Kernels;
using FedHe.Benchmarks.Masks;
using FedHe.Benchmarks.Noise;
using FedHe.Benchmarks.Operations;
using FedHe.Benchmarks.Rounds;
using FedHe.Benchmarks.Scale;
using FedHe.Benchmarks.Training;
using FedHe.Benchmarks.Uploads;

var root = new RootCommand("Benchmarks of FedHe.")
{
    KernelsCommand.Create(),
    OperationsCommand.Create(),
    RoundCommand.Create(),
    ScaleCommand.Create(),
    MasksCommand.Create(),
    TrainingCommand.Create(),
    NoiseCommand.Create(),
    AccuracyCommand.Create(),
    HostsCommand.Create(),
    HostsCommand.CreateServer(),
    UploadCommand.Create(),
};
return root.Parse(args).Invoke();
