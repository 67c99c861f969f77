using Xunit.Abstractions;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>
/// No order of messages gives a hostile server two certificates of a number, two lists of a round, or a certificate and a list of the epoch that
/// it ends; and each rule of the members is needed for that.
/// </summary>
public sealed class EpochOrderTests(ITestOutputHelper output)
{
    private static readonly int[] AllLists = [1, 2, 3, 4, 5];
    private static readonly int[] AllStatements = [0, 1, 2, 3, 4];

    [Theory]
    [InlineData(4, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 1)]
    [InlineData(7, 2)]
    public void Server_WithEveryOrderOfMessages_HasNoTwoDecisions(int members, int corrupt)
    {
        // Larger committees have too many orders for everything at once.
        bool isLarge = members > 5;
        int[] lists = members == 4 ? AllLists : isLarge ? [1, 2, 3] : [1, 2, 3, 4];
        int[] statements = members == 4 ? AllStatements : isLarge ? [0, 2] : [0, 2, 4];
        var model = new EpochOrderModel(members - corrupt, NeededOf(members, corrupt), lists, statements);

        model.HasContradiction().Should().BeFalse();

        output.WriteLine($"{model.Reached} states");
        model.Reached.Should().BeGreaterThan(10_000);
    }

    [Fact]
    public void Server_WhereOneRuleIsOut_HasTwoDecisions()
    {
        int needed = NeededOf(4, 1);

        new EpochOrderModel(3, needed, AllLists, AllStatements) { AnswersBindVoters = false }.HasContradiction().Should().BeTrue();
        new EpochOrderModel(3, needed, AllLists, AllStatements) { VotesBindAnswerers = false }.HasContradiction().Should().BeTrue();
        new EpochOrderModel(3, needed - 1, AllLists, AllStatements).HasContradiction().Should().BeTrue("a threshold that is lower by one is too low");
        new EpochOrderModel(2, needed, AllLists, AllStatements).HasContradiction().Should().BeFalse("fewer honest members decide nothing twice either");
    }

    /// <summary>The number of honest members that a decision needs where all corrupt ones take part in everything.</summary>
    private static int NeededOf(int members, int corrupt)
        => new Job.CommitteeTerms(Enumerable.Range(0, members).Select(i => new MLBridge.Identities.ClientId($"c{i:00}")), corrupt, Crypto.Sharing.KeyExchange.P256).Threshold - corrupt;
}
