namespace FedHe.Crypto.Sharing;

/// <summary>
/// A box layout says where the parts of a box lie: a header of the ephemeral point and the KEM ciphertext if there is one, the salt, the
/// tag, and the ciphertext, which is as long as the secret.
/// </summary>
/// <param name="kemSize">The number of bytes of the KEM ciphertext, or 0.</param>
internal readonly struct BoxLayout(int kemSize)
{
    public const int SaltSize = 32;
    public const int TagSize = 16;

    public static Range Ephemeral => ..EllipticPoint.SizeInBytes;

    /// <summary>The number of bytes before the ciphertext.</summary>
    public int Overhead => HeaderSize + SaltSize + TagSize;

    private int HeaderSize => EllipticPoint.SizeInBytes + kemSize;

    public static BoxLayout Of(KeyExchange exchange)
        => new(KeyExchanges.HasKem(exchange) ? KemKey.CiphertextSizeInBytes : 0);

    public Range Header => ..HeaderSize;

    public Range KemCiphertext => EllipticPoint.SizeInBytes..HeaderSize;

    public Range Salt => HeaderSize..(HeaderSize + SaltSize);

    public Range Tag => (HeaderSize + SaltSize)..Overhead;

    public Range Ciphertext => Overhead..;
}
