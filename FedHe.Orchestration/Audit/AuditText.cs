using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Audit;

/// <summary>Audit text reads bytes from hexadecimal digits, and hashes what the server signs for an entry.</summary>
internal static class AuditText
{
    private static ReadOnlySpan<byte> Label => "FedHe audit entry v1\0"u8;

    public static bool TryReadHex(string text, int length, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = text.Length == 2 * length && text.All(char.IsAsciiHexDigitLower) ? Convert.FromHexString(text) : null;
        return bytes is not null;
    }

    /// <summary>Computes what the server signs for an entry: its label, the job, the number and the digest.</summary>
    public static void Hash(Digest job, long number, Digest digest, Span<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[Label.Length + Digest.SizeInBytes + sizeof(long) + Digest.SizeInBytes];
        Label.CopyTo(bytes);
        job.CopyTo(bytes[Label.Length..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[(Label.Length + Digest.SizeInBytes)..], number);
        digest.CopyTo(bytes[^Digest.SizeInBytes..]);
        SHA256.HashData(bytes, hash);
    }
}
