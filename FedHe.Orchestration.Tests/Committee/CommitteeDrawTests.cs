using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>Clients draw a committee that none of them can choose.</summary>
public sealed class CommitteeDrawTests : IDisposable
{
    private static readonly Guid DrawId = new("0f8fad5b-d9cb-469f-a165-70867728950e");
    private readonly ClientIdentity[] _identities = [.. Enumerable.Range(1, 9).Select(number => ClientIdentity.Create(new ClientId($"c{number}")))];
    private readonly ClientRoster _roster;
    private readonly DrawTicket[] _tickets;
    private readonly ReadOnlyMemory<byte>[] _commitments;

    public CommitteeDrawTests()
    {
        _roster = ClientRoster.Of(_identities);
        _tickets = [.. _identities.Select(identity => new DrawTicket(DrawId, _roster, identity))];
        _commitments = [.. _tickets.Select(ticket => ticket.Commitment)];
    }

    public void Dispose()
    {
        Array.ForEach(_tickets, ticket => ticket.Dispose());
        Array.ForEach(_identities, identity => identity.Dispose());
    }

    [Fact]
    public void Draw_ReadInAnyOrder_IsTheSame()
    {
        ReadOnlyMemory<byte>[] reveals = RevealAll();

        CommitteeDraw draw = CommitteeDraw.Read(DrawId, _roster, _commitments, reveals);
        CommitteeDraw other = CommitteeDraw.Read(DrawId, _roster, _commitments.Reverse(), reveals.Reverse());

        draw.Order.Should().Equal(other.Order).And.BeEquivalentTo(_roster.Clients);
        draw.Drew(new CommitteeTerms(draw.Take(7))).Should().BeTrue();
        draw.Drew(new CommitteeTerms([.. draw.Take(6), draw.Order[8]])).Should().BeFalse();
    }

    [Fact]
    public void Order_OfManyDraws_PutsEveryClientEverywhere()
    {
        // 100 draws of 9 clients: each is first 11 times on average, and 31 or more times with a probability below 10^-6.
        var first = new Dictionary<ClientId, int>();
        for (int i = 0; i < 100; i++)
        {
            var draw = Guid.NewGuid();
            DrawTicket[] tickets = [.. _identities.Select(identity => new DrawTicket(draw, _roster, identity))];
            ReadOnlyMemory<byte>[] commitments = [.. tickets.Select(ticket => ticket.Commitment)];
            CommitteeDraw order = CommitteeDraw.Read(draw, _roster, commitments, tickets.Select(ticket => ticket.Reveal(commitments)));
            first[order.Order[0]] = first.GetValueOrDefault(order.Order[0]) + 1;
            Array.ForEach(tickets, ticket => ticket.Dispose());
        }

        first.Values.Should().OnlyContain(count => count <= 30);
    }

    [Fact]
    public void Value_BeforeAllHaveCommitted_IsNotShown()
    {
        // Guard: a client that shows its value earlier lets the last one choose its own value, and so the members.
        Refuse(() => _tickets[0].Reveal(_commitments[..8]));
        Refuse(() => _tickets[0].Reveal([.. _commitments[..8], _commitments[0]]));
        Refuse(() => _tickets[0].Reveal([.. _commitments, _commitments[0]]));
        using var stranger = ClientIdentity.Create(new ClientId("stranger"));
        using var ofStranger = new DrawTicket(DrawId, ClientRoster.Of([.. _identities, stranger]), stranger);
        Refuse(() => _tickets[0].Reveal([.. _commitments[..8], ofStranger.Commitment]));
    }

    [Fact]
    public void Value_ForAnotherSetOfCommitments_IsNotShownAgain()
    {
        // Guard: a relay that shows two sets of commitments could wait for the values in one of them.
        _tickets[0].Reveal(_commitments);
        using var second = new DrawTicket(DrawId, _roster, _identities[8]);

        Refuse(() => _tickets[0].Reveal([.. _commitments[..8], second.Commitment]));
        _tickets[0].Reveal(_commitments.Reverse()).Length.Should().BePositive("the same set may be answered again");
    }

    [Fact]
    public void Ticket_WhoseOwnCommitmentWasReplaced_ShowsNothing()
    {
        using var second = new DrawTicket(DrawId, _roster, _identities[0]);

        Refuse(() => _tickets[0].Reveal([second.Commitment, .. _commitments[1..]]));
    }

    [Fact]
    public void Draw_WithAnythingMissingForeignOrChanged_IsRefused()
    {
        ReadOnlyMemory<byte>[] reveals = RevealAll();
        using var second = new DrawTicket(DrawId, _roster, _identities[8]);
        ReadOnlyMemory<byte>[] otherCommitments = [.. _commitments[..8], second.Commitment];

        Refuse(() => CommitteeDraw.Read(DrawId, _roster, _commitments, reveals[..8]));
        Refuse(() => CommitteeDraw.Read(DrawId, _roster, _commitments, [.. reveals, reveals[0]]));
        Refuse(() => CommitteeDraw.Read(Guid.NewGuid(), _roster, _commitments, reveals));
        Refuse(() => CommitteeDraw.Read(DrawId, _roster, otherCommitments, [.. reveals[..8], second.Reveal(otherCommitments)]));
        Refuse(() => CommitteeDraw.Read(DrawId, _roster, _commitments, [.. reveals[..8], second.Reveal(otherCommitments)]));
        for (int bit = 0; bit < 8 * reveals[3].Length; bit++)
        {
            byte[] changed = reveals[3].ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Refuse(() => CommitteeDraw.Read(DrawId, _roster, _commitments, [.. reveals[..3], changed, .. reveals[4..]]));
        }
    }

