using FedHe.Hosting.AspNetCore.Watching;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.Tests.Dashboard;

/// <summary>What a watch keeps, and what nobody can make it forget.</summary>
public sealed class JobWatchTests
{
    private readonly JobWatch _watch = new(TimeProvider.System);

    [Fact]
    public void Upload_ThatNamesARoundToCome_PushesNoRoundOut()
    {
        _watch.Sent("c1", Info(MessageKind.Invitation, 1), 10);
        for (int round = 2; round < 100; round++)
        {
            _watch.Arriving("c2", Info(MessageKind.Upload, round));
        }

        _watch.Rounds.Should().ContainSingle().Which.Round.Should().Be(1);
    }

    [Fact]
    public void Rounds_AreTheNewest()
    {
        for (int round = 1; round < 100; round++)
        {
            _watch.Sent("c1", Info(MessageKind.Invitation, round), 10);
        }

        _watch.Sent("c1", Info(MessageKind.Invitation, 2), 10);
        _watch.Rounds.Select(watched => watched.Round).Should().Equal(99, 98, 97, 96, 95, 94);
    }

    [Fact]
    public void Refusals_AreCounted()
    {
        for (int i = 0; i < 5; i++)
        {
            _watch.Refused("c1", MessageKind.Upload, RefusalReason.WrongRound);
        }

        _watch.Refusals.Should().ContainSingle().Which.Should().Match<WatchedRefusal>(refusal => refusal.Count == 5 && refusal.Party == "c1");
    }

    private static MessageInfo Info(MessageKind kind, int round) => new(kind, Guid.NewGuid(), new ClientId("c1"), round, kind == MessageKind.Aggregate ? 0 : 1);
}
