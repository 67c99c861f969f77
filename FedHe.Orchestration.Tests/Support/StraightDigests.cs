using System.Security.Cryptography;
using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>Digests as docs/wire-format.md describes them, byte for byte and one piece after the other.</summary>
internal static class StraightDigests
{
    private const long Piece = 4096;

    /// <summary>The digest of a range of a message.</summary>
    public static Digest OfRange(ReadOnlySpan<byte> message, long start, long length)
    {
        var bytes = new List<byte>([.. "FedHe range v1\0"u8, .. BitConverter.GetBytes(start), .. BitConverter.GetBytes(length)]);
        for (long at = start; at < start + length;)
        {
            long end = Math.Min(start + length, (at / Piece * Piece) + Piece);
            bytes.AddRange(SHA256.HashData((byte[])[.. "FedHe piece v1\0"u8, .. message[(int)at..(int)end]]));
            at = end;
        }

        return new Digest(SHA256.HashData(bytes.ToArray()));
    }
}