    [Fact]
    public void Ticket_OfAClientThatTheRosterLacks_IsNotMade()
    {
        using var stranger = ClientIdentity.Create(new ClientId("stranger"));
        using var namesake = ClientIdentity.Create(new ClientId("c1"));

        ((Func<DrawTicket>)(() => new DrawTicket(DrawId, _roster, stranger))).Should().Throw<ArgumentException>();
        ((Func<DrawTicket>)(() => new DrawTicket(DrawId, _roster, namesake))).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Ticket_SavedAndLoaded_ShowsItsValueForTheSameCommitmentsOnly()
    {
        using var protector = new FastProtector();
        using DrawTicket fresh = Reload(_tickets[0], protector);
        fresh.Commitment.ToArray().Should().Equal(_tickets[0].Commitment.ToArray());
        fresh.DrawId.Should().Be(DrawId);
        using var second = new DrawTicket(DrawId, _roster, _identities[8]);
        fresh.Reveal(_commitments);

        // Guard: a client that is restarted between two sets of commitments must not show its value for both.
        using DrawTicket shown = Reload(fresh, protector);
        Refuse(() => shown.Reveal([.. _commitments[..8], second.Commitment]));
        CommitteeDraw.Read(DrawId, _roster, _commitments, [shown.Reveal(_commitments), .. RevealAll()[1..]]).Order.Should().HaveCount(9);
    }

    [Fact]
    public void Ticket_Saved_HasTheFieldsOfTheDocument()
    {
        const int Header = 48;
        using var protector = new FastProtector();
        var bytes = new ArrayBufferWriter<byte>();
        _tickets[0].Save(bytes, protector);
        byte[] saved = bytes.WrittenSpan.ToArray();
        byte[] clear = [.. DrawId.ToByteArray(bigEndian: true), .. new byte[32], .. _commitments[0].Span];

        saved[4].Should().Be(69);
        saved[8..40].Should().OnlyContain(one => one == 0, "no parameters belong to it");
        saved[Header].Should().Be(8);
        BitConverter.ToInt32(saved, Header + 1).Should().Be(clear.Length);
        saved[(Header + 5)..(Header + 5 + clear.Length)].Should().Equal(clear);
    }

    [Fact]
    public void Ticket_SavedBytesThatAreChangedOrAnothers_AreRefused()
    {
        using var protector = new FastProtector();
        using var other = new FastProtector();
        var bytes = new ArrayBufferWriter<byte>();
        _tickets[0].Save(bytes, protector);
        byte[] saved = bytes.WrittenSpan.ToArray();

        Refuse(() => DrawTicket.Load(saved, protector, _roster, _identities[1]));
        Refuse(() => DrawTicket.Load(saved, other, _roster, _identities[0]));
        Refuse(() => DrawTicket.Load(saved, protector, ClientRoster.Of(_identities[1..]), _identities[0]));
        for (int i = 0; i < saved.Length; i++)
        {
            byte[] changed = [.. saved];
            changed[i] ^= 1;
            Refuse(() => DrawTicket.Load(changed, protector, _roster, _identities[0]));
            Refuse(() => DrawTicket.Load(saved.AsSpan(0, i), protector, _roster, _identities[0]));
        }
    }

    [Fact]
    public void Sender_OfCommitmentsAndReveals_IsFoundAndOfNothingElse()
    {
        CommitteeDraw.TryReadSender(DrawId, _roster, _commitments[3].Span, out ClientId committed, out bool isReveal).Should().BeTrue();
        (committed, isReveal).Should().Be((_identities[3].Client, false));
        byte[] reveal = _tickets[4].Reveal(_commitments).ToArray();
        CommitteeDraw.TryReadSender(DrawId, _roster, reveal, out ClientId shown, out isReveal).Should().BeTrue();
        (shown, isReveal).Should().Be((_identities[4].Client, true));
        CommitteeDraw.TryReadSender(Guid.NewGuid(), _roster, reveal, out _, out _).Should().BeFalse();
        CommitteeDraw.TryReadSender(DrawId, ClientRoster.Of(_identities[..4]), reveal, out _, out _).Should().BeFalse();
        for (int i = 0; i < reveal.Length; i++)
        {
            CommitteeDraw.TryReadSender(DrawId, _roster, reveal.AsSpan(0, i), out _, out _).Should().BeFalse();
            byte[] changed = [.. reveal];
            changed[i] ^= 1;
            CommitteeDraw.TryReadSender(DrawId, _roster, changed, out _, out _).Should().BeFalse();
        }
    }

    private DrawTicket Reload(DrawTicket ticket, FastProtector protector)
    {
        var bytes = new ArrayBufferWriter<byte>();
        ticket.Save(bytes, protector);
        return DrawTicket.Load(bytes.WrittenSpan, protector, _roster, _identities[0]);
    }

    private ReadOnlyMemory<byte>[] RevealAll() => [.. _tickets.Select(ticket => ticket.Reveal(_commitments))];

    private static void Refuse(Action action) => action.Should().Throw<HeFormatException>();
}
