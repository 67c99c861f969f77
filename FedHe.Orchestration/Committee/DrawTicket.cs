using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Protection;

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
    private const string What = "draw ticket";

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

    private DrawTicket(Guid drawId, ClientRoster roster, ClientIdentity identity, ReadOnlySpan<byte> value, Digest? revealedFor, ReadOnlyMemory<byte> commitment)
    {
        (_drawId, _roster, _identity, _revealedFor, Commitment) = (drawId, roster, identity, revealedFor, commitment);
        value.CopyTo(_value);
    }

    /// <summary>The identifier of the draw.</summary>
    public Guid DrawId => _drawId;

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
        return Reveal(DrawFormat.ReadCommitments(_drawId, _roster, commitments));
    }

    /// <summary>Shows the value for commitments whose signatures were verified.</summary>
    internal ReadOnlyMemory<byte> Reveal(SortedDictionary<ClientId, Digest> all)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Digest set = DrawFormat.DigestOf(_drawId, all);
        if (all[_identity.Client] != DrawFormat.CommitmentTo(_drawId, _identity.Client, _value) || (_revealedFor is Digest before && before != set))
        {
            throw new HeFormatException(FormatError.Inconsistent, DrawFormat.What);
        }

        _revealedFor = set;
        return DrawFormat.WriteReveal(_drawId, _identity, set, _value);
    }

    /// <summary>
    /// Saves the ticket under a protector, for a client whose program ends before the draw does: before the commitment leaves, and again
    /// before the value does.
    /// </summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="protector">Encrypts the value; a password, or the host's own key store.</param>
    /// <exception cref="ObjectDisposedException">The ticket was disposed.</exception>
    public void Save(IBufferWriter<byte> destination, ISecretProtector protector)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var clear = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(clear);
        writer.WriteGuid(_drawId);
        writer.WriteDigest(_revealedFor ?? Digest.None);
        writer.WriteBytes(Commitment.Span);
        SealedObject.Write(SealedKind.DrawTicket, Digest.None, clear.WrittenSpan, _value, protector, destination);
    }

    /// <summary>Loads a saved ticket, which shows its value for the commitments that it was shown for before, and for no others.</summary>
    /// <param name="source">The bytes of exactly one ticket.</param>
    /// <param name="protector">The protector that it was saved under.</param>
    /// <param name="roster">The clients that take part.</param>
    /// <param name="identity">The client; the caller disposes it.</param>
    /// <exception cref="HeFormatException">The bytes are no saved ticket of this client, or the protector does not open them.</exception>
    public static DrawTicket Load(ReadOnlySpan<byte> source, ISecretProtector protector, ClientRoster roster, ClientIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(roster);
        ArgumentNullException.ThrowIfNull(identity);
        using PinnedBufferWriter secret = SealedObject.Open(SealedKind.DrawTicket, Digest.None, source, protector, What, out byte[] clear);
        var reader = new WireReader(clear);
        Guid drawId = reader.ReadGuid();
        Digest revealedFor = reader.ReadDigest();
        byte[] commitment = reader.ReadBytes(reader.Remaining).ToArray();
        if (reader.Failed || drawId == Guid.Empty || secret.WrittenSpan.Length != DrawFormat.ValueSize)
        {
            throw new HeFormatException(FormatError.Inconsistent, What);
        }

        (ClientId client, Digest committed) = DrawFormat.ReadCommitment(drawId, roster, commitment);
        return client == identity.Client && committed == DrawFormat.CommitmentTo(drawId, client, secret.WrittenSpan)
            ? new DrawTicket(drawId, roster, identity, secret.WrittenSpan, revealedFor == Digest.None ? null : revealedFor, commitment)
            : throw new HeFormatException(FormatError.Inconsistent, What);
    }

    /// <summary>Zeroes the value.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        SecretMemory.Zero<byte>(_value);
    }
}
