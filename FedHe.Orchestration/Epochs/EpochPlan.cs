using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Epochs;

/// <summary>
/// An epoch plan is what the authority of a job with a committee signs for the next epoch: its clients, its members, and the identity of
/// its group key. It is public and immutable. The members of the epoch before decide when it begins; the server can change nothing of it.
/// </summary>
/// <remarks><c>GroupKeyAuthority.PlanEpoch</c> makes a plan, and <c>FederationServer.Propose</c> brings it to the members.</remarks>
public sealed class EpochPlan
{
    /// <summary>The largest number of clients in an epoch: 65,536.</summary>
    public const int MaxClients = 65_536;

    private readonly byte[] _bytes;

    private EpochPlan(EpochTerms terms, byte[] bytes)
    {
        Terms = terms;
        _bytes = bytes;
        Digest = Digest.Compute(bytes.AsSpan(0, bytes.Length - MessageSignature.SizeInBytes));
    }

    /// <summary>The number of the epoch, from 2.</summary>
    public int Number => Terms.Number;

    /// <summary>The clients of the epoch and their verification keys.</summary>
    public ClientRoster Roster => Terms.Roster;

    /// <summary>The clients on the roster that are to be members no more, sorted.</summary>
    public ImmutableArray<ClientId> Retired => Terms.Retired;

    /// <summary>The committee of the epoch, with the successors of its members.</summary>
    public CommitteeTerms Committee => Terms.Committee;

    /// <summary>The identity of the group key of the epoch.</summary>
    public KeyId KeyId => Terms.KeyId;

    /// <summary>The largest number of bytes that a plan can have.</summary>
    internal static int MaxBytes => WireHeader.SizeInBytes + 512 + (MaxClients * ((3 * (ClientId.MaxLength + sizeof(ushort))) + VerificationKey.SizeInBytes));

    internal EpochTerms Terms { get; }

    /// <summary>The digest of everything but the signature, which names the plan.</summary>
    public Digest Digest { get; }

    internal ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Writes the signed plan.</summary>
    /// <param name="destination">Receives the bytes.</param>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        destination.Write(_bytes);
    }

    /// <summary>Tries to parse exactly one plan from untrusted bytes. Whether it is the next one of a job is checked where it is used.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="parametersId">The parameters of the job.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, Digest parametersId, [NotNullWhen(true)] out EpochPlan? plan, out FormatError reason)
    {
        plan = null;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.EpochPlan, parametersId, MaxBytes);
        EpochTerms? terms = EpochTerms.Read(ref reader);
        reader.ReadBytes(MessageSignature.SizeInBytes);
        reader.ExpectEnd();
        reason = reader.Error;
        if (reader.Failed || terms is null)
        {
            return false;
        }

        plan = new EpochPlan(terms, source.ToArray());
        return true;
    }

    /// <summary>Throws unless the plan is the one of the next epoch of a job, and signed by its authority.</summary>
    /// <param name="job">The job in its current epoch.</param>
    /// <exception cref="EpochRefusedException">The plan does not hold, for the reason that the exception names.</exception>
    public void Check(FederationJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (EpochRules.Check(this, job) is EpochError error)
        {
            throw new EpochRefusedException(error);
        }
    }

    /// <summary>Signs the terms of an epoch.</summary>
    internal static EpochPlan Sign(EpochTerms terms, Digest parametersId, SigningKey key)
    {
        byte[] signed = [.. EpochDraft.Of(terms, parametersId).Bytes.Span, .. new byte[MessageSignature.SizeInBytes]];
        MessageSignature.Write(signed, MessageSigner.Planner, contentLength: 0, key);
        return new EpochPlan(terms, signed);
    }

    /// <summary>Tells whether an authority signed the plan.</summary>
    internal bool IsSignedBy(VerificationKey authority) => MessageSignature.Verifies(_bytes, MessageSigner.Planner, contentLength: 0, authority);
}
