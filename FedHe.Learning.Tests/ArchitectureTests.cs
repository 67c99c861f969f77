using System.Reflection;
using FedHe.Learning.Models;
using FedHe.TestKit.Architecture;

namespace FedHe.Learning.Tests;

/// <summary>The rules of docs/architecture.md for the training engine, which knows nothing of encryption.</summary>
public sealed class ArchitectureTests() : ArchitectureConformance(Learning)
{
    private static readonly Assembly Learning = typeof(Model).Assembly;

    /// <summary>Trained models need no unpredictable numbers, only repeatable ones.</summary>
    protected override IReadOnlyCollection<string> AllowedAmbientState
        => ["FedHe.Learning.Randomness.SeededRandom uses System.Random"];

    [Fact]
    public void Learning_References_NoFedHeAssembly()
        => FedHeAssemblies.ReferencedBy(Learning).Should().BeEmpty();
}
