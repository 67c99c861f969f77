using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Approvals;

/// <summary>
/// An approval request is what a key authority asks its administrators to approve, with everything by which they understand it from the description of the
/// job alone: the certificates of the epochs so far, and a plan as it would be signed. It is public and proves nothing. docs/wire-format.md describes it as kind 77.
/// </summary>
public sealed class ApprovalRequest
{
    /// <summary>The length of the longest request, in bytes: 256 MiB.</summary>
    public const int MaxLength = 1 << 28;

    private const int LongestHead = 512;

    private readonly ImmutableArray<ReadOnlyMemory<byte>> _certificates;

    private ApprovalRequest(ApprovalSubject subject, ImmutableArray<ReadOnlyMemory<byte>> certificates, EpochDraft? draft, AuditHead? head)
        => (Subject, _certificates, Draft, AuditHead) = (subject, certificates, draft, head);

    /// <summary>What is asked.</summary>
    public ApprovalSubject Subject { get; }

    /// <summary>The plan that is to be signed; null for a grant.</summary>
    public EpochDraft? Draft { get; }

    /// <summary>The newest head of the authority's audit log, which an administrator keeps as evidence; or null.</summary>
    public AuditHead? AuditHead { get; }

    /// <summary>Asks for a grant.</summary>
    /// <param name="job">The job in the epoch whose key a client gets.</param>
    /// <param name="client">The client.</param>
    /// <param name="certificates">The certificates of all epochs after the first, up to that one.</param>
    /// <param name="head">The newest head of the authority's audit log, or null.</param>
    /// <exception cref="ArgumentException">The client is not on the roster of the epoch.</exception>
    public static ApprovalRequest OfGrant(FederationJob job, ClientId client, IEnumerable<EpochCertificate> certificates, AuditHead? head = null)
        => new(ApprovalSubject.OfGrant(job, client), BytesOf(certificates), draft: null, head);

    /// <summary>Asks for a plan.</summary>
    /// <param name="draft">The plan, which the authority has not signed.</param>
    /// <param name="certificates">The certificates of all epochs after the first, up to the one before the plan's.</param>
    /// <param name="head">The newest head of the authority's audit log, or null.</param>
    public static ApprovalRequest OfPlan(EpochDraft draft, IEnumerable<EpochCertificate> certificates, AuditHead? head = null)
        => new(ApprovalSubject.OfPlan(draft), BytesOf(certificates), draft, head);

    /// <summary>Tries to parse exactly one request from untrusted bytes. What it means for a job says <see cref="Check"/>.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="request">The request.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    public static bool TryRead(ReadOnlyMemory<byte> source, [NotNullWhen(true)] out ApprovalRequest? request, out FormatError reason)
    {
        request = null;
        var reader = new WireReader(source.Span);
        reader.ReadHeader(WireKind.ApprovalRequest, Digest.None, MaxLength);
        ApprovalSubject? subject = ApprovalSubject.Read(ref reader);
        var certificates = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        for (int count = reader.ReadInt32(0, int.MaxValue); count > 0 && !reader.Failed; count--)
        {
            certificates.Add(reader.ReadBytesWithLength(source).ToArray());
        }

        ReadOnlySpan<byte> draftBytes = reader.ReadBytesWithLength();
        string headText = reader.ReadString(LongestHead);
        reader.ExpectEnd();
        AuditHead? head = null;
        EpochDraft? draft = null;
        bool isPlan = subject?.Kind == ApprovalKind.EpochPlan;
        reader.Require(reader.Failed || headText.Length == 0 || AuditHead.TryParse(headText, out head), FormatError.Inconsistent);
        reader.Require(reader.Failed || (isPlan ? EpochDraft.TryRead(draftBytes, out draft) && ApprovalSubject.OfPlan(draft) == subject : draftBytes.IsEmpty), FormatError.Inconsistent);
        reason = reader.Error;
        if (reader.Failed || subject is null)
        {
            return false;
        }

        request = new ApprovalRequest(subject, certificates.ToImmutable(), draft, head);
        return true;
    }

    /// <summary>Verifies that the request is one of a job, by the certificates in it, and returns what it is about.</summary>
    /// <param name="job">The job as it was described, from a source that is trusted.</param>
    /// <returns>The job in the epoch whose key a client gets, or in the epoch before the plan's.</returns>
    /// <exception cref="EpochRefusedException">A certificate or the plan does not hold, or the request is of another job, epoch or client.</exception>
    public FederationJob Check(FederationJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (Subject.JobDigest != job.Digest)
        {
            throw new EpochRefusedException(EpochError.AnotherJob);
        }

        foreach (ReadOnlyMemory<byte> certificate in _certificates)
        {
            job = EpochCertificate.Read(job, certificate).Job;
        }

        if (Draft is not null)
        {
            Draft.Check(job);
            return job;
        }

        return Subject.Epoch != job.EpochNumber ? throw new EpochRefusedException(EpochError.WrongNumber)
            : job.Roster.TryGetKey(Subject.Client!.Value, out VerificationKey? _) && ApprovalSubject.OfGrant(job, Subject.Client.Value) == Subject ? job
            : throw new EpochRefusedException(EpochError.ChangedKey);
    }

    /// <summary>Writes the request.</summary>
    /// <param name="destination">Receives the bytes.</param>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var fields = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(fields);
        Subject.Write(writer);
        writer.WriteInt32(_certificates.Length);
        foreach (ReadOnlyMemory<byte> certificate in _certificates)
        {
            writer.WriteBytesWithLength(certificate.Span);
        }

        writer.WriteBytesWithLength(Draft is null ? [] : Draft.Bytes.Span);
        writer.WriteString(AuditHead?.ToString() ?? string.Empty);
        writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.ApprovalRequest, Digest.None, fields.WrittenCount);
        writer.WriteBytes(fields.WrittenSpan);
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> BytesOf(IEnumerable<EpochCertificate> certificates)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        return [.. certificates.Select(certificate => certificate.Bytes)];
    }
}
