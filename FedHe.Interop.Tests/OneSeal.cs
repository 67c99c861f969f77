namespace FedHe.Interop.Tests;

/// <summary>All tests share one process of SEAL, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class OneSeal : ICollectionFixture<SealPeer>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "SEAL";
}
