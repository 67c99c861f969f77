using System.Reflection;
using FedHe.Crypto.Tests.Architecture.Offenders;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture.Rules;

public sealed class AccessibilityTests
{
    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    [Fact]
    public void Internals_OfAnotherAssembly_AreFoundAndNothingElse()
        => Accessibility.FaultsIn(CodeReader.ReferencesOf(typeof(UsesInternals).Assembly))
            .Where(use => use.Source == typeof(UsesInternals))
            .Select(Accessibility.NameOf)
            .Should().BeEquivalentTo("Throw", "SecretKey.DemandExport");

    [Theory]
    [InlineData("PublicField")]
    [InlineData("PublicMethod")]
    [InlineData("get_PartlyPublic")]
    public void PublicMember_OfPublicType_NeedsNoFriend(string member)
        => NeedsFriend(typeof(UsesInternals), member).Should().BeFalse();

    [Theory]
    [InlineData("InternalField")]
    [InlineData("InternalMethod")]
    [InlineData("set_PartlyPublic")]
    [InlineData("PrivateProtectedMethod")]
    public void InternalMember_OfPublicType_NeedsAFriend(string member)
    {
        NeedsFriend(typeof(UsesInternals), member).Should().BeTrue();
        NeedsFriend(typeof(DerivedFromWall), member).Should().BeTrue();
    }

    [Theory]
    [InlineData("ProtectedMethod")]
    [InlineData("ProtectedInternalMethod")]
    public void ProtectedMember_OfPublicType_IsForDerivedTypes(string member)
    {
        NeedsFriend(typeof(UsesInternals), member).Should().BeTrue();
        NeedsFriend(typeof(DerivedFromWall), member).Should().BeFalse();
    }

    [Theory]
    [InlineData("PublicNested", false, false)]
    [InlineData("InternalNested", true, true)]
    [InlineData("ProtectedNested", true, false)]
    [InlineData("ProtectedInternalNested", true, false)]
    [InlineData("PrivateProtectedNested", true, true)]
    public void NestedType_IsJudgedLikeAMember(string name, bool fromAnyType, bool fromDerivedType)
    {
        Type nested = typeof(Wall).GetNestedType(name, All)!;

        Accessibility.NeedsFriend(new CodeReference(typeof(UsesInternals), nested, Member: null)).Should().Be(fromAnyType);
        Accessibility.NeedsFriend(new CodeReference(typeof(DerivedFromWall), nested, Member: null)).Should().Be(fromDerivedType);
    }

    [Fact]
    public void PublicMember_OfInternalType_NeedsAFriend()
        => Accessibility.NeedsFriend(new CodeReference(
                typeof(UsesInternals), typeof(Wall.InternalNested), typeof(Wall.InternalNested).GetMethod(nameof(Wall.InternalNested.PublicMethod))))
            .Should().BeTrue();

    private static bool NeedsFriend(Type source, string member)
        => Accessibility.NeedsFriend(new CodeReference(source, typeof(Wall), typeof(Wall).GetMember(member, All).Single()));
}
