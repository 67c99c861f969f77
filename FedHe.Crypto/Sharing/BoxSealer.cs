using System.Diagnostics;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Sharing;

/// <summary>A box sealer seals the boxes of one message, such as a share for each member of a committee, under one ephemeral key on P-256.</summary>
/// <remarks>
/// <para>
/// Making the ephemeral key is a third of the work of a box. Recipients learn no more of one another's boxes than with a key for each: a recipient could make
/// boxes of the same ephemeral key for itself, and the key of every box depends on its recipient and on its own salt. Source: Bellare, Boldyreva
/// and Staddon, "Randomness re-use in multi-recipient encryption schemeas", PKC 2003, which shows it for DHIES. ML-KEM encapsulates for every box anew.
/// </para>
/// <para>
/// The ephemeral key comes from the platform's randomness, which repeats itself where a machine is resumed twice from one snapshot. The
/// salt is hedged: it also depends on the secret, the recipient and the associated data, and key and nonce of the cipher depend on it. So two
/// different boxes never have a key and a nonce in common, also where everything repeats itself. The private number of the ephemeral key opens all
/// boxes of the sealer, so a sealer serves one message, and is disposed. It is not thread-safe.
/// </para>
/// </remarks>
[DebuggerDisplay("Box sealer")]
public sealed class BoxSealer : IDisposable
{
    private readonly ECDiffieHellman _ephemeral;
    private readonly EncryptionRandomSource _random;
    private readonly byte[] _point = new byte[EllipticPoint.SizeInBytes];

    /// <summary>Creates a sealer with an ephemeral key that serves no other one.</summary>
    public BoxSealer()
        : this(EllipticPoint.Generate(), RandomSource.System)
    {
    }

    /// <summary>Creates a sealer with a given ephemeral key, which the sealer owns.</summary>
    internal BoxSealer(ECDiffieHellman ephemeral, EncryptionRandomSource random)
    {
        _ephemeral = ephemeral;
        _random = random;
        EllipticPoint.Write(ephemeral, _point);
    }

    /// <summary>Seals a secret in a box.</summary>
    /// <param name="recipient">The key that opens the box.</param>
    /// <param name="secret">The secret.</param>
    /// <param name="associatedData">Bytes that the box is bound to and does not contain. The recipient opens the box with the same bytes.</param>
    /// <param name="box">Receives the box, of <see cref="BoxPublicKey.BoxLength"/> bytes; disjoint from the other memory.</param>
    /// <exception cref="ArgumentException"><paramref name="box"/> has another length.</exception>
    /// <exception cref="HePlatformException">This machine lacks the key exchange.</exception>
    /// <exception cref="HeRandomnessException">The operating system gives no random bytes.</exception>
    /// <exception cref="ObjectDisposedException">The sealer was disposed.</exception>
    public void Seal(BoxPublicKey recipient, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> associatedData, Span<byte> box)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        KeyExchanges.Demand(recipient.Exchange);
        recipient.Seal(secret, associatedData, box, _ephemeral, _point, _random);
    }

    /// <summary>Releases the ephemeral key.</summary>
    public void Dispose() => _ephemeral.Dispose();

    /// <summary>Returns a fixed text, because a key never shows its content.</summary>
    public override string ToString() => "Box sealer";
}
