using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Epochs;

/// <summary>
/// An epoch certificate begins an epoch: it has the authority's plan, and the signatures of enough members of the epoch before, for one
/// last sum. It is public and immutable. Members that signed answer for no later list of the epoch before, so no job has two certificates of
/// one number as long as the assumptions of its committees hold.
/// </summary>
/// <remarks>A client that joins needs the job, and the certificates in their order.</remarks>
/// <example>
/// <code>
/// foreach (ReadOnlyMemory&lt;byte&gt; certificate in server.Certificates)   // from anybody; they prove themselves
/// {
///     job = EpochCertificate.Read(job, certificate).Job;
/// }
/// </code>
/// </example>
public sealed class EpochCertificate
{
    private EpochCertificate(EpochPlan plan, EpochStatement statement, FederationJob before, ReadOnlyMemory<byte> bytes)
    {
        Plan = plan;
        Bytes = bytes;
        Job = before.In(
            new JobEpoch(plan.Number, statement.Digest, statement.FirstRound, statement.Base), plan.Roster, plan.Committee, plan.KeyId);
    }

    /// <summary>The plan of the epoch.</summary>
    public EpochPlan Plan { get; }

    /// <summary>The first round of the epoch.</summary>
    public int FirstRound => Job.Epoch.FirstRound;

    /// <summary>The job in the epoch: with its roster, its committee and the identity of its group key.</summary>
    public FederationJob Job { get; }

    /// <summary>The bytes of the certificate.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The largest number of bytes that a certificate can have.</summary>
    internal static int MaxBytes => EpochPlan.MaxBytes + 512 + (CommitteeTerms.MaxMembers * (ClientId.MaxLength + sizeof(ushort) + MessageSignature.SizeInBytes));

    /// <summary>Reads a certificate of the epoch after the job's.</summary>
    /// <param name="job">The job in the epoch before.</param>
    /// <param name="bytes">The bytes; untrusted.</param>
    /// <exception cref="EpochRefusedException">The bytes are no certificate of the next epoch, for the reason that the exception names.</exception>
    public static EpochCertificate Read(FederationJob job, ReadOnlyMemory<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(job);
        return TryRead(job, bytes, out EpochError error) ?? throw new EpochRefusedException(error);
    }

    /// <summary>Reads a certificate of the epoch after the job's, or returns null.</summary>
    internal static EpochCertificate? TryRead(FederationJob job, ReadOnlyMemory<byte> bytes, out EpochError error)
    {
        var reader = new WireReader(bytes.Span);
        reader.ReadHeader(WireKind.EpochCertificate, job.Authority.ParametersId, MaxBytes);
        ReadOnlySpan<byte> planBytes = reader.ReadBytesWithLength();
        int firstRound = reader.ReadRound();
        Digest @base = reader.ReadDigest();
        var votes = ImmutableArray.CreateBuilder<RelayedVote>();
        for (int count = reader.ReadInt32(1, CommitteeTerms.MaxMembers); count > 0 && !reader.Failed; count--)
        {
            RelayedVote vote = RelayedVote.Read(ref reader);
            reader.Require(votes.Count == 0 || votes[^1].Member.CompareTo(vote.Member) < 0, FormatError.Inconsistent);
            votes.Add(vote);
        }

        reader.ExpectEnd();
        error = EpochError.Malformed;
        if (reader.Failed || !EpochPlan.TryRead(planBytes, job.Authority.ParametersId, out EpochPlan? plan, out _))
        {
            return null;
        }

        var statement = new EpochStatement(plan, firstRound, @base);
        if ((EpochRules.Check(plan, job) ?? statement.Check(job) ?? CheckVotes(votes.ToImmutable(), statement, job)) is EpochError refused)
        {
            error = refused;
            return null;
        }

        return new EpochCertificate(plan, statement, job, bytes.ToArray());
    }

    /// <summary>Makes the certificate of a statement that was checked, with votes that were verified.</summary>
    internal static EpochCertificate Create(EpochStatement statement, FederationJob job, IEnumerable<RelayedVote> votes)
    {
        RelayedVote[] sorted = [.. votes.OrderBy(vote => vote.Member)];
        var payload = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(payload);
        writer.WriteBytesWithLength(statement.Plan.Bytes.Span);
        writer.WriteInt32(statement.FirstRound);
        writer.WriteDigest(statement.Base);
        writer.WriteInt32(sorted.Length);
        foreach (RelayedVote vote in sorted)
        {
            vote.Write(writer);
        }

        var bytes = new ArrayBufferWriter<byte>();
        writer = new WireWriter(bytes);
        writer.WriteHeader(WireKind.EpochCertificate, job.Authority.ParametersId, payload.WrittenCount);
        writer.WriteBytes(payload.WrittenSpan);
        return new EpochCertificate(statement.Plan, statement, job, bytes.WrittenMemory);
    }

    /// <summary>One wrong signature makes the certificate void, because the server has checked each of them too.</summary>
    private static EpochError? CheckVotes(ImmutableArray<RelayedVote> votes, EpochStatement statement, FederationJob job)
        => votes.Length >= job.Committee!.Threshold && votes.All(vote => vote.IsFor(statement, job)) ? null : EpochError.TooFewVotes;
}
