namespace FedHe.Crypto.Random;

/// <summary>
/// BLAKE2b parameters are the first 24 bytes of the parameter block, as words; salt and personalization are zero.
/// </summary>
/// <remarks>Source: RFC 7693, section 2.5; BLAKE2X, section 2.</remarks>
internal readonly record struct Blake2bParameters(ulong Word0, ulong Word1, ulong Word2)
{
    /// <summary>Creates the parameters of ordinary hashing.</summary>
    public static Blake2bParameters Sequential(int hashLength, int keyLength)
        => new(Root(hashLength, keyLength), 0, 0);

    /// <summary>Creates the parameters of the hash that BLAKE2X expands.</summary>
    public static Blake2bParameters ExpansionRoot(int keyLength, int expandedLength)
        => new(Root(Blake2b.MaxHashLength, keyLength), (ulong)(uint)expandedLength << 32, 0);

    /// <summary>Creates the parameters of one piece of the output of BLAKE2X.</summary>
    public static Blake2bParameters ExpansionNode(int hashLength, int index, int expandedLength)
        => new(
            (uint)hashLength | ((ulong)Blake2b.MaxHashLength << 32),
            (uint)index | ((ulong)(uint)expandedLength << 32),
            Blake2b.MaxHashLength << 8);

    // Fanout and depth are 1.
    private static ulong Root(int hashLength, int keyLength) => (uint)hashLength | ((uint)keyLength << 8) | 0x0101_0000;
}
