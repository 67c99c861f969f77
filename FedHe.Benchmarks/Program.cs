using System.CommandLine;
using FedHe.Benchmarks.Kernels;

var root = new RootCommand("Benchmarks of FedHe.")
{
    KernelsCommand.Create(),
};
return root.Parse(args).Invoke();
