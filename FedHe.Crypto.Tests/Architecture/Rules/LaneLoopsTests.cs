using FedHe.Crypto.Tests.Architecture.Offenders.Kernels;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture.Rules;

public sealed class LaneLoopsTests
{
    [Fact]
    public void LoopInTiers_IsFound_AndNoOther()
        => LaneLoops.FaultsIn([typeof(SumOfLanes<>), typeof(FastSum)]).Should().ContainSingle().Which.Should().EndWith(".InTiers");
}
