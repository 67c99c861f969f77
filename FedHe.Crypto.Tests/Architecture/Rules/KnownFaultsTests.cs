using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture.Rules;

public sealed class KnownFaultsTests
{
    [Fact]
    public void Faults_ThatAreAllKnown_Pass()
        => Check(["one", "two", "two"], ["two", "one"]).Should().NotThrow();

    [Fact]
    public void Fault_ThatIsNew_FailsAndIsNamed()
        => Check(["one", "two"], ["one"]).Should().Throw<Exception>().WithMessage("*A rule.*two: two*");

    [Fact]
    public void Fault_ThatIsGone_FailsUntilItLeavesTheList()
        => Check(["one"], ["one", "two"]).Should().Throw<Exception>().WithMessage("*gone*two*");

    private static Action Check(string[] found, string[] known)
        => () => KnownFaults.ShouldBeAll("A rule.", found, fault => fault, known);
}
