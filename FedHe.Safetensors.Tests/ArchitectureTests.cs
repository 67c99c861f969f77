using System.Reflection;
using FedHe.Safetensors.Files;
using FedHe.TestKit.Architecture;

namespace FedHe.Safetensors.Tests;

/// <summary>The rules of docs/architecture.md for the leaf that reads and writes model files.</summary>
public sealed class ArchitectureTests() : ArchitectureConformance(Safetensors)
{
    private static readonly Assembly Safetensors = typeof(SafetensorsFile).Assembly;

    [Fact]
    public void Safetensors_References_OnlyTheLayersBelow()
        => FedHeAssemblies.ReferencedBy(Safetensors).Should().BeEquivalentTo("FedHe.Crypto", "FedHe.MLBridge");

    [Fact]
    public void Safetensors_References_NothingButTheFramework()
        => Safetensors.GetReferencedAssemblies().Select(name => name.Name)
            .Should().OnlyContain(name => name!.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("FedHe.", StringComparison.Ordinal) || name == "Microsoft.Win32.Primitives");
}
