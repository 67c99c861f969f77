using System.Reflection;
using FedHe.TestKit.Architecture;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>The rules of docs/architecture.md for the leaf that joins differential privacy and federations.</summary>
public sealed class ArchitectureTests() : ArchitectureConformance(Library)
{
    private static readonly Assembly Library = typeof(ClientPrivacy).Assembly;

    [Fact]
    public void Library_References_TheTwoThatItJoinsAndTheirFloors()
        => FedHeAssemblies.ReferencedBy(Library).Should().BeEquivalentTo("FedHe.Orchestration", "FedHe.Privacy", "FedHe.MLBridge", "FedHe.Crypto");

    [Fact]
    public void Orchestration_KnowsNothingOfIt()
        => FedHeAssemblies.Below(typeof(FedHe.Orchestration.Job.FederationJob).Assembly)
            .Should().NotContain(assembly => assembly.GetName().Name!.StartsWith("FedHe.Privacy", StringComparison.Ordinal));
}
