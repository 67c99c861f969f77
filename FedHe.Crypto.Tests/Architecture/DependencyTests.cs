using System.Reflection;
using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Architecture;

/// <summary>The dependency rules of docs/architecture.md, as far as they concern layer 1.</summary>
public sealed class DependencyTests
{
    private const string Root = "FedHe.Crypto";

    private static readonly Assembly Crypto = typeof(IHeScheme).Assembly;
    private static readonly IReadOnlyList<CodeReference> References = ArchitectureRules.ReferencesOf(Crypto);
    private static readonly string[] Foundations = ["Kernels", "Random", "Encoding", "Serialization"];

    private static readonly string[] SchemeParts =
        [.. Crypto.GetTypes().Select(PartOf).OfType<string>().Where(part => part.Length > 0).Except(Foundations)];

    public static TheoryData<string> Schemes { get; } = [.. SchemeParts];

    [Fact]
    public void Crypto_References_NoFedHeAssembly()
        => ArchitectureRules.FedHeReferencesOf(Crypto).Should().BeEmpty();

    [Fact]
    public void Kernels_Use_NothingOfTheRest()
        => Uses("Kernels", part => part != "Kernels").Should().BeEmpty();

    [Theory]
    [InlineData("Random")]
    [InlineData("Encoding")]
    [InlineData("Serialization")]
    public void Foundations_Use_OnlyKernelsAndTheSharedVocabulary(string part)
        => Uses(part, used => used != part && used is not "Kernels" and not "").Should().BeEmpty();

    [Fact]
    public void Contracts_Use_NoScheme()
        => Uses("", used => !Foundations.Contains(used) && used.Length > 0).Should().BeEmpty();

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Schemes_Use_NoOtherScheme(string scheme)
        => Uses(scheme, used => used != scheme && used.Length > 0 && !Foundations.Contains(used)).Should().BeEmpty();

    [Fact]
    public void Schemes_Known_AreAllOfThem()
        => SchemeParts.Should().BeEquivalentTo("Ckks", "Paillier", "Plain");

    [Fact]
    public void UnsafeCode_OutsideOfKernels_IsNowhere()
    {
        References.Where(ArchitectureRules.IsUnsafe).Where(use => PartOf(use.Source) != "Kernels").Should().BeEmpty();
        References.Should().Contain(use => ArchitectureRules.IsUnsafe(use), "otherwise the rule looks for the wrong thing");
    }

    [Fact]
    public void Rules_OnCodeThatBreaksThem_FindIt()
    {
        // Without this, a reader of assemblies that finds nothing would keep every rule.
        ArchitectureRules.ReferencesOf(typeof(DependencyTests).Assembly)
            .Should().Contain(use => ArchitectureRules.IsAmbient(use), "tests use System.Random");
        Uses("Ckks", used => used == "Kernels").Should().NotBeEmpty();
    }

    [Fact]
    public void AmbientState_InLayerOne_IsNowhere()
        => References.Where(ArchitectureRules.IsAmbient).Should().BeEmpty();

    [Fact]
    public void StaticFields_OfLayerOne_AreReadOnly()
        => Crypto.GetTypes()
            .Where(type => !type.Name.StartsWith('<') && type.DeclaringType?.Name.StartsWith('<') != true)
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => !field.IsLiteral && !field.IsInitOnly && !field.Name.StartsWith('<'))
            .Should().BeEmpty("there is no static mutable state");

    /// <summary>The part of the assembly a type belongs to: empty for the contracts, null for what is not ours.</summary>
    private static string? PartOf(Type type)
    {
        string name = type.Namespace ?? string.Empty;
        return type.Assembly != Crypto || !name.StartsWith(Root, StringComparison.Ordinal)
            ? null
            : name.Length == Root.Length ? string.Empty : name[(Root.Length + 1)..].Split('.')[0];
    }

    private static IEnumerable<CodeReference> Uses(string part, Func<string, bool> isForbidden)
        => References.Where(use => PartOf(use.Source) == part && PartOf(use.Target) is { } used && isForbidden(used));
}
