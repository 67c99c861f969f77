using System.Reflection;
using FedHe.TestKit.Architecture;
using FedHe.Tool.Commands;

namespace FedHe.Tool.Tests;

/// <summary>The rules of docs/architecture.md for the command, which is a program: it may look at the console and the environment.</summary>
public sealed class ArchitectureTests() : ArchitectureConformance(Tool)
{
    private static readonly Assembly Tool = typeof(ToolProgram).Assembly;

    protected override IReadOnlyCollection<string> AllowedAmbientState =>
    [
        .. References.Where(AmbientState.IsIn)
            .Where(use => use.Target.FullName is "System.Console" or "System.Environment")
            .Select(use => $"{use.Source.FullName} uses {use.Target.FullName}").Distinct(),
    ];

    [Fact]
    public void Tool_References_NoTestsAndNoTrainingEngine()
        => FedHeAssemblies.ReferencedBy(Tool).Should().BeEquivalentTo(
            "FedHe.Crypto", "FedHe.Hosting", "FedHe.Hosting.AspNetCore", "FedHe.Hosting.PostgreSql", "FedHe.MLBridge", "FedHe.Orchestration", "FedHe.Privacy", "FedHe.Privacy.Federation", "FedHe.Safetensors");
}
