using FedHe.Crypto.Tests.Architecture.Offenders;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture.Rules;

/// <summary>Holds the reader of compiled code to finding a use wherever C# can hide one.</summary>
public sealed class CodeReaderTests
{
    [Theory]
    [InlineData(typeof(UsedAsBase))]
    [InlineData(typeof(UsedAsProperty))]
    [InlineData(typeof(UsedAsGenericArgument))]
    [InlineData(typeof(UsedAsConstraint<>))]
    [InlineData(typeof(UsedAsParameter))]
    [InlineData(typeof(UsedAsAttribute))]
    [InlineData(typeof(UsedInAttributeOfParameter))]
    [InlineData(typeof(UsedInCatch))]
    [InlineData(typeof(UsedInLambda))]
    [InlineData(typeof(UsedInIterator))]
    [InlineData(typeof(UsedInAsyncMethod))]
    [InlineData(typeof(UsedInNestedType))]
    public void Use_OfAnyKind_BelongsToTheOutermostType(Type source)
        => CodeReader.ReferencesOf(source.Assembly).Should().Contain(use => use.Source == source && use.Target == typeof(UsedException));

    [Fact]
    public void Override_OfAMember_IsAUseOfThatMember()
        => CodeReader.ReferencesOf(typeof(OverridesUsed).Assembly)
            .Should().Contain(use => use.Source == typeof(OverridesUsed) && use.Member == typeof(UsedException).GetMethod(nameof(UsedException.Act)));
}
