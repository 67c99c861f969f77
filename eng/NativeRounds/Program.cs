using System.CommandLine;
using FedHe.Benchmarks.Rounds;
using FedHe.Benchmarks.Starts;

if (args is [StartedClient.Argument, string folder, string clock])
{
    return StartedClient.Run(folder, clock);
}

var root = new RootCommand("Rounds and starts of FedHe.") { RoundCommand.Create(), StartCommand.Create() };
return root.Parse(args).Invoke();
