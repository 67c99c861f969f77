using System.Buffers;
using FedHe.Hosting.AspNetCore.Mailboxes;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.Tests.Server;

/// <summary>A message to several parties lies on the disk once, until the last of them has handled it.</summary>
public sealed class BroadcastTests : IDisposable
{
    private const int MostMessages = 6;

    private static readonly string[] Parties = ["c1", "c2", "c10"];

    private readonly string _root = Directory.CreateTempSubdirectory("fedhe-broadcast-").FullName;
    private PartyFolder _folder;
    private Broadcasts _broadcasts;
    private Dictionary<string, Mailbox> _mailboxes = [];

    public BroadcastTests()
    {
        _folder = PartyFolder.Open(_root);
        _broadcasts = Broadcasts.Open(_folder);
        OpenMailboxes();
    }

    private string Shared => Path.Combine(_root, "mail", "broadcasts");

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Broadcast_IsOnTheDiskOnce_UntilTheLastHasHandledIt()
    {
        Broadcast(7);

        Directory.GetFiles(Path.Combine(_root, "mail"), "*.message", SearchOption.AllDirectories).Should().ContainSingle();
        foreach (string party in Parties)
        {
            WaitingOf(party).Should().Equal(7);
            Directory.GetFiles(Shared).Should().HaveCount(2);
            HandleNext(party);
            WaitingOf(party).Should().BeEmpty();
        }

        Directory.GetFiles(Shared).Should().BeEmpty();
    }

    /// <summary>A message with a sum is read from the file of the sum when it is written.</summary>
    [Fact]
    public void Broadcast_WhoseMessageCannotBeRead_LeavesNothing()
    {
        int reads = 0;
        for (bool isWritten = false; !isWritten; reads++)
        {
            using var memory = new EndingMemory(reads);
            try
            {
                _broadcasts.Write(Parties, new OutgoingMessage(recipient: null, MessageKind.Conclusion, memory.Bytes));
                isWritten = true;
            }
            catch (ObjectDisposedException)
            {
                Directory.GetFiles(_root, "*.recipients", SearchOption.AllDirectories).Should().BeEmpty();
            }
        }

        reads.Should().BeGreaterThan(1);
    }

    [Fact]
    public void List_ThatCouldNotBeWritten_IsWrittenAsAWhole_AndNamesNobodyElse()
    {
        // A disk that is full may keep a part of a line: "-c1" of "-c10" would be another party.
        Broadcast(7);
        string list = Directory.GetFiles(Shared, "*.recipients").Single();
        string away = list + ".away";
        File.Move(list, away);
        Directory.CreateDirectory(list);
        HandleNext("c10");
        Directory.Delete(list);
        File.Move(away, list);
        File.AppendAllText(list, "-c1");

        HandleNext("c2");

        File.ReadAllText(list).Should().Be("+c1\n");
    }

    [Fact]
    public void Order_OfOwnMessagesAndBroadcasts_OutlivesTheProcess()
    {
        foreach (byte number in (byte[])[1, 3])
        {
            _mailboxes["c1"].Put([number]);
            Broadcast((byte)(number + 1));
        }

        WaitingOf("c1").Should().Equal(1, 2, 3, 4);

        Restart();
        WaitingOf("c1").Should().Equal(1, 2, 3, 4);
        WaitingOf("c2").Should().Equal(2, 4);
        _mailboxes["c1"].Put([5]);
        Broadcast(6);

        Restart();
        WaitingOf("c1").Should().Equal(1, 2, 3, 4, 5, 6);
    }

    [Fact]
    public void Handled_IsNotOfferedAgain_AndTheOthersGetIt()
    {
        Broadcast(7);
        HandleNext("c1");

        Restart();

        WaitingOf("c1").Should().BeEmpty();
        WaitingOf("c2").Should().Equal(7);
        WaitingOf("c10").Should().Equal(7);
        HandleNext("c2");
        HandleNext("c10");
        Directory.GetFiles(Shared).Should().BeEmpty();
    }

    /// <summary>The moments at which a process may end while it writes a broadcast or deletes it.</summary>
    [Theory]
    [InlineData("list begun")]
    [InlineData("list written")]
    [InlineData("message begun")]
    [InlineData("written")]
    [InlineData("all handled")]
    [InlineData("message deleted")]
    [InlineData("deleted")]
    public void Process_ThatEndsAtAnyMoment_LosesNothingAndLeavesNothing(string moment)
    {
        Broadcast(7);
        string list = Directory.GetFiles(Shared, "*.recipients").Single();
        string message = Directory.GetFiles(Shared, "*.message").Single();
        switch (moment)
        {
            case "list begun":
                File.Move(list, $"{list}.1.new");
                File.Delete(message);
                break;
            case "list written":
                File.Delete(message);
                break;
            case "message begun":
                File.Move(message, $"{message}.1.new");
                break;
            case "all handled":
                File.AppendAllText(list, "-c1\n-c2\n-c10\n");
                break;
            case "message deleted":
                File.AppendAllText(list, "-c1\n-c2\n");
                File.Delete(message);
                break;
            case "deleted":
                File.Delete(message);
                File.Delete(list);
                break;
        }

        Restart();

        foreach (string party in Parties)
        {
            WaitingOf(party).Should().Equal(moment == "written" ? [7] : []);
        }

        Directory.GetFiles(Shared).Should().HaveCount(moment == "written" ? 2 : 0);
    }

