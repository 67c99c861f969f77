using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Job;

/// <summary>
/// Committee terms name the clients that open sums together, so that nobody holds a key: each client shares its round key among
/// the members, who add their shares. A set of <see cref="Threshold"/> members opens a sum, and fewer learn nothing.
/// </summary>
/// <remarks>
/// The threshold is so high that two lists of one round can never both be answered while at most <see cref="Corrupt"/> members
/// break the protocol: an answer is a vote. Source: Shamir, "How to share a secret", 1979; the paper, section 2.2 and appendix B.
/// </remarks>
public sealed record CommitteeTerms
{
    /// <summary>The smallest number of members: 4.</summary>
    public const int MinMembers = 4;

    /// <summary>The largest number of members: 16. Every set of answers may have to be tried before one opens a sum.</summary>
    public const int MaxMembers = 16;

    private readonly ImmutableArray<ClientId> _successors = [];

    /// <summary>Creates the terms of a committee.</summary>
    /// <param name="members">The members, 4 to 16 different clients.</param>
    /// <param name="corrupt">
    /// The largest number f of members that may break the protocol, from 1 to a third of the others: 3f &lt; members. 0 takes the
    /// largest.
    /// </param>
    /// <param name="keyExchange">
    /// The key exchange that seals shares for members, or null for the strongest one of this platform. A party whose platform lacks it
    /// is refused.
    /// </param>
    /// <param name="observer">
    /// The key of the only party beside the clients that may read the average of every round, or null where none may; see <see
    /// cref="Observer"/>. Where it is given and <paramref name="keyExchange"/> is not, the committee takes the key exchange of the key.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The members are too few, too many or not different, too many of them may be corrupt, or the observer's key is of another key exchange.
    /// </exception>
    public CommitteeTerms(
        IEnumerable<ClientId> members, int corrupt = 0, KeyExchange? keyExchange = null, BoxPublicKey? observer = null)
    {
        ArgumentNullException.ThrowIfNull(members);
        Members = [.. members.Order()];
        if (Members.Length is < MinMembers or > MaxMembers || Members.Distinct().Count() < Members.Length)
        {
            throw Throw.NotACommittee(nameof(members), MinMembers, MaxMembers);
        }

        int most = (Members.Length - 1) / 3;
        ArgumentOutOfRangeException.ThrowIfNegative(corrupt);
        Corrupt = corrupt == 0 ? most : corrupt;
        if (Corrupt > most)
        {
            throw Throw.TooManyCorruptMembers(nameof(corrupt), Members.Length, most);
        }

        KeyExchange = keyExchange ?? observer?.Exchange ?? KeyExchanges.Strongest;
        if (!Enum.IsDefined(KeyExchange))
        {
            throw new ArgumentOutOfRangeException(nameof(keyExchange));
        }

        Observer = observer;
        if (observer is not null && observer.Exchange != KeyExchange)
        {
            throw Throw.ObserverOfAnotherExchange(nameof(observer), KeyExchange);
        }
    }

    private CommitteeTerms(CommitteeTerms before, ImmutableArray<ClientId> order)
        : this(before)
    {
        Members = [.. order.Take(before.Members.Length).Order()];
        _successors = order[before.Members.Length..];
    }

    /// <summary>The members, sorted.</summary>
    public ImmutableArray<ClientId> Members { get; }

    /// <summary>
    /// The clients that take the places of members in later epochs, in this order; none by default. Clients that are not named follow in
    /// an order that none of them can choose. After a draw they are the rest of its order: <c>[.. draw.Order.Skip(members)]</c>.
    /// </summary>
    /// <exception cref="ArgumentException">A successor is a member, or is named twice.</exception>
    public ImmutableArray<ClientId> Successors
    {
        get => _successors;
        init => _successors = !value.IsDefault && value.Distinct().Count() == value.Length && !value.Any(Has)
            ? value
            : throw Throw.NotSuccessors(nameof(Successors));
    }

    /// <summary>The largest number f of members that may break the protocol in any way.</summary>
    public int Corrupt { get; }

    /// <summary>The number of answers that open a sum: floor((members + f) / 2) + 1.</summary>
    public int Threshold => ((Members.Length + Corrupt) / 2) + 1;

    /// <summary>The number of members that a round cannot do without: members - f, at least <see cref="Threshold"/>.</summary>
    public int Quorum => Members.Length - Corrupt;

    /// <summary>The key exchange that seals shares for members.</summary>
    public KeyExchange KeyExchange { get; }

    /// <summary>
    /// The key of the job's observer, or null where clients alone read averages. An observer, such as the server's operator, opens with a
    /// <c>ModelObserver</c> the sums that the committee opened, and never an upload.
    /// </summary>
    public BoxPublicKey? Observer { get; }

