using FedHe.Hosting.Clients;
using FedHe.Hosting.Connections;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>What waits at a client while it trains.</summary>
public sealed class InboxTests
{
    [Fact]
    public async Task Messages_BehindALongTraining_DoNotStopTheReceiver()
    {
        using var inbox = new Inbox(mostBytes: 1000);
        for (int i = 0; i < 100; i++)
        {
            // A while without messages, and then one, with nobody who takes them.
            inbox.PutIdle();
            inbox.PutAsync(new ReceivedMessage($"a-{i}", [1]), default).IsCompleted.Should().BeTrue();
        }

        inbox.Count.Should().Be(101, "only the first while found the inbox empty");
        (await inbox.TakeAsync(default)).Should().BeSameAs(Inbox.Idle);
        (await inbox.TakeAsync(default))!.Id.Should().Be("a-0");
    }

    [Fact]
    public async Task Bytes_AboveTheMost_MakeTheReceiverWait()
    {
        using var inbox = new Inbox(mostBytes: 1000);
        Task first = inbox.PutAsync(new ReceivedMessage("a-1", new byte[600]), default);
        Task second = inbox.PutAsync(new ReceivedMessage("a-2", new byte[600]), default);

        first.IsCompleted.Should().BeTrue();
        second.IsCompleted.Should().BeFalse();
        await inbox.TakeAsync(default);
        await second;
    }
}