    /// <summary>The name of one party begins the name of another, so half a line could speak for the wrong one.</summary>
    [Fact]
    public void Line_ThatIsTorn_SpeaksForNobody()
    {
        Broadcast(7);
        File.AppendAllText(Directory.GetFiles(Shared, "*.recipients").Single(), "-c1");

        Restart();
        WaitingOf("c1").Should().Equal(7);
        HandleNext("c2");

        Restart();
        WaitingOf("c1").Should().Equal(7);
        WaitingOf("c2").Should().BeEmpty();
        WaitingOf("c10").Should().Equal(7);
    }

    /// <summary>What is left of a message that is over may be deleted late, and must not take the next one with it.</summary>
    [Fact]
    public void Number_OfWhatIsLeftOfAMessage_IsNotGivenAgain()
    {
        File.WriteAllText(Path.Combine(Shared, "000000000000000041.recipients"), "+c1\n");

        Restart();

        _broadcasts.NextNumber().Should().Be(42);
    }

    [Fact]
    public void Full_Mailbox_DropsItsShareOfABroadcast()
    {
        Broadcast(7);
        HandleNext("c2");
        HandleNext("c10");

        int dropped = 0;
        for (byte number = 0; number < MostMessages; number++)
        {
            _mailboxes["c1"].Put([number], count => dropped += count);
        }

        dropped.Should().Be(1);
        Directory.GetFiles(Shared).Should().BeEmpty();
    }

    [Fact]
    public void Recipient_ThatIsNoParty_KeepsNothing()
    {
        Broadcast(7);
        HandleNext("c1");
        HandleNext("c2");

        Restart("c1", "c2");

        Directory.GetFiles(Shared).Should().BeEmpty();
    }

    [Fact]
    public void Write_ThatFails_IsInNoMailbox()
    {
        string away = $"{Shared}-away";
        Directory.Move(Shared, away);
        FluentActions.Invoking(() => Broadcast(7)).Should().Throw<IOException>();
        Directory.Move(away, Shared);

        Parties.Should().OnlyContain(party => _mailboxes[party].Count == 0);
        Directory.GetFiles(Shared).Should().BeEmpty();
    }

    /// <summary>Memory that can be read a number of times.</summary>
    private sealed class EndingMemory(int reads) : MemoryManager<byte>
    {
        private readonly byte[] _bytes = [7];
        private int _left = reads;

        public ReadOnlyMemory<byte> Bytes => CreateMemory(_bytes.Length);

        public override Span<byte> GetSpan() => _left-- > 0 ? _bytes : throw new ObjectDisposedException(nameof(EndingMemory));

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            // There is nothing to release.
        }
    }

    private void Broadcast(byte content)
    {
        Broadcast broadcast = _broadcasts.Write(Parties, new OutgoingMessage(recipient: null, MessageKind.Conclusion, new byte[] { content }));
        foreach (string party in Parties)
        {
            _mailboxes[party].Put(broadcast);
        }
    }

    private void HandleNext(string party) => _mailboxes[party].Remove(Next(party, after: null)!.Name).Should().BeTrue();

    private List<byte> WaitingOf(string party)
    {
        var found = new List<byte>();
        for (WaitingMessage? message = Next(party, after: null); message is not null; message = Next(party, message.Name))
        {
            found.Add(File.ReadAllBytes(_mailboxes[party].PathOf(message)!).Single());
        }

        return found;
    }

    private WaitingMessage? Next(string party, MessageName? after)
        => _mailboxes[party].WaitAfterAsync(after, TimeSpan.Zero, TimeProvider.System, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>Begins another process, which finds what the one before left on the disk.</summary>
    private void Restart(params string[] parties)
    {
        _folder.Dispose();
        _folder = PartyFolder.Open(_root);
        _broadcasts = Broadcasts.Open(_folder);
        OpenMailboxes(parties);
    }

    private void OpenMailboxes(params string[] parties)
    {
        _mailboxes = (parties.Length == 0 ? Parties : parties).ToDictionary(party => party, party => Mailbox.Open(_folder, _broadcasts, party, MostMessages, 1000));
        _broadcasts.KeepOnly(_mailboxes.ContainsKey);
    }
}
