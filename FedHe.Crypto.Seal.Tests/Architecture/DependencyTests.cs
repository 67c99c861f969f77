using System.Reflection;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Seal.Tests.Architecture;

/// <summary>The rules of docs/architecture.md for this scheme outside of layer 1.</summary>
public sealed class DependencyTests() : ArchitectureConformance(Seal)
{
    private static readonly Assembly Seal = typeof(SealScheme).Assembly;

    protected override string UnsafeFolder => "Native";

    /// <summary>A process loads Microsoft SEAL once.</summary>
    protected override IReadOnlyCollection<string> AllowedStaticState =>
    [
        "FedHe.Crypto.Seal.Native.SealLibrary._handle",
        "FedHe.Crypto.Seal.Native.SealLibrary._loaded",
    ];

    [Fact]
    public void PublicContext_FromItsFields_LeadsToNoSecretKey()
    {
        var secrets = new SecretTypes();
        FieldReachability.FindPath(typeof(SealPublicContext), secrets).Should().BeNull();
        FieldReachability.FindPath(typeof(SealDecryptor), secrets).Should().NotBeNull("or the line above proves nothing");
    }

    [Fact]
    public void Seal_References_OnlyCrypto()
        => FedHeAssemblies.ReferencedBy(Seal).Should().Equal("FedHe.Crypto");

    [Fact]
    public void Seal_NamesNoSchemeOfCryptoButCkks()
        => SchemeFolders.UsesIn(References, SchemeFolders.OfCrypto)
            .Should().OnlyContain(use => SchemeFolders.SchemeOf(use.Target, SchemeFolders.OfCrypto) == "FedHe.Crypto.Ckks")
            .And.NotBeEmpty();

    [Fact]
    public void UnsafeCode_InNative_IsFound()
        => References.Should().Contain(use => UnsafeCode.IsIn(use), "otherwise the rule looks for the wrong thing");

    [Fact]
    public void SchemeInTheRootOfItsAssembly_HasNoFolder()
        => FluentActions.Invoking(() => SchemeFolders.In(Seal)).Should().Throw<InvalidOperationException>();
}
