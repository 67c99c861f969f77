using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture.Rules;

public sealed class FriendsTests
{
    [Fact]
    public void Friends_OfAnAssembly_AreReadFromItsAttributes()
        => Friends.Of(typeof(IHeScheme).Assembly).Should().Contain(["FedHe.Crypto.Tests", "FedHe.Benchmarks"]);

    [Fact]
    public void TestsOfItsOwnAndBenchmarks_AreNoFaults()
        => Friends.FaultsIn("FedHe.Crypto", ["FedHe.Crypto.Tests", "FedHe.Crypto.Tests.Helpers", "FedHe.Benchmarks"]).Should().BeEmpty();

    [Theory]
    [InlineData("FedHe.MLBridge")]
    [InlineData("FedHe.Crypto.Seal")]
    [InlineData("FedHe.Crypto.Seal.Tests")]
    [InlineData("FedHe.Crypto.TestsAndMore")]
    public void AnyOther_IsAFault(string friend)
        => Friends.FaultsIn("FedHe.Crypto", [friend]).Should().Equal(friend);
}
