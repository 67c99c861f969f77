using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>Who says nothing gets a committee where there can be one, and what cannot hold is refused by name.</summary>
public sealed class KeyManagementTests
{
    [Theory]
    [InlineData(4, 4, false)]
    [InlineData(7, 7, false)]
    [InlineData(8, 7, true)]
    [InlineData(1000, 7, true)]
    public void Nothing_Chosen_GivesACommitteeOfAllUpToSevenAndOfSevenDrawn(int clients, int members, bool isDrawn)
    {
        KeyPlan plan = KeyManagement.Automatic.Settle(clients, JobProtection.RoundKeys);

        (plan.IsCommittee, plan.Members, plan.Corrupt, plan.IsDrawn).Should().Be((true, members, 0, isDrawn));
        plan.Reason.Should().Contain("nothing else was asked for").And.Contain("No client has a key that opens an upload");
    }

    [Theory]
    [InlineData(3, JobProtection.RoundKeys, null, "4 members or more, and the roster has 3 clients")]
    [InlineData(5, JobProtection.Direct, null, "the direct mode has none")]
    [InlineData(5, JobProtection.RoundKeys, "paillier", "the scheme 'paillier' was asked for")]
    public void Nothing_ChosenWhereThereCanBeNoCommittee_GivesTheKeyOfAnAuthorityAndSaysWhy(int clients, JobProtection protection, string? scheme, string reason)
    {
        KeyPlan plan = KeyManagement.Automatic.Settle(clients, protection, scheme);

        (plan.IsCommittee, plan.Members, plan.IsDrawn).Should().Be((false, 0, false));
        plan.Reason.Should().Contain(reason).And.Contain("server and one client in league");
        plan.Invoking(one => one.TermsOf([])).Should().Throw<InvalidOperationException>();
        KeyManagement.Committee().Invoking(keys => keys.Settle(clients, protection, scheme)).Should().Throw<ArgumentException>().WithMessage($"*{reason}*");
    }

    [Fact]
    public void Authority_IsAChoiceByName()
    {
        KeyManagement.Authority.Settle(9, JobProtection.RoundKeys).Should().Match<KeyPlan>(plan => !plan.IsCommittee && plan.Reason.Contains("was asked for", StringComparison.Ordinal));
        KeyManagement.TryParse("authority", out KeyManagement? keys).Should().BeTrue();
        keys.Should().Be(KeyManagement.Authority);
    }

    [Theory]
    [InlineData("committee", 0, 0)]
    [InlineData("committee:5", 5, 0)]
    [InlineData("committee:16/2", 16, 2)]
    public void Committee_AsText_IsReadAndWritten(string text, int members, int corrupt)
    {
        KeyManagement.TryParse(text, out KeyManagement? keys).Should().BeTrue();
        keys.Should().Be(KeyManagement.Committee(members, corrupt));
        (keys!.ToString(), keys.IsCommittee, keys.IsAutomatic, keys.IsAuthority).Should().Be((text, true, false, false));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("automatic")]
    [InlineData("Authority")]
    [InlineData("committee:")]
    [InlineData("committee:3")]
    [InlineData("committee:17")]
    [InlineData("committee:6/2")]
    [InlineData("committee:6/0")]
    [InlineData("committee:6/1/1")]
    [InlineData("committee:+6")]
    [InlineData("committee:6.0")]
    [InlineData("committee:06/1 ")]
    [InlineData("committee:99999999999")]
    public void Text_OfNoChoice_IsRefused(string? text) => KeyManagement.TryParse(text, out _).Should().BeFalse();

    [Fact]
    public void Committee_ThatCannotBe_IsRefused()
    {
        FluentActions.Invoking(() => KeyManagement.Committee(3)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => KeyManagement.Committee(6, 2)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => KeyManagement.Committee(0, 1)).Should().Throw<ArgumentException>();
        KeyManagement.Committee(6).Invoking(keys => keys.Settle(5, JobProtection.RoundKeys)).Should().Throw<ArgumentException>().WithMessage("*6 members or more*5 clients*");
    }

    [Fact]
    public void Terms_TakeTheFirstOfTheOrder()
    {
        ClientId[] order = [.. "hgfedcba".Select(name => new ClientId($"{name}"))];

        CommitteeTerms terms = KeyManagement.Committee(5, 1).Settle(8, JobProtection.RoundKeys).TermsOf(order);

        terms.Members.Should().Equal(order.Take(5).Order());
        terms.Corrupt.Should().Be(1);
    }
}
