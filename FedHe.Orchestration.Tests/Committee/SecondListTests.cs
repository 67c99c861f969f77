using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A server plays two lists of one round. A member answers for one of them, whatever it lost, unless it goes back to a backup of its
/// ledger; and as many members as may be corrupt do not suffice for two opened lists.
/// </summary>
public sealed class SecondListTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Member_ThatAnswered_AnswersForNoOtherList(bool restarts)
    {
        using CommitteeBench bench = await CreateAsync();
        (ListWorld four, ListWorld three) = await ListWorld.CreateAsync(bench);
        using ListWorld first = four;
        using ListWorld second = three;
        FederationClient member = ListWorld.Backup(bench, 0);
        (ShareAnswer? answer, byte[] bytes, ClientStep step) = await first.AskAsync(member);
        byte[] state = step.State!.ToArray();
        byte[] ledger = step.Ledger!.ToArray();
        if (restarts)
        {
            member = FederationClient.Restore(bench.ClientSetup(0) with { Ledger = ledger, NewestLedger = step.Ledger.Stamp }, state, step.State.Stamp);
        }

        (ShareAnswer? other, _, ClientStep refused) = await second.AskAsync(member);
        (_, byte[] again, _) = await first.AskAsync(member);

        answer.Should().NotBeNull();
        other.Should().BeNull();
        refused.Ignored.Should().Be(IgnoredReason.SecondList);
        again.Should().Equal(bytes, "an answer is repeated unchanged");
    }

    [Fact]
    public async Task Member_ThatLostItsStateAndHasItsLedger_AnswersForNoOtherList()
    {
        using CommitteeBench bench = await CreateAsync();
        (ListWorld four, ListWorld three) = await ListWorld.CreateAsync(bench);
        using ListWorld first = four;
        using ListWorld second = three;
        (_, byte[] bytes, ClientStep step) = await first.AskAsync(ListWorld.Backup(bench, 0));
        var member = new FederationClient(bench.ClientSetup(0) with { Ledger = step.Ledger!.ToArray() });

        (ShareAnswer? other, _, ClientStep refused) = await second.AskAsync(member);
        (_, byte[] again, _) = await first.AskAsync(member);

        other.Should().BeNull();
        refused.Ignored.Should().Be(IgnoredReason.SecondList);
        again.Should().Equal(bytes);
    }

    [Fact]
    public async Task Member_ThatLostItsLedgerAndHasItsState_AnswersNothingInTheRound()
    {
        using CommitteeBench bench = await CreateAsync();
        (ListWorld four, ListWorld three) = await ListWorld.CreateAsync(bench);
        using ListWorld first = four;
        using ListWorld second = three;
        (_, _, ClientStep step) = await first.AskAsync(ListWorld.Backup(bench, 0));
        FederationClient member = FederationClient.Restore(bench.ClientSetup(0) with { Ledger = null }, step.State!.ToArray());

        (ShareAnswer? other, _, _) = await second.AskAsync(member);
        (ShareAnswer? same, _, _) = await first.AskAsync(member);
        ClientStep key = await member.HandleAsync(bench.FromServer(new MemberKeyRequest(bench.Job.JobId, 1)));
        ClientStep next = await member.HandleAsync(bench.FromServer(new MemberKeyRequest(bench.Job.JobId, 2)));

        other.Should().BeNull();
        same.Should().BeNull();
        key.Ignored.Should().Be(IgnoredReason.Outdated, "boxes of the round are sealed to another key, and none is sealed to a new one");
        next.Messages.Should().ContainSingle("the member takes part again in the next round");
    }

    [Fact]
    public async Task Member_WithAnOlderLedgerAndItsState_AnswersNothingInTheRound()
    {
        using CommitteeBench bench = await CreateAsync();
        (ListWorld four, ListWorld three) = await ListWorld.CreateAsync(bench);
        using ListWorld first = four;
        using ListWorld second = three;
        (_, _, ClientStep step) = await first.AskAsync(ListWorld.Backup(bench, 0));
        FederationClient member = FederationClient.Restore(bench.ClientSetup(0), step.State!.ToArray());

        ClientStep boxes = await second.BringBoxesAsync(member);
        (ShareAnswer? other, _, ClientStep refused) = await second.AskAsync(member);

        boxes.Messages.Should().BeEmpty("the server must not count on the member");
        other.Should().BeNull("the state tells that the ledger is older");
        refused.Ignored.Should().Be(IgnoredReason.Outdated);
    }

    [Fact]
    public async Task Member_ThatAnswered_ReportsAndAnswersAgainForAServerThatWasSetBack()
    {
        using CommitteeBench bench = await CreateAsync();
        (ListWorld four, ListWorld three) = await ListWorld.CreateAsync(bench);
        using ListWorld first = four;
        using ListWorld second = three;
        FederationClient member = ListWorld.Backup(bench, 0);
        (_, byte[] bytes, _) = await first.AskAsync(member);

        ClientStep boxes = await first.BringBoxesAsync(member);
        (_, byte[] again, _) = await first.AskAsync(member);

        ((BoxReport)bench.Parse(boxes.Messages.Single())).Failed.Should().BeEmpty();
        again.Should().Equal(bytes);
    }

    [Fact]
    public async Task Member_ThatGoesBackToABackupOfStateAndLedger_AnswersForTwoLists()
    {
        // Nothing on the machine tells that the member answered: such a member counts as corrupt, and its host must keep no backups.
        using CommitteeBench bench = await CreateAsync();
        (ListWorld four, ListWorld three) = await ListWorld.CreateAsync(bench);
        using ListWorld first = four;
        using ListWorld second = three;

        (ShareAnswer? answer, _, _) = await first.AskAsync(ListWorld.Backup(bench, 0));
        (ShareAnswer? other, _, _) = await second.AskAsync(ListWorld.Backup(bench, 0));

        (answer!.Round, other!.Round).Should().Be((1, 1));
        answer.List.Should().NotBe(other.List);
    }

    [Fact]
    public async Task Members_AsManyAsMayBeCorrupt_DoNotSufficeForTwoOpenedLists()
    {
        using CommitteeBench bench = await CreateAsync();
        bench.Committee.Corrupt.Should().Be(1);
        (ListWorld four, ListWorld three) = await ListWorld.CreateAsync(bench);
        using ListWorld first = four;
        using ListWorld second = three;
        var answers = new (byte[] First, byte[] Second)[4];
        for (int i = 0; i < answers.Length; i++)
        {
            answers[i] = ((await first.AskAsync(ListWorld.Backup(bench, i))).Bytes, (await second.AskAsync(ListWorld.Backup(bench, i))).Bytes);
            answers[i].First.Should().NotBeEmpty();
            answers[i].Second.Should().NotBeEmpty();
        }

        int opened = 0;
        for (int split = 0; split < 8; split++)
        {
            // Member 0 was set back and answers for both, each of the others for one.
            int[] ofFirst = [0, .. Enumerable.Range(1, 3).Where(member => ((split >> (member - 1)) & 1) == 0)];
            int[] ofSecond = [0, .. Enumerable.Range(1, 3).Except(ofFirst)];
            byte[][] forFirst = [.. ofFirst.Select(member => answers[member].First)];
            byte[][] forSecond = [.. ofSecond.Select(member => answers[member].Second)];

            (first.Publish(forFirst) is not null && second.Publish(forSecond) is not null).Should().BeFalse("split {0}", split);
            bool opensFirst = await OpensAsync(bench, first.Forge(forFirst));
            bool opensSecond = await OpensAsync(bench, second.Forge(forSecond));
            (opensFirst && opensSecond).Should().BeFalse("split {0}", split);
            opened += opensFirst || opensSecond ? 1 : 0;
        }

        opened.Should().Be(8, "with three honest members one list is always answered by three of four");
    }

    [Fact]
    public async Task Members_MoreThanMayBeCorrupt_SufficeForTwoOpenedLists()
    {
        // What the bound on corrupt members is for: two members that were set back open both lists.
        using CommitteeBench bench = await CreateAsync();
        (ListWorld four, ListWorld three) = await ListWorld.CreateAsync(bench);
        using ListWorld first = four;
        using ListWorld second = three;
        byte[][] forFirst = [.. await Task.WhenAll(new[] { 0, 1, 2 }.Select(async member => (await first.AskAsync(ListWorld.Backup(bench, member))).Bytes))];
        byte[][] forSecond = [.. await Task.WhenAll(new[] { 0, 1, 3 }.Select(async member => (await second.AskAsync(ListWorld.Backup(bench, member))).Bytes))];

        (await OpensAsync(bench, first.Forge(forFirst))).Should().BeTrue();
        (await OpensAsync(bench, second.Forge(forSecond))).Should().BeTrue();
    }

    private static Task<CommitteeBench> CreateAsync() => CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Quorum = 3, MaxAttempts = 12 });

    /// <summary>Tells whether a client that has seen neither list opens an aggregate.</summary>
    private static async Task<bool> OpensAsync(CommitteeBench bench, AggregateMessage message)
    {
        FederationClient client = ListWorld.Backup(bench, 3);
        ClientStep step = await client.HandleAsync(bench.FromServer(message));
        if (step.Ignored is not null)
        {
            step.Ignored.Should().Be(IgnoredReason.BadAnswers);
        }

        return client.ModelRound == 1;
    }
}
