using FedHe.Crypto.Tests.Architecture.Offenders;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture.Rules;

public sealed class StaticStateTests
{
    [Fact]
    public void StaticFieldAndStaticProperty_ThatChange_AreFound()
        => StaticState.FaultsIn(typeof(RemembersStatically).Assembly)
            .Where(field => field.Contains(nameof(RemembersStatically), StringComparison.Ordinal))
            .Should().BeEquivalentTo(
                $"{typeof(RemembersStatically).FullName}._count", $"{typeof(RemembersStatically).FullName}.<LastCaller>k__BackingField");
}
