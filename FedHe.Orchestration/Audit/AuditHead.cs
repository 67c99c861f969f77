using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Audit;

/// <summary>An audit head is the number and the digest of one entry of an audit log, signed by its author.</summary>
/// <remarks>
/// The digest covers all entries before it. Whoever keeps a head can show later that the author cut the log off before that entry, or wrote it anew.
/// </remarks>
public sealed class AuditHead : IEquatable<AuditHead>
{
    private readonly byte[] _signature;

    internal AuditHead(long number, Digest digest, ReadOnlySpan<byte> signature) => (Number, Digest, _signature) = (number, digest, signature.ToArray());

    /// <summary>The number of the entry, from 1.</summary>
    public long Number { get; }

    /// <summary>The digest of the entry, which covers the entries before it.</summary>
    public Digest Digest { get; }

    internal ReadOnlySpan<byte> Signature => _signature;

    /// <summary>Tries to parse a head from text, as <see cref="ToString"/> writes it. Whose it is says <see cref="IsOf(FederationJob, AuditAuthor)"/>.</summary>
    /// <param name="text">The text; untrusted.</param>
    /// <param name="head">The head.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out AuditHead? head)
    {
        string[] parts = text?.Split('.') ?? [];
        head = parts is [string number, string digest, string signature]
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long read) && read > 0
            && AuditText.TryReadHex(digest, Digest.SizeInBytes, out byte[]? digestBytes)
            && AuditText.TryReadHex(signature, VerificationKey.SignatureSizeInBytes, out byte[]? signatureBytes)
            ? new AuditHead(read, new Digest(digestBytes), signatureBytes)
            : null;
        return head is not null;
    }

    /// <summary>Tells whether the server of a job signed the head, for its own log.</summary>
    /// <param name="job">The job.</param>
    public bool IsOf(FederationJob job) => IsOf(job, AuditAuthor.Server);

    /// <summary>Tells whether a party of a job signed the head, for its own log.</summary>
    /// <param name="job">The job.</param>
    /// <param name="author">The party.</param>
    public bool IsOf(FederationJob job, AuditAuthor author)
    {
        ArgumentNullException.ThrowIfNull(job);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        AuditText.Hash(author, job.Digest, Number, Digest, hash);
        return (author == AuditAuthor.Server ? job.ServerKey : job.Authority.VerificationKey).VerifyHash(hash, _signature);
    }

    /// <inheritdoc/>
    public bool Equals(AuditHead? other) => other is not null && Number == other.Number && Digest == other.Digest;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AuditHead);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Number, Digest);

    /// <summary>Returns number, digest and signature as text, separated by dots.</summary>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{Number}.{Digest}.{Convert.ToHexStringLower(_signature)}");
}
