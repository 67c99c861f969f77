using FedHe.Hosting.AspNetCore.Mailboxes;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Folders;

namespace FedHe.Hosting.Tests.Server;

/// <summary>The mailbox of a party.</summary>
public sealed class MailboxTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fedhe-mailbox-").FullName;
    private readonly PartyFolder _folder;

    public MailboxTests() => _folder = PartyFolder.Open(_root);

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("@authority")]
    [InlineData("North")]
    public void Name_OfAnyParty_StaysInItsFolder(string party)
    {
        var mailbox = Mailbox.Open(_folder, Broadcasts.Open(_folder), party, 10, 1000);

        mailbox.Put([1]);

        string path = mailbox.PathOf(Next(mailbox, null)!)!;
        Path.GetFullPath(path).Should().StartWith(Path.Combine(_folder.Location, "mail") + Path.DirectorySeparatorChar);
        Mailbox.Open(_folder, Broadcasts.Open(_folder), $"x{party}", 10, 1000).Count.Should().Be(0);
    }

    [Theory]
    [InlineData(3, 1000)]
    [InlineData(100, 30)]
    public void Full_DropsItsOldest_AndItsPartyFindsOut(int mostMessages, long mostBytes)
    {
        var mailbox = Mailbox.Open(_folder, Broadcasts.Open(_folder), "c1", mostMessages, mostBytes);
        var cursor = new MailboxCursor();
        mailbox.Put(new byte[10]);
        cursor.MoveTo(Next(mailbox, null)!.Name.ToString()).Should().BeFalse();

        int dropped = 0;
        for (int message = 0; message < 5; message++)
        {
            mailbox.Put(new byte[10], count => dropped += count);
        }

        dropped.Should().Be(3);
        mailbox.Count.Should().Be(3);
        MessageName.TryParse(cursor.Last, out MessageName? last).Should().BeTrue();
        WaitingMessage next = Next(mailbox, last)!;
        cursor.MoveTo(next.Name.ToString()).Should().BeTrue("messages in between are gone");
        cursor.MoveTo(Next(mailbox, next.Name)!.Name.ToString()).Should().BeFalse();
    }

    [Fact]
    public void One_LongerThanTheMailbox_IsKept()
    {
        var mailbox = Mailbox.Open(_folder, Broadcasts.Open(_folder), "c1", 3, mostBytes: 30);

        mailbox.Put(new byte[50]);

        mailbox.Count.Should().Be(1);
    }

    [Fact]
    public void Reopened_HasWhatWaits_InItsOrder()
    {
        var mailbox = Mailbox.Open(_folder, Broadcasts.Open(_folder), "c1", 100, 1000);
        foreach (byte number in (byte[])[1, 2, 3, 4])
        {
            mailbox.Put([number]);
        }

        mailbox.Remove(Next(mailbox, null)!.Name);
        File.WriteAllBytes($"{mailbox.PathOf(Next(mailbox, null)!)}.1.new", [9]);

        var reopened = Mailbox.Open(_folder, Broadcasts.Open(_folder), "c1", 100, 1000);
        reopened.Put([5]);

        var found = new List<byte>();
        for (WaitingMessage? message = Next(reopened, null); message is not null; message = Next(reopened, message.Name))
        {
            found.Add(File.ReadAllBytes(reopened.PathOf(message)!).Single());
        }

        found.Should().Equal(2, 3, 4, 5);
    }

    [Fact]
    public void Put_ThatFails_IsNotInTheMailbox()
    {
        var mailbox = Mailbox.Open(_folder, Broadcasts.Open(_folder), "c1", 100, 1000);
        Directory.Delete(Path.Combine(_root, "mail"), recursive: true);

        mailbox.Invoking(box => box.Put([1])).Should().Throw<IOException>();

        mailbox.Count.Should().Be(0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("00000000000000000000000000000000-")]
    [InlineData("00000000000000000000000000000000--1")]
    [InlineData("00000000000000000000000000000000-+1")]
    [InlineData("0000000000000000000000000000000g-1")]
    public void Names_ThatAreNone_AreRefused(string? text) => MessageName.TryParse(text, out _).Should().BeFalse();

    private static WaitingMessage? Next(Mailbox mailbox, MessageName? after)
        => mailbox.WaitAfterAsync(after, TimeSpan.Zero, TimeProvider.System, CancellationToken.None).GetAwaiter().GetResult();
}
