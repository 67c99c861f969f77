using FedHe.Crypto.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A server sends a client that missed rounds lists with gaps, in other orders, without seals or of another history.</summary>
public sealed class HistoryAttackTests
{
    private const int Late = 4;

    [Fact]
    public async Task History_WithARoundThatHadNoSum_IsFollowed()
    {
        using History history = await History.CreateAsync();

        (await history.SendAsync(history.Lists[0], history.Lists[1])).Should().BeNull();

        ClientStep step = await history.Lab.SendAsync(Late, history.Latest);
        (step.Ignored, step.ModelRound).Should().Be((null, 4));
    }

    private static readonly (string Change, IgnoredReason Reason)[] Changes =
    [
        ("first one missing", IgnoredReason.OtherHistory),
        ("other order", IgnoredReason.OtherHistory),
        ("one twice", IgnoredReason.NotRequested),
        ("more than was asked for", IgnoredReason.NotRequested),
        ("the list of the sum itself", IgnoredReason.NotRequested),
        ("no seals", IgnoredReason.ForeignContributor),
        ("seals exchanged", IgnoredReason.ForeignContributor),
        ("one contributor", IgnoredReason.TooFewContributors),
        ("other base", IgnoredReason.OtherHistory),
        ("malformed", IgnoredReason.Malformed),
    ];

    [Fact]
    public async Task History_ThatIsNone_IsIgnored()
    {
        using History history = await History.CreateAsync();
        foreach ((string change, IgnoredReason reason) in Changes)
        {
            ClientStep step = await history.Lab.SendAsync(
                Late, new HistoryMessage(history.Lab.Bench.Job.JobId, [.. Change(history, change).Select(list => (ReadOnlyMemory<byte>)list)]));

            (step.Ignored, step.State).Should().Be((reason, null), change);
        }

        (await history.SendAsync(history.Lists[0], history.Lists[1])).Should().BeNull("an ignored history changes nothing");
        (await history.Lab.SendAsync(Late, history.Latest)).ModelRound.Should().Be(4);
    }

    [Fact]
    public async Task History_ThatNobodyAskedFor_IsIgnored()
    {
        using History history = await History.CreateAsync(asks: false);

        (await history.SendAsync(history.Lists[0])).Should().Be(IgnoredReason.NotRequested);
    }

    [Fact]
    public async Task HistoryOfAListThatNobodyAnsweredFor_OpensNoSumOfTheOther()
    {
        using History history = await History.CreateAsync();

        // The first list without a client, with genuine seals. Whoever believes it follows a history without any sum.
        (await history.SendAsync(history.Other)).Should().BeNull();

        ClientStep step = await history.Lab.SendAsync(Late, history.Latest);
        (step.Ignored, step.ModelRound).Should().Be((IgnoredReason.OtherHistory, 0));
    }

    [Fact]
    public async Task SumOfALaterRound_WithoutTheListsBefore_IsNotOpened()
    {
        using History history = await History.CreateAsync();

        ClientStep step = await history.Lab.SendAsync(Late, history.Latest);

        (step.Ignored, step.ModelRound).Should().Be((IgnoredReason.OtherHistory, 0));
    }

    private static IEnumerable<byte[]> Change(History history, string change)
    {
        ContributorList first = history.Lists[0];
        ContributorList second = history.Lists[1];
        ContributorList[] lists = change switch
        {
            "first one missing" => [second],
            "other order" => [second, first],
            "one twice" => [first, first],
            "more than was asked for" => [first, second, second, second],
            "the list of the sum itself" => [first, second, history.Lists[2]],
            "no seals" => [first with { Seals = [] }],
            "seals exchanged" => [first with { Seals = [first.Seals[1], first.Seals[0], .. first.Seals[2..]] }],
            "one contributor" => [first with { Contributors = first.Contributors[..1], Seals = first.Seals[..1] }],
            "other base" => [first with { Base = Digest.Compute("other"u8) }],
            _ => [],
        };
        return lists.Length == 0 ? [new byte[100]] : lists.Select(list => list.ToArray());
    }

    /// <summary>A history of rounds 1, 3 and 4, of which one client has nothing yet.</summary>
    private sealed class History(CommitteeLab lab, ContributorList[] lists, ContributorList other, AggregateMessage latest) : IDisposable
    {
        public CommitteeLab Lab => lab;

        public ContributorList[] Lists => lists;

        /// <summary>Another list of the first round.</summary>
        public ContributorList Other => other;

        public AggregateMessage Latest => latest;

        public static async Task<History> CreateAsync(bool asks = true)
        {
            CommitteeLab lab = await CommitteeLab.CreateAsync(new CommitteeOptions { Rounds = 4 });
            int[] early = [0, 1, 2, 3];
            (int baseRound, Digest start) = (0, lab.Bench.Job.StartDigest);
            var lists = new List<ContributorList>();
            ContributorList? other = null;
            AggregateMessage? latest = null;
            foreach (int round in new[] { 1, 3, 4 })
            {
                LabAttempt attempt = await lab.InviteAsync(round, attempt: 1, await lab.RequestKeysAsync(round), baseRound, start, early);
                other ??= lab.Sum(attempt, 0, 1, 2).List;
                Opening opening = lab.Sum(attempt);
                RelayedAnswer[] answers = await lab.AnswersAsync(opening, early);
                latest = lab.AggregateOf(opening, answers);
                foreach (int client in early)
                {
                    (await lab.SendAsync(client, latest)).Ignored.Should().BeNull();
                }

                lists.Add(opening.List);
                (baseRound, start) = (round, opening.Chain);
            }

            if (asks)
            {
                lab.Bench.Clients[Late].AskForLatest();
            }

            return new History(lab, [.. lists], other!, latest!);
        }

        public async Task<IgnoredReason?> SendAsync(params ContributorList[] sent)
            => (await lab.SendAsync(Late, new HistoryMessage(lab.Bench.Job.JobId, [.. sent.Select(list => (ReadOnlyMemory<byte>)list.ToArray())]))).Ignored;

        public void Dispose() => lab.Dispose();
    }
}
