using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// A list of contributors fixes the sum of a round before anything is opened: who is in it, the digest of every part, and
/// the sums of the tags.
/// </summary>
/// <param name="Round">The round.</param>
/// <param name="AttemptNumber">The attempt at the round.</param>
/// <param name="ReferenceWeight">The reference weight of the attempt.</param>
/// <param name="Base">The digest of the chain up to the round before.</param>
/// <param name="Contributors">The contributors, sorted by client.</param>
/// <param name="ContentDigests">The digests of the sums in clear, of the sum of protected keys, and of every segment.</param>
/// <param name="Tags">The sums of the tags, in the order of <see cref="ContentLengths.TagCount"/>, as bytes.</param>
/// <param name="Seals">
/// The contributors' signatures, in their order, where a committee opens the sum; otherwise none.
/// </param>
internal sealed record ContributorList(
    int Round,
    int AttemptNumber,
    long ReferenceWeight,
    Digest Base,
    ImmutableArray<Contributor> Contributors,
    ImmutableArray<Digest> ContentDigests,
    ReadOnlyMemory<byte> Tags,
    ImmutableArray<ContributionSeal> Seals)
{
    /// <summary>The number of digests beside the digests of segments.</summary>
    public const int OtherDigests = 2;

    /// <summary>The digest of the chain up to this round: D_r = H(D_(r-1), list).</summary>
    public Digest Chain => ModelChain.Next(Base, ToArray());

    /// <summary>Returns the attempt whose sum the list fixes, in the epoch of a job.</summary>
    public Attempt AttemptOf(FederationJob job) => AttemptOf(job.Digest, job.EpochNumber);

    /// <summary>Returns the attempt whose sum the list fixes, in an epoch of a job.</summary>
    public Attempt AttemptOf(Digest jobDigest, int epoch) => new(jobDigest, Round, AttemptNumber, ReferenceWeight, Base) { Epoch = epoch };

    public byte[] ToArray()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        writer.WriteInt32(Round);
        writer.WriteInt32(AttemptNumber);
        writer.WriteInt64(ReferenceWeight);
        writer.WriteDigest(Base);
        writer.WriteInt32(Contributors.Length);
        foreach (Contributor contributor in Contributors)
        {
            contributor.Write(writer);
        }

        writer.WriteInt32(ContentDigests.Length);
        foreach (Digest digest in ContentDigests)
        {
            writer.WriteDigest(digest);
        }

        writer.WriteBytesWithLength(Tags.Span);
        foreach (ContributionSeal seal in Seals)
        {
            seal.Write(writer);
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Parses exactly one list, or returns null.</summary>
    public static ContributorList? TryRead(ReadOnlyMemory<byte> source)
    {
        var reader = new WireReader(source.Span);
        int round = reader.ReadInt32(1, int.MaxValue);
        int attempt = reader.ReadInt32(1, int.MaxValue);
        long reference = reader.ReadInt64(1, long.MaxValue);
        Digest @base = reader.ReadDigest();
        int count = reader.ReadInt32(1, int.MaxValue);
        var contributors = ImmutableArray.CreateBuilder<Contributor>();
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            contributors.Add(Contributor.Read(ref reader));
        }

        int digestCount = reader.ReadInt32(OtherDigests, int.MaxValue);
        var digests = ImmutableArray.CreateBuilder<Digest>();
        for (int i = 0; i < digestCount && !reader.Failed; i++)
        {
            digests.Add(reader.ReadDigest());
        }

        ReadOnlyMemory<byte> tags = reader.ReadBytesWithLength(source);
        reader.Require(tags.Length % LinearTag.SizeInBytes == 0, FormatError.FieldOutOfRange);
        var seals = ImmutableArray.CreateBuilder<ContributionSeal>();
        while (reader.Remaining > 0 && !reader.Failed)
        {
            seals.Add(ContributionSeal.Read(ref reader));
        }

        reader.Require(seals.Count == 0 || seals.Count == contributors.Count, FormatError.Inconsistent);
        return reader.Failed ? null
            : new ContributorList(
                round, attempt, reference, @base, contributors.ToImmutable(), digests.ToImmutable(), tags, seals.ToImmutable());
    }
}
