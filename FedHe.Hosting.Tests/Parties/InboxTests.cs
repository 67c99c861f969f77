using FedHe.Hosting.Clients;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Folders;

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

    /// <summary>A sum that comes while the client trains is longer than all that may wait in memory, and the invitation behind it ends the training.</summary>
    [Fact]
    public async Task Messages_InFiles_StopTheReceiverAboveTwo()
    {
        using PartyFolder folder = PartyFolder.Open(Directory.CreateTempSubdirectory("fedhe-inbox-").FullName);
        ReceivedFiles files = ReceivedFiles.Open(folder, longest: 1 << 20, ReceivedFiles.BeginningLength);
        ReceivedMessage[] messages = [.. Enumerable.Range(0, 4).Select(i => ReceivedMessage.Begin($"a-{i}", 10_000, files))];
        using (var inbox = new Inbox(mostBytes: 1000))
        {
            inbox.PutAsync(messages[0], default).IsCompleted.Should().BeTrue();
            inbox.PutAsync(messages[1], default).IsCompleted.Should().BeTrue();
            inbox.PutAsync(new ReceivedMessage("b", [1]), default).IsCompleted.Should().BeTrue("it is short");
            Task third = inbox.PutAsync(messages[2], default);
            third.IsCompleted.Should().BeFalse();
            (await inbox.TakeAsync(default))!.Dispose();
            await third;
        }

        Directory.GetFiles(folder.PathOf("received")).Should().ContainSingle("the inbox deleted what it had, and the last was not put in");
        messages[3].Dispose();
        Directory.Delete(folder.Location, recursive: true);
    }
}
