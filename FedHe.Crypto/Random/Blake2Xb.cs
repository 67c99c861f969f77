namespace FedHe.Crypto.Random;

/// <summary>BLAKE2Xb is a keyed hash of any stated length, for public data only.</summary>
/// <remarks>Source: Aumasson, Neves, O'Hearn and Winnerlein, "BLAKE2X", 2016.</remarks>
internal static class Blake2Xb
{
    /// <summary>Fills the destination with the hash, which depends on the length of the destination.</summary>
    public static void Expand(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> destination)
    {
        Span<byte> root = stackalloc byte[Blake2b.MaxHashLength];
        Blake2b.Hash(Blake2bParameters.ExpansionRoot(key.Length, destination.Length), key, message, root);
        int expandedLength = destination.Length;
        for (int index = 0; !destination.IsEmpty; index++)
        {
            Span<byte> piece = destination[..Math.Min(Blake2b.MaxHashLength, destination.Length)];
            Blake2b.Hash(Blake2bParameters.ExpansionNode(piece.Length, index, expandedLength), key: [], root, piece);
            destination = destination[piece.Length..];
        }
    }
}
