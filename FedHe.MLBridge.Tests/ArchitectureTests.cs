using System.Reflection;
using FedHe.TestKit;

namespace FedHe.MLBridge.Tests;

public sealed class ArchitectureTests
{
    private static readonly Assembly Bridge = typeof(UpdateAggregator).Assembly;
    private static readonly IReadOnlyList<CodeReference> References = ArchitectureRules.ReferencesOf(Bridge);

    [Fact]
    public void Bridge_References_OnlyTheLayerBelow()
        => ArchitectureRules.FedHeReferencesOf(Bridge).Should().BeEquivalentTo("FedHe.Crypto");

    [Fact]
    public void Bridge_NamesNoScheme()
        => References.Where(use => use.Target.Namespace is "FedHe.Crypto.Ckks" or "FedHe.Crypto.Plain").Should().BeEmpty();

    [Fact]
    public void Bridge_UsesNoAmbientStateOrUnsafeCode()
        => References.Where(use => ArchitectureRules.IsAmbient(use) || ArchitectureRules.IsUnsafe(use)).Should().BeEmpty();

    [Fact]
    public void Aggregator_ConstructorParameters_LeadToNoSecretKey()
    {
        KeyReachability.FindPath(typeof(UpdateAggregator)).Should().BeNull();
        KeyReachability.FindPath(typeof(UpdateDecryptor)).Should().NotBeNull("or the line above proves nothing");
    }

    [Fact]
    public void PublicSurface_OfBridge_IsTheCommittedOne()
        => PublicApi.ShouldBeTheCommittedOne(Bridge, "FedHe.MLBridge.Tests");
}
