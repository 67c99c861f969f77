using System.Reflection;
using FedHe.TestKit;

namespace FedHe.PrivacyAudit.Tests;

public sealed class ArchitectureTests
{
    private static readonly Assembly Audit = typeof(DeepLeakageAttack).Assembly;
    private static readonly IReadOnlyList<CodeReference> References = ArchitectureRules.ReferencesOf(Audit);

    [Fact]
    public void Audit_References_OnlyWhatALeafMay()
        => ArchitectureRules.FedHeReferencesOf(Audit).Should().BeSubsetOf(["FedHe.Crypto", "FedHe.MLBridge", "FedHe.Learning"]);

    [Fact]
    public void Audit_NamesNoScheme()
        => References.Where(use => use.Target.Namespace is "FedHe.Crypto.Ckks" or "FedHe.Crypto.Plain").Should().BeEmpty();

    [Fact]
    public void Audit_UsesNoAmbientStateOrUnsafeCode()
        => References.Where(use => ArchitectureRules.IsAmbient(use) || ArchitectureRules.IsUnsafe(use)).Should().BeEmpty();

    [Fact]
    public void Projects_ThatReferenceAudit_AreItsTestsAndItsSample()
        => Directory.EnumerateFiles(SolutionDirectory.Path, "*.csproj", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path).Contains("FedHe.PrivacyAudit.csproj", StringComparison.Ordinal))
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Should().BeEquivalentTo("FedHe.PrivacyAudit.Tests", "PrivacyAudit");
}
