using System.Reflection;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Updates;
using FedHe.TestKit.Architecture;

namespace FedHe.MLBridge.Tests;

/// <summary>The rules of docs/architecture.md for layer 2.</summary>
public sealed class ArchitectureTests() : ArchitectureConformance(Bridge)
{
    private static readonly Assembly Bridge = typeof(UpdateAggregator).Assembly;
    private static readonly SecretTypes Secrets = new(typeof(AggregateDecryptor));

    [Fact]
    public void Bridge_References_OnlyTheLayerBelow()
        => FedHeAssemblies.ReferencedBy(Bridge).Should().BeEquivalentTo("FedHe.Crypto");

    [Fact]
    public void Bridge_NamesNoScheme()
        => SchemeFolders.UsesIn(References, SchemeFolders.OfCrypto).Should().BeEmpty();

    [Theory]
    [InlineData(typeof(UpdateAggregator))]
    [InlineData(typeof(UpdateReader))]
    [InlineData(typeof(AggregateReader))]
    public void TypeOfTheServer_FromItsConstructorParameters_LeadsToNoSecretKey(Type type)
        => KeyReachability.FindPath(type, Secrets).Should().BeNull();

    [Fact]
    public void TypeOfTheClient_FromItsConstructorParameters_LeadsToAKey()
        => KeyReachability.FindPath(typeof(AggregateDecryptor), Secrets).Should().NotBeNull("or the test of the server proves nothing");

    [Theory]
    [InlineData(typeof(UpdateAggregator))]
    [InlineData(typeof(UpdateReader))]
    [InlineData(typeof(AggregateReader))]
    public void TypeOfTheServer_InItsFields_HoldsNoSecretKey(Type type)
        => FieldReachability.FindPath(type, Secrets).Should().BeNull();

    [Fact]
    public void TypeOfTheClient_InItsFields_HoldsAKey()
        => FieldReachability.FindPath(typeof(AggregateDecryptor), Secrets).Should().NotBeNull("or the test of the server proves nothing");
}
