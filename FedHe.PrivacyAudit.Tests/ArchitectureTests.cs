using System.Reflection;
using FedHe.PrivacyAudit.Attacks;
using FedHe.TestKit.Architecture;

namespace FedHe.PrivacyAudit.Tests;

/// <summary>The rules of docs/architecture.md for the audit, which nothing depends on.</summary>
public sealed class ArchitectureTests() : ArchitectureConformance(Audit)
{
    private static readonly Assembly Audit = typeof(DeepLeakageAttack).Assembly;

    [Fact]
    public void Audit_References_OnlyWhatALeafMay()
        => FedHeAssemblies.ReferencedBy(Audit).Should().BeSubsetOf(["FedHe.Crypto", "FedHe.MLBridge", "FedHe.Learning"]);

    [Fact]
    public void Audit_NamesNoScheme()
        => SchemeFolders.UsesIn(References, SchemeFolders.OfCrypto).Should().BeEmpty();

    [Fact]
    public void Projects_ThatReferenceAudit_AreTestsAndItsSample()
        => Directory.EnumerateFiles(SolutionDirectory.Path, "*.csproj", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path).Contains("FedHe.PrivacyAudit.csproj", StringComparison.Ordinal))
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Should().BeEquivalentTo("FedHe.PrivacyAudit.Tests", "FedHe.TorchSharp.Tests", "PrivacyAudit");
}
