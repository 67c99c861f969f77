using System.CommandLine;
using FedHe.Benchmarks.Kernels;
using FedHe.Benchmarks.Masks;
using FedHe.Benchmarks.Noise;
using FedHe.Benchmarks.Operations;
using FedHe.Benchmarks.Rounds;
using FedHe.Benchmarks.Scale;

var root = new RootCommand("Benchmarks of FedHe.")
{
    KernelsCommand.Create(),
    OperationsCommand.Create(),
    RoundCommand.Create(),
    ScaleCommand.Create(),
    MasksCommand.Create(),
    NoiseCommand.Create(),
};
return root.Parse(args).Invoke();
