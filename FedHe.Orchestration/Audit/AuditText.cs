using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Audit;

/// <summary>Audit text reads bytes from hexadecimal digits, and hashes what the author signs for an entry.</summary>
internal static class AuditText
{
    private static ReadOnlySpan<byte> LabelOf(AuditAuthor author) => author switch
    {
        AuditAuthor.Server => "FedHe audit entry v1\0"u8,
        AuditAuthor.Authority => "FedHe authority audit entry v1\0"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(author)),
    };

    public static bool TryReadHex(string text, int length, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = text.Length == 2 * length && text.All(char.IsAsciiHexDigitLower) ? Convert.FromHexString(text) : null;
        return bytes is not null;
    }

    /// <summary>Computes what the author of a log signs for an entry: the author's label, the job, the number and the digest.</summary>
    public static void Hash(AuditAuthor author, Digest job, long number, Digest digest, Span<byte> hash)
    {
        ReadOnlySpan<byte> label = LabelOf(author);
        Span<byte> bytes = stackalloc byte[label.Length + Digest.SizeInBytes + sizeof(long) + Digest.SizeInBytes];
        label.CopyTo(bytes);
        job.CopyTo(bytes[label.Length..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[(label.Length + Digest.SizeInBytes)..], number);
        digest.CopyTo(bytes[^Digest.SizeInBytes..]);
        SHA256.HashData(bytes, hash);
    }
}
