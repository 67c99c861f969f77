using System.CommandLine;
using FedHe.Benchmarks.Kernels;
using FedHe.Benchmarks.Rounds;

var root = new RootCommand("Benchmarks of FedHe.")
{
    KernelsCommand.Create(),
    RoundCommand.Create(),
};
return root.Parse(args).Invoke();
