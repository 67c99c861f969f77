using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Random;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Committee;

/// <summary>
/// A draw ticket is one client's part in the drawing of a committee: a random value that the client commits to, and shows only when every
/// client of the roster has committed to its own.
/// </summary>
/// <remarks>
/// Nobody who commits before it knows the others' values can choose the members, as long as one client's value is random. A client that
/// does not show its value ends the draw; begin another one without it. Source: Blum, "Coin flipping by telephone", 1981.
/// </remarks>
/// <example>
/// <code>
/// using var ticket = new DrawTicket(drawId, roster, identity);    // at every client
/// ReadOnlyMemory&lt;byte&gt;[] commitments = Exchange(ticket.Commitment);   // from every client, before anybody reveals
/// ReadOnlyMemory&lt;byte&gt;[] reveals = Exchange(ticket.Reveal(commitments));
/// CommitteeDraw draw = CommitteeDraw.Read(drawId, roster, commitments, reveals);
/// var committee = new CommitteeTerms(draw.Take(7));               // the same at every client
/// </code>
/// </example>
public sealed class DrawTicket : IDisposable
{
    private readonly Guid _drawId;
    private readonly ClientRoster _roster;
    private readonly ClientIdentity _identity;
    private readonly byte[] _value = SecretMemory.Allocate<byte>(DrawFormat.ValueSize);
    private Digest? _revealedFor;
    private bool _isDisposed;

    /// <summary>Draws a value, and commits to it.</summary>
    /// <param name="drawId">The identifier of the draw, never used before.</param>
    /// <param name="roster">The clients that take part, the ticket's client among them.</param>
    /// <param name="identity">The client; the caller disposes it.</param>
    /// <exception cref="ArgumentException">The roster lacks the client, or has another key of it; or the identifier is empty.</exception>
    public DrawTicket(Guid drawId, ClientRoster roster, ClientIdentity identity)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(drawId, Guid.Empty);
        ArgumentNullException.ThrowIfNull(roster);
        ArgumentNullException.ThrowIfNull(identity);
        if (!roster.TryGetKey(identity.Client, out VerificationKey? key) || !key.Equals(identity.VerificationKey))
        {
            throw Throw.NotOnTheRoster(nameof(identity));
        }

        (_drawId, _roster, _identity) = (drawId, roster, identity);
        HedgedRandom.Fill(_value);
        Commitment = DrawFormat.WriteCommitment(drawId, identity, DrawFormat.CommitmentTo(drawId, identity.Client, _value));
    }

    /// <summary>The signed commitment, for every client of the roster.</summary>
    public ReadOnlyMemory<byte> Commitment { get; }

    /// <summary>Shows the value, signed together with all commitments. Only one set of commitments is ever answered.</summary>
    /// <param name="commitments">The commitments of all clients of the roster, in any order; untrusted.</param>
    /// <exception cref="HeFormatException">
    /// The bytes are not exactly one commitment of every client, with this ticket's own among them, or another set was answered before.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The ticket was disposed.</exception>
    public ReadOnlyMemory<byte> Reveal(IEnumerable<ReadOnlyMemory<byte>> commitments)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        SortedDictionary<ClientId, Digest> all = DrawFormat.ReadCommitments(_drawId, _roster, commitments);
        Digest set = DrawFormat.DigestOf(_drawId, all);
        if (all[_identity.Client] != DrawFormat.CommitmentTo(_drawId, _identity.Client, _value) || (_revealedFor is Digest before && before != set))
        {
            throw new HeFormatException(FormatError.Inconsistent, DrawFormat.What);
        }

        _revealedFor = set;
        return DrawFormat.WriteReveal(_drawId, _identity, set, _value);
    }

    /// <summary>Zeroes the value.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        SecretMemory.Zero<byte>(_value);
    }
}
