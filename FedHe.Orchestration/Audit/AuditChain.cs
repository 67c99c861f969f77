using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Audit;

/// <summary>
/// An audit chain makes the entries of an audit log one after another. It keeps no file: the host appends each entry and flushes it before the
/// acknowledgement whose evidence the entry is.
/// </summary>
public sealed class AuditChain
{
    private readonly FederationJob _job;
    private readonly AuditAuthor _author;
    private readonly SigningKey _key;

    /// <summary>Creates the chain of a server.</summary>
    /// <param name="job">The job.</param>
    /// <param name="identity">The identity of the job's server, which signs the entries.</param>
    /// <param name="head">The head of the log so far, or null for a log that begins.</param>
    /// <exception cref="HeMismatchException">The identity is not the one that the job names.</exception>
    public AuditChain(FederationJob job, ServerIdentity identity, AuditHead? head = null)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(identity);
        if (!identity.VerificationKey.Equals(job.ServerKey))
        {
            throw Throw.IdentityOfAnotherServer();
        }

        (_job, _author, _key, Head) = (job, AuditAuthor.Server, identity.Key, head);
    }

    /// <summary>Creates the chain of a key authority.</summary>
    internal AuditChain(FederationJob job, SigningKey authority, AuditHead? head)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (!authority.VerificationKey.Equals(job.Authority.VerificationKey))
        {
            throw Throw.AuthorityOfAnotherJob();
        }

        (_job, _author, _key, Head) = (job, AuditAuthor.Authority, authority, head);
    }

    /// <summary>The head of the log, or null before its first entry.</summary>
    public AuditHead? Head { get; private set; }

    /// <summary>Makes the next entry.</summary>
    /// <param name="time">The time of day.</param>
    /// <param name="kind">What the entry is about.</param>
    /// <param name="facts">What the entry states, each under a name of its own.</param>
    /// <returns>The line with its end.</returns>
    /// <exception cref="ArgumentException">The line would be longer than 1 MiB, or two facts have one name.</exception>
    public byte[] Append(DateTimeOffset time, AuditKind kind, params IReadOnlyList<AuditFact> facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        long number = (Head?.Number ?? 0) + 1;
        byte[] body = AuditEntry.WriteBody(number, time, kind, facts, Head?.Digest ?? _job.Digest);
        var digest = Digest.Compute(body);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> signature = stackalloc byte[VerificationKey.SignatureSizeInBytes];
        AuditText.Hash(_author, _job.Digest, number, digest, hash);
        _key.SignHash(hash, signature);
        byte[] line = AuditEntry.WriteLine(body, signature);
        if (AuditEntry.TryRead(line.AsMemory(0, line.Length - 1)) is null)
        {
            throw Throw.AuditEntryUnreadable(nameof(facts));
        }

        Head = new AuditHead(number, digest, signature);
        return line;
    }
}
