using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Committee;

/// <summary>
/// A committee draw is the order in which the clients of a roster become members of a committee, which all of them drew together and no
/// one chose. It is immutable, and the same at every client.
/// </summary>
/// <remarks>Where the members' job comes from somebody else, hold it against the draw with <see cref="Drew"/>.</remarks>
public sealed class CommitteeDraw
{
    private CommitteeDraw(Guid drawId, IReadOnlyList<ClientId> order) => (DrawId, Order) = (drawId, order);

    /// <summary>The identifier of the draw.</summary>
    public Guid DrawId { get; }

    /// <summary>All clients of the roster in the drawn order.</summary>
    public IReadOnlyList<ClientId> Order { get; }

    /// <summary>Reads the commitments and reveals of all clients, and computes the order.</summary>
    /// <param name="drawId">The identifier of the draw.</param>
    /// <param name="roster">The clients that take part.</param>
    /// <param name="commitments">The commitments of all clients, in any order; untrusted.</param>
    /// <param name="reveals">The reveals of all clients, in any order; untrusted.</param>
    /// <exception cref="HeFormatException">
    /// Something is missing, comes twice, is of another draw, was not signed by its client, or is not what its client committed to; or
    /// clients saw different commitments.
    /// </exception>
    public static CommitteeDraw Read(
        Guid drawId, ClientRoster roster, IEnumerable<ReadOnlyMemory<byte>> commitments, IEnumerable<ReadOnlyMemory<byte>> reveals)
    {
        ArgumentNullException.ThrowIfNull(roster);
        ArgumentNullException.ThrowIfNull(reveals);
        SortedDictionary<ClientId, Digest> committed = DrawFormat.ReadCommitments(drawId, roster, commitments);
        Digest set = DrawFormat.DigestOf(drawId, committed);
        var values = new SortedDictionary<ClientId, byte[]>();
        foreach (ReadOnlyMemory<byte> bytes in reveals)
        {
            (ClientId client, Digest seen, byte[] value) = DrawFormat.ReadReveal(drawId, roster, bytes.Span);
            if (seen != set || committed[client] != DrawFormat.CommitmentTo(drawId, client, value) || !values.TryAdd(client, value))
            {
                throw new HeFormatException(FormatError.Inconsistent, DrawFormat.What);
            }
        }

        return values.Count == committed.Count
            ? new CommitteeDraw(drawId, OrderOf(drawId, values))
            : throw new HeFormatException(FormatError.Truncated, DrawFormat.What);
    }

    /// <summary>
    /// Finds out which client made a commitment or a reveal of a draw, for a host that collects them. Whether a reveal is what its client
    /// committed to, <see cref="Read"/> checks.
    /// </summary>
    /// <param name="drawId">The identifier of the draw.</param>
    /// <param name="roster">The clients that take part.</param>
    /// <param name="message">The bytes; untrusted.</param>
    /// <param name="client">The client that signed the bytes.</param>
    /// <param name="isReveal">Whether the bytes are a reveal, and not a commitment.</param>
    public static bool TryReadSender(Guid drawId, ClientRoster roster, ReadOnlySpan<byte> message, out ClientId client, out bool isReveal)
    {
        ArgumentNullException.ThrowIfNull(roster);
        (client, isReveal) = (default, false);
        try
        {
            isReveal = DrawFormat.IsReveal(message);
            client = isReveal ? DrawFormat.ReadReveal(drawId, roster, message).Client : DrawFormat.ReadCommitment(drawId, roster, message).Client;
            return true;
        }
        catch (HeFormatException)
        {
            return false;
        }
    }

    /// <summary>Returns the first clients of the order, to become members.</summary>
    /// <param name="members">The number of members, 1 to the number of clients.</param>
    public IEnumerable<ClientId> Take(int members)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(members, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(members, Order.Count);
        return Order.Take(members);
    }

    /// <summary>
    /// Tells whether the members of a committee are the first clients of the order, and their successors, if it names any, the others in
    /// their order.
    /// </summary>
    /// <param name="committee">The terms of the committee.</param>
    public bool Drew(CommitteeTerms committee)
    {
        ArgumentNullException.ThrowIfNull(committee);
        int members = committee.Members.Length;
        return members <= Order.Count && Take(members).Order().SequenceEqual(committee.Members)
            && (committee.Successors.IsEmpty || committee.Successors.SequenceEqual(Order.Skip(members)));
    }

    /// <summary>Sorts clients by a hash of all values and the client.</summary>
    private static ClientId[] OrderOf(Guid drawId, SortedDictionary<ClientId, byte[]> values)
    {
        using var seed = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        seed.AppendData("FedHe committee draw v1"u8);
        seed.AppendData(drawId.ToByteArray(bigEndian: true));
        foreach (byte[] value in values.Values)
        {
            seed.AppendData(value);
        }

        byte[] key = seed.GetHashAndReset();
        return [.. values.Keys.OrderBy(client => Convert.ToHexString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(client.Value))), StringComparer.Ordinal)];
    }
}
