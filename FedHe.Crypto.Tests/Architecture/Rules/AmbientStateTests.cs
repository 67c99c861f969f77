using System.Security.Cryptography;
using FedHe.Crypto.Tests.Architecture.Offenders;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture.Rules;

public sealed class AmbientStateTests
{
    [Theory]
    [InlineData(typeof(Environment))]
    [InlineData(typeof(DateTime))]
    [InlineData(typeof(System.Random))]
    [InlineData(typeof(RandomNumberGenerator))]
    [InlineData(typeof(Console))]
    public void AmbientState_OfAnyKind_IsFound(Type target)
        => CodeReader.ReferencesOf(typeof(AsksTheMachine).Assembly)
            .Where(use => use.Source == typeof(AsksTheMachine) && use.Target == target)
            .Should().Contain(use => AmbientState.IsIn(use));

    [Fact]
    public void DateTime_AsAValue_IsNoAmbientState()
        => AmbientState.IsIn(new CodeReference(typeof(AsksTheMachine), typeof(DateTime), Member: null)).Should().BeFalse();
}
