using System.Reflection;
using FedHe.Crypto;
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
    public void Bridge_UsesOfTheLayerBelow_WhatIsPublicAndKernels()
        => References
            .Where(use => use.Target.Assembly == typeof(IHeScheme).Assembly && !use.Target.IsVisible)
            .Should().OnlyContain(use => use.Target.Namespace == "FedHe.Crypto.Kernels").And.NotBeEmpty();

    [Fact]
    public void Bridge_UsesNoAmbientStateOrUnsafeCode()
        => References.Where(use => ArchitectureRules.IsAmbient(use) || ArchitectureRules.IsUnsafe(use)).Should().BeEmpty();

    [Theory]
    [InlineData(typeof(UpdateAggregator))]
    [InlineData(typeof(UpdateReader))]
    [InlineData(typeof(AggregateReader))]
    public void TypeOfTheServer_FromItsConstructorParameters_LeadsToNoSecretKey(Type type)
        => KeyReachability.FindPath(type).Should().BeNull();

    [Fact]
    public void TypeOfTheClient_FromItsConstructorParameters_LeadsToAKey()
        => KeyReachability.FindPath(typeof(UpdateDecryptor)).Should().NotBeNull("or the test of the server proves nothing");
}
