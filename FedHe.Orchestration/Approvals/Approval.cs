using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Approvals;

/// <summary>
/// An approval is the signed statement of one administrator that a key authority may do one thing, up to a time. It is public, and fits no other job,
/// client, plan or epoch. docs/wire-format.md describes it as kind 78.
/// </summary>
public sealed class Approval
{
    /// <summary>The length of the longest approval, in bytes: 512.</summary>
    public const int MaxLength = 512;

    private static readonly long LatestSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private readonly byte[] _bytes;

    private Approval(ApprovalSubject subject, string administrator, DateTimeOffset until, byte[] bytes)
        => (Subject, Administrator, Until, _bytes) = (subject, administrator, until, bytes);

    /// <summary>What is approved.</summary>
    public ApprovalSubject Subject { get; }

    /// <summary>The name of the administrator.</summary>
    public string Administrator { get; }

    /// <summary>The time of day from which on the approval counts no more, in seconds.</summary>
    public DateTimeOffset Until { get; }

    /// <summary>Signs an approval.</summary>
    /// <param name="subject">What is approved.</param>
    /// <param name="until">The time of day from which on the approval counts no more.</param>
    /// <param name="identity">The administrator.</param>
    public static Approval Sign(ApprovalSubject subject, DateTimeOffset until, AdministratorIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(identity);
        var fields = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(fields);
        subject.Write(writer);
        writer.WriteString(identity.Name);
        writer.WriteInt64(until.ToUnixTimeSeconds());
        var bytes = new ArrayBufferWriter<byte>();
        writer = new WireWriter(bytes);
        writer.WriteHeader(WireKind.Approval, Digest.None, fields.WrittenCount + MessageSignature.SizeInBytes);
        writer.WriteBytes(fields.WrittenSpan);
        byte[] signed = [.. bytes.WrittenSpan, .. new byte[MessageSignature.SizeInBytes]];
        MessageSignature.Write(signed, MessageSigner.Administrator, contentLength: 0, identity.Key);
        return new Approval(subject, identity.Name, DateTimeOffset.FromUnixTimeSeconds(until.ToUnixTimeSeconds()), signed);
    }

    /// <summary>Tries to parse exactly one approval from untrusted bytes. Who signed it is checked by <see cref="IsSignedBy"/>.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="approval">The approval.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, [NotNullWhen(true)] out Approval? approval, out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.Approval, Digest.None, MaxLength);
        ApprovalSubject? subject = ApprovalSubject.Read(ref reader);
        string administrator = reader.ReadString(AdministratorIdentity.MaxNameLength);
        reader.Require(reader.Failed || AdministratorIdentity.IsName(administrator), FormatError.Inconsistent);
        long until = reader.ReadInt64(0, LatestSecond);
        reader.ReadBytes(MessageSignature.SizeInBytes);
        reader.ExpectEnd();
        reason = reader.Error;
        approval = reader.Failed || subject is null ? null : new Approval(subject, administrator, DateTimeOffset.FromUnixTimeSeconds(until), source.ToArray());
        return approval is not null;
    }

    /// <summary>Tells whether the approval has the signature of an administrator.</summary>
    /// <param name="key">The key of the administrator, from a source that is trusted.</param>
    public bool IsSignedBy(VerificationKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return MessageSignature.Verifies(_bytes, MessageSigner.Administrator, contentLength: 0, key);
    }

    /// <summary>Writes the signed approval.</summary>
    /// <param name="destination">Receives the bytes.</param>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        destination.Write(_bytes);
    }
}