    /// <summary>Creates the terms of a committee of all clients of a roster, which has 4 to 16 of them.</summary>
    /// <param name="roster">The roster.</param>
    /// <exception cref="ArgumentException">The roster has too few or too many clients.</exception>
    public static CommitteeTerms OfAll(ClientRoster roster)
    {
        ArgumentNullException.ThrowIfNull(roster);
        return new CommitteeTerms(roster.Clients);
    }

    /// <summary>
    /// Computes the probability that a committee of this size, drawn at random from a roster, has more than <see cref="Corrupt"/>
    /// corrupt members.
    /// </summary>
    /// <param name="clients">The number of clients on the roster, at least the number of members.</param>
    /// <param name="corruptClients">The number of corrupt clients among them.</param>
    public double ChanceOfMoreCorrupt(int clients, int corruptClients)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clients, Members.Length);
        ArgumentOutOfRangeException.ThrowIfNegative(corruptClients);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(corruptClients, clients);
        double chance = 0;
        for (int corrupt = Corrupt + 1; corrupt <= Members.Length; corrupt++)
        {
            chance += Choose(corruptClients, corrupt) * Choose(clients - corruptClients, Members.Length - corrupt);
        }

        return Math.Min(1, chance / Choose(clients, Members.Length));
    }

    /// <inheritdoc/>
    public bool Equals(CommitteeTerms? other)
        => other is not null && Members.SequenceEqual(other.Members) && Successors.SequenceEqual(other.Successors)
            && (Corrupt, KeyExchange) == (other.Corrupt, other.KeyExchange)
            && Equals(Observer, other.Observer);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Members.Length, Members[0], Corrupt, KeyExchange, Observer);

    /// <summary>Returns the index of a member, or -1 for a client that is none.</summary>
    internal int IndexOf(ClientId client) => Members.BinarySearch(client);

    /// <summary>Returns the same terms with the first clients of an order as members, and the others as their successors.</summary>
    internal CommitteeTerms Succeeded(ImmutableArray<ClientId> order) => new(this, order);

    internal bool Has(ClientId client) => IndexOf(client) >= 0;

    /// <summary>Writes terms, or that there are none.</summary>
    internal static void Write(CommitteeTerms? terms, WireWriter writer)
    {
        writer.WriteInt32(terms?.Members.Length ?? 0);
        if (terms is not null)
        {
            foreach (ClientId member in terms.Members)
            {
                writer.WriteClientId(member);
            }

            writer.WriteInt32(terms.Successors.Length);
            foreach (ClientId successor in terms.Successors)
            {
                writer.WriteClientId(successor);
            }

            writer.WriteInt32(terms.Corrupt);
            writer.WriteByte((byte)terms.KeyExchange);
            writer.WriteBytesWithLength(terms.Observer is null ? default : terms.Observer.Bytes.Span);
        }
    }

    /// <summary>Reads terms, or returns null where there are none, or after a failure.</summary>
    internal static CommitteeTerms? Read(ref WireReader reader)
    {
        int count = reader.ReadInt32(0, MaxMembers);
        if (count == 0)
        {
            return null;
        }

        reader.Require(count >= MinMembers, FormatError.FieldOutOfRange);
        var members = new List<ClientId>();
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            ClientId member = reader.ReadClientId();
            reader.Require(i == 0 || members[^1].CompareTo(member) < 0, FormatError.Inconsistent);
            members.Add(member);
        }

        ImmutableArray<ClientId> successors = ReadSuccessors(ref reader, members);
        int corrupt = reader.ReadInt32(1, (count - 1) / 3);
        var exchange = (KeyExchange)reader.ReadByte();
        reader.Require(Enum.IsDefined(exchange), FormatError.FieldOutOfRange);
        BoxPublicKey? observer = ReadObserver(ref reader, exchange);
        return reader.Failed ? null : new CommitteeTerms(members, corrupt, exchange, observer) { Successors = successors };
    }

    private static BoxPublicKey? ReadObserver(ref WireReader reader, KeyExchange exchange)
    {
        ReadOnlySpan<byte> bytes = reader.ReadBytesWithLength();
        if (reader.Failed || bytes.IsEmpty)
        {
            return null;
        }

        reader.Require(BoxPublicKey.TryRead(exchange, bytes, out BoxPublicKey? observer), FormatError.FieldOutOfRange);
        return observer;
    }

    private static ImmutableArray<ClientId> ReadSuccessors(ref WireReader reader, List<ClientId> members)
    {
        var successors = ImmutableArray.CreateBuilder<ClientId>();
        HashSet<ClientId> known = [.. members];
        for (int count = reader.ReadInt32(0, int.MaxValue); count > 0 && !reader.Failed; count--)
        {
            ClientId successor = reader.ReadClientId();
            reader.Require(known.Add(successor), FormatError.Inconsistent);
            successors.Add(successor);
        }

        return successors.ToImmutable();
    }

    private static double Choose(int from, int count)
    {
        double ways = count > from ? 0 : 1;
        for (int i = 0; i < count && ways > 0; i++)
        {
            ways = ways * (from - i) / (i + 1);
        }

        return ways;
    }
}
