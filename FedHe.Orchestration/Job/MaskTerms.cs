using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>
/// The terms of an agreement upon a mask: the model that clients compute sensitivity maps for, and the policy that
/// selects a mask from their sum. They are part of the job, public and immutable.
/// </summary>
public sealed class MaskTerms
{
    /// <summary>Creates the terms of an agreement upon a mask.</summary>
    /// <param name="policy">The policy that selects the encrypted parameters.</param>
    /// <param name="layoutDigest">The digest of the layout of the model to be trained.</param>
    /// <param name="modelDigest">
    /// The digest of the model for which every client computes its map: see <see cref="FederationJob.DigestOf"/>.
    /// </param>
    /// <param name="maxWeight">
    /// The largest weight of one client, 1 to <see cref="AggregationTerms.LargestTotalWeight"/>.
    /// </param>
    /// <exception cref="ArgumentException">The policy needs no sensitivity, so there is nothing to agree upon.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The weight is out of range.</exception>
    /// <exception cref="FormatException">The policy's text is longer than a policy may be.</exception>
    public MaskTerms(MaskPolicy policy, Digest layoutDigest, Digest modelDigest, long maxWeight)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWeight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxWeight, AggregationTerms.LargestTotalWeight);
        Policy = MaskPolicy.Parse(policy.ToString());
        if (!Policy.NeedsSensitivity)
        {
            throw Throw.NothingToAgreeUpon(nameof(policy));
        }

        LayoutDigest = layoutDigest;
        ModelDigest = modelDigest;
        MaxWeight = maxWeight;
    }

    /// <summary>The policy that selects the encrypted parameters.</summary>
    public MaskPolicy Policy { get; }

    /// <summary>The digest of the layout of the model to be trained, which the mask is for.</summary>
    public Digest LayoutDigest { get; }

    /// <summary>The digest of the model for which every client computes its map.</summary>
    public Digest ModelDigest { get; }

    /// <summary>The largest weight of one client: it counts fully, and a smaller weight counts in proportion.</summary>
    public long MaxWeight { get; }

    internal static void Write(MaskTerms? terms, WireWriter writer)
    {
        writer.WriteByte(terms is null ? (byte)0 : (byte)1);
        if (terms is not null)
        {
            writer.WriteString(terms.Policy.ToString());
            writer.WriteDigest(terms.LayoutDigest);
            writer.WriteDigest(terms.ModelDigest);
            writer.WriteInt64(terms.MaxWeight);
        }
    }

    internal static MaskTerms? Read(ref WireReader reader)
    {
        byte isPresent = reader.ReadByte();
        reader.Require(isPresent <= 1, FormatError.FieldOutOfRange);
        if (reader.Failed || isPresent == 0)
        {
            return null;
        }

        MaskPolicy? policy = PolicyText.Read(ref reader);
        Digest layoutDigest = reader.ReadDigest();
        Digest modelDigest = reader.ReadDigest();
        long maxWeight = reader.ReadInt64(1, AggregationTerms.LargestTotalWeight);
        reader.Require(policy is { NeedsSensitivity: true }, FormatError.FieldOutOfRange);
        return reader.Failed ? null : new MaskTerms(policy!, layoutDigest, modelDigest, maxWeight);
    }
}
