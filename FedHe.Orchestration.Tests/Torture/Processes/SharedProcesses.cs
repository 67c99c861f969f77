namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>The tests that share living processes, one after another.</summary>
[CollectionDefinition(Name)]
public sealed class SharedProcesses : ICollectionFixture<HostPool>
{
    public const string Name = "Processes";
}
