using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>Members that are restarted go on, and those that lost their key of a round are back in the next one.</summary>
public sealed class MemberRestartTests
{
    [Theory]
    [InlineData(MessageKind.MemberKeyRequest)]
    [InlineData(MessageKind.BoxDelivery)]
    [InlineData(MessageKind.ListOffer)]
    [InlineData(MessageKind.Aggregate)]
    internal async Task AllMembers_RestartedWhenAMessageArrives_AnswerInEveryRound(MessageKind kind)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, MaxAttempts = 6 });
        var restarted = new HashSet<(int Round, int Client)>();
        int restarts = 0;
        bench.Network = (message, client, bytes) =>
        {
            bool isFirst = message.Kind == kind && restarted.Add((bench.Server.Round, bench.IndexOf(client)));
            if (isFirst)
            {
                restarts++;
                bench.RestartClient(bench.IndexOf(client));
            }

            return isFirst ? null : bytes;
        };

        await bench.StartAsync();
        await bench.RunToEndAsync();

        restarts.Should().BeGreaterThanOrEqualTo(4);
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Reports.Where(report => report.IsAggregated).Select(report => report.Contributions.Length).Should().Equal(4, 4);
    }

    [Fact]
    public async Task AllMembers_WithoutAProtectorRestartedWithTheirBoxes_OpenTheNextRound()
    {
        // Their keys of round 1 are lost, and nobody opens its boxes any more. The round is given up, and not the job.
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Protects = false, Rounds = 3 });
        RestartAllWithTheirBoxes(bench);

        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 3);
        bench.Carried.Should().NotContain(carried => carried.Message is ShareAnswer && ((ShareAnswer)carried.Message).Round == 1);
        bench.CheckAverage(round: 3);
    }

    [Fact]
    public async Task AllMembers_WithoutAProtectorRestartedInTheLastRound_EndTheJobWithTheModelBefore()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Protects = false, Rounds = 1 });
        RestartAllWithTheirBoxes(bench);

        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 0 && client.Outcome == FederationOutcome.QuorumNotReached);
    }

    [Fact]
    public async Task Member_ThatLostItsLedger_IsMissedForARoundAndBackInTheNext()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Rounds = 2 });
        bool isLost = false;
        bench.Network = (message, client, bytes) =>
        {
            if (!isLost && message is BoxDelivery && client == bench.Name(2))
            {
                isLost = true;
                bench.RestartClient(2, losesLedger: true);
            }

            return bytes;
        };

        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.CheckAverage(round: 2);
        bench.Carried.Where(carried => carried.Client == bench.Name(2)).Select(carried => carried.Message).OfType<ShareAnswer>()
            .Select(answer => answer.Round).Should().Equal(2);
    }

    private static void RestartAllWithTheirBoxes(CommitteeBench bench)
    {
        var restarted = new HashSet<int>();
        bench.Network = (message, client, bytes) =>
        {
            if (message is BoxDelivery { Round: 1 } && restarted.Add(bench.IndexOf(client)))
            {
                bench.RestartClient(bench.IndexOf(client));
                return null;
            }

            return bytes;
        };
    }
}
