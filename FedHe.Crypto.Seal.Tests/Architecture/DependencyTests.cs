using System.Reflection;
using FedHe.TestKit;

namespace FedHe.Crypto.Seal.Tests.Architecture;

/// <summary>The dependency rules of docs/architecture.md, as far as they concern this leaf.</summary>
public sealed class DependencyTests
{
    private static readonly Assembly Seal = typeof(SealScheme).Assembly;
    private static readonly IReadOnlyList<CodeReference> References = ArchitectureRules.ReferencesOf(Seal);

    [Fact]
    public void Seal_References_OnlyCrypto()
        => ArchitectureRules.FedHeReferencesOf(Seal).Should().Equal("FedHe.Crypto");

    [Fact]
    public void UnsafeCode_OutsideOfNative_IsNowhere()
    {
        References.Where(ArchitectureRules.IsUnsafe)
            .Where(use => use.Source.Namespace != "FedHe.Crypto.Seal.Native")
            .Should().BeEmpty();
        References
            .Should().Contain(use => ArchitectureRules.IsUnsafe(use), "otherwise the rule looks for the wrong thing");
    }

    [Fact]
    public void AmbientState_IsNowhere()
        => References.Where(ArchitectureRules.IsAmbient).Should().BeEmpty();
}
