using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Epochs;

/// <summary>
/// An epoch draft is an <see cref="EpochPlan"/> that its authority has not signed: everything that administrators approve, and nothing that a server takes.
/// </summary>
/// <remarks><c>GroupKeyAuthority.DraftEpoch</c> makes a draft, and <c>SignEpoch</c> the plan, which has the same digest.</remarks>
public sealed class EpochDraft
{
    private const int ParametersIdOffset = 8;

    private readonly byte[] _bytes;

    private EpochDraft(EpochTerms terms, byte[] bytes) => (Terms, _bytes, Digest) = (terms, bytes, Digest.Compute(bytes));

    /// <summary>The number of the epoch, from 2.</summary>
    public int Number => Terms.Number;

    /// <summary>The clients of the epoch and their verification keys.</summary>
    public ClientRoster Roster => Terms.Roster;

    /// <summary>The clients on the roster that are to be members no more, sorted.</summary>
    public ImmutableArray<ClientId> Retired => Terms.Retired;

    /// <summary>The members of the committee of the epoch.</summary>
    public ImmutableArray<ClientId> Members => Terms.Committee.Members;

    /// <summary>The identity of the group key of the epoch.</summary>
    public KeyId KeyId => Terms.KeyId;

    /// <summary>The digest of the draft, which is the digest of the plan.</summary>
    public Digest Digest { get; }

    internal EpochTerms Terms { get; }

    internal ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Throws unless the draft is one of the next epoch of a job.</summary>
    /// <param name="job">The job in its current epoch.</param>
    /// <exception cref="EpochRefusedException">The draft does not hold, for the reason that the exception names.</exception>
    public void Check(FederationJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (Refusal(job) is EpochError error)
        {
            throw new EpochRefusedException(error);
        }
    }

    /// <summary>Tells whether the draft is one of the next epoch of a job, with a roster and with retired members.</summary>
    /// <param name="job">The job in its current epoch.</param>
    /// <param name="roster">The clients of the epoch.</param>
    /// <param name="retired">The clients on the roster that are to be members no more.</param>
    public bool IsFor(FederationJob job, ClientRoster roster, IEnumerable<ClientId> retired)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(roster);
        return Roster.IsSame(roster) && Retired.ToHashSet().SetEquals(retired) && Refusal(job) is null;
    }

    /// <summary>Makes the draft of the terms of an epoch.</summary>
    internal static EpochDraft Of(EpochTerms terms, Digest parametersId)
    {
        var payload = new ArrayBufferWriter<byte>();
        terms.Write(new WireWriter(payload));
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        writer.WriteHeader(WireKind.EpochPlan, parametersId, payload.WrittenCount + MessageSignature.SizeInBytes);
        writer.WriteBytes(payload.WrittenSpan);
        return new EpochDraft(terms, bytes.WrittenSpan.ToArray());
    }

    /// <summary>Tries to parse exactly one draft: a plan without its signature.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> source, [NotNullWhen(true)] out EpochDraft? draft)
    {
        draft = source.Length > WireHeader.SizeInBytes
            && EpochPlan.TryRead([.. source, .. new byte[MessageSignature.SizeInBytes]], new Digest(source.Slice(ParametersIdOffset, Digest.SizeInBytes)), out EpochPlan? plan, out _)
            ? new EpochDraft(plan.Terms, source.ToArray())
            : null;
        return draft is not null;
    }

    /// <summary>Returns the reason why the draft is refused, or null. A draft with other parameters would have another digest than the plan that its authority signs.</summary>
    private EpochError? Refusal(FederationJob job)
        => new Digest(_bytes.AsSpan(ParametersIdOffset, Digest.SizeInBytes)) != job.Authority.ParametersId ? EpochError.AnotherJob : EpochRules.CheckTerms(Terms, job);
}
