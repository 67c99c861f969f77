using System.Reflection;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Encryption;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.Keys;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture;

/// <summary>The rules of docs/architecture.md for layer 1.</summary>
public sealed class DependencyTests() : ArchitectureConformance(Crypto)
{
    private const string Root = "FedHe.Crypto";

    private static readonly Assembly Crypto = typeof(IHeScheme).Assembly;

    public static TheoryData<string> Schemes { get; } = [.. SchemeFolders.OfCrypto];

    /// <summary>The two generators that hedged randomness hashes; nothing else draws from them.</summary>
    protected override IReadOnlyCollection<string> AllowedAmbientState =>
    [
        "FedHe.Crypto.Random.KernelRandomSource uses System.Security.Cryptography.RandomNumberGenerator",
        "FedHe.Crypto.Random.ProcessRandomSource uses System.Security.Cryptography.RandomNumberGenerator",
    ];

    [Fact]
    public void Crypto_References_NoFedHeAssembly()
        => FedHeAssemblies.ReferencedBy(Crypto).Should().BeEmpty();

    [Fact]
    public void Kernels_Use_NothingOfTheRest()
        => UsesOf("Kernels", "Kernels").Should().BeEmpty();

    [Theory]
    [InlineData("Random")]
    [InlineData("Encoding")]
    [InlineData("Serialization")]
    [InlineData("LinearTags")]
    public void Foundations_Use_OnlyKernelsAndTheSharedVocabulary(string part)
        => UsesOf(part, part, "Kernels", "Bounds", "Errors", "Identities").Should().BeEmpty();

    [Fact]
    public void Contracts_Use_NoScheme()
        => SchemeFolders.UsesIn(References, SchemeFolders.OfCrypto)
            .Where(use => SchemeFolders.SchemeOf(use.Source, SchemeFolders.OfCrypto) is null)
            .Should().BeEmpty();

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Schemes_Use_NoOtherScheme(string scheme)
        => SchemeFolders.UsesIn(References, SchemeFolders.OfCrypto)
            .Where(use => SchemeFolders.SchemeOf(use.Source, SchemeFolders.OfCrypto) == scheme)
            .Should().BeEmpty();

    [Fact]
    public void KeyAdditive_IsALayerBesideTheSchemes()
    {
        // Round keys are protected by any scheme, through the contracts alone; no scheme and no contract knows round keys.
        UsesOf("KeyAdditive", "KeyAdditive").Should().Contain(use => PartOf(use.Target) == "Operations");
        SchemeFolders.UsesIn(References, SchemeFolders.OfCrypto).Should().NotContain(use => PartOf(use.Source) == "KeyAdditive");
        References.Where(use => use.Target.Assembly == Crypto && PartOf(use.Target) == "KeyAdditive" && PartOf(use.Source) != "KeyAdditive")
            .Should().OnlyContain(use => PartOf(use.Source) == "Sharing");
    }

    [Fact]
    public void Sharing_IsALayerAboveRoundKeys()
    {
        // It knows a round key, and neither an encryption nor a scheme.
        UsesOf("Sharing", "Sharing", "Kernels", "Random", "LinearTags", "Identities", "Errors")
            .Should().NotBeEmpty().And.OnlyContain(use => use.Target == typeof(RoundKey) || use.Target == typeof(SecretKey));
        References.Where(use => use.Target.Assembly == Crypto && PartOf(use.Target) == "Sharing" && PartOf(use.Source) != "Sharing")
            .Should().BeEmpty();
    }

    /// <summary>Its contributors are semi-honest: nothing else is built on it, and no scheme offers it.</summary>
    [Fact]
    public void Threshold_IsUsedByNothingElse()
    {
        References.Where(use => IsInThreshold(use.Target) && !IsInThreshold(use.Source)).Should().BeEmpty();
        References.Where(use => IsInThreshold(use.Source) && use.Target == typeof(HePublicContext)).Should().NotBeEmpty("or the line above proves nothing");
    }

    [Fact]
    public void KeyAdditive_PublicContext_HoldsNoSecret()
    {
        var secrets = new SecretTypes(typeof(KeyPolynomial));
        FieldReachability.FindPath(typeof(KeyAdditivePublicContext), secrets).Should().BeNull();
        KeyReachability.FindPath(typeof(KeyAdditivePublicContext), secrets).Should().BeNull();
        foreach (Type secret in (Type[])[typeof(RoundKey), typeof(RoundKeySum), typeof(KeyAdditiveContext), typeof(KeyAdditiveDecryptor)])
        {
            secrets.Contains(secret).Should().BeTrue("a server that holds a {0} must be found out", secret.Name);
        }

        foreach (Type holder in (Type[])[typeof(RoundKeyProtection), typeof(KeyAdditiveEncryptor), typeof(KeyAdditiveDecryptor)])
        {
            FieldReachability.FindPath(holder, new SecretTypes()).Should().NotBeNull("or the lines above prove nothing");
        }
    }

    [Fact]
    public void LoopsOverLanes_AreCompiledFullyAtOnce()
        => KnownFaults.ShouldBeAll(
            "Loops over lanes lack [MethodImpl(KernelLoop.Compilation)].", LaneLoops.FaultsIn(CodeReader.TypesOf(Crypto)), method => method, []);

    [Fact]
    public void Schemes_Found_AreAllOfThem()
        => SchemeFolders.OfCrypto.Should().Equal("FedHe.Crypto.Ckks", "FedHe.Crypto.Paillier", "FedHe.Crypto.Plain");

    [Fact]
    public void Rules_OnUsesThatAreAllowed_FindThem()
    {
        // Without this, a reader of assemblies that finds nothing would keep every rule.
        References.Should().Contain(use => UnsafeCode.IsIn(use));
        UsesOf("Ckks", "Ckks").Should().Contain(use => PartOf(use.Target) == "Kernels");
        UsesOf("Serialization", "Serialization").Should().Contain(use => PartOf(use.Target) == "Errors");
    }

    /// <summary>The folder of layer 1 that a type belongs to, subfolders included; empty for the front door.</summary>
    private static string PartOf(Type type)
        => (CodeReader.FolderOf(type) + ".")[(Root.Length + 1)..].Split('.')[0];

    private static bool IsInThreshold(Type type)
        => CodeReader.FolderOf(type).StartsWith("FedHe.Crypto.Ckks.Threshold", StringComparison.Ordinal);

    private IEnumerable<CodeReference> UsesOf(string part, params string[] allowed)
        => References.Where(use => PartOf(use.Source) == part
            && use.Target.Assembly == Crypto
            && !allowed.Contains(PartOf(use.Target)));
}
