using System.Reflection;
using System.Xml.Linq;
using FedHe.TestKit.Architecture;
using FedHe.TorchSharp.State;

namespace FedHe.TorchSharp.Tests;

/// <summary>The rules of docs/architecture.md for the adapter of TorchSharp, which nothing depends on.</summary>
public sealed class ArchitectureTests() : ArchitectureConformance(Adapter)
{
    private static readonly Assembly Adapter = typeof(ModuleLayout).Assembly;

    [Fact]
    public void Adapter_References_OnlyTheLayers()
        => FedHeAssemblies.ReferencedBy(Adapter).Should().BeSubsetOf(["FedHe.Crypto", "FedHe.MLBridge", "FedHe.Orchestration"]);

    [Fact]
    public void Adapter_NamesNoScheme()
        => SchemeFolders.UsesIn(References, SchemeFolders.OfCrypto).Should().BeEmpty();

    [Fact]
    public void Packages_OfTheAdapter_AreTorchSharpAlone()
        => ReferencesIn("FedHe.TorchSharp/FedHe.TorchSharp.csproj").Should().Equal("TorchSharp");

    [Fact]
    public void Projects_ThatBringLibtorch_AreTheTestsAndTheSample()
        => Directory.EnumerateFiles(SolutionDirectory.Path, "*.csproj", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(SolutionDirectory.Path, path))
            .Where(path => !path.StartsWith("artifacts", StringComparison.Ordinal))
            .Where(path => ReferencesIn(path).Any(package => package.StartsWith("libtorch", StringComparison.Ordinal)))
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Should().BeEquivalentTo("FedHe.TorchSharp.Tests", "TorchFederation");

    private static IEnumerable<string> ReferencesIn(string project)
        => XDocument.Load(Path.Combine(SolutionDirectory.Path, project)).Descendants("PackageReference")
            .Select(reference => (string)reference.Attribute("Include")!);
}
