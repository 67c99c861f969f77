using System.CommandLine;
using FedHe.Benchmarks.Kernels;
using FedHe.Benchmarks.Rounds;
using FedHe.Benchmarks.Scale;

var root = new RootCommand("Benchmarks of FedHe.")
{
    KernelsCommand.Create(),
    RoundCommand.Create(),
    ScaleCommand.Create(),
};
return root.Parse(args).Invoke();
