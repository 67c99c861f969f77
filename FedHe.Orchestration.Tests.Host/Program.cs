using FedHe.Orchestration.Tests.Host.Parties;

using Stream input = Console.OpenStandardInput();
using Stream output = Console.OpenStandardOutput();
using var host = new PartyHost(input, output);
await host.RunAsync();
