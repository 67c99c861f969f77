using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// An attempt names everything that all uploads of one attempt at a round have in common: job, round, attempt, reference
/// weight and the chain up to the round before. Public polynomials, hash points and pads are derived from it.
/// </summary>
/// <param name="JobDigest">The digest of the job.</param>
/// <param name="Round">The round, from 1.</param>
/// <param name="Number">The attempt at the round, from 1.</param>
/// <param name="ReferenceWeight">The weight that counts fully.</param>
/// <param name="Base">The digest of the chain up to the round before.</param>
internal sealed record Attempt(Digest JobDigest, int Round, int Number, long ReferenceWeight, Digest Base)
{
    /// <summary>The number of the epoch, in which roster, committee and group key stay the same.</summary>
    public int Epoch { get; init; } = JobEpoch.First;

    /// <summary>Creates an attempt in the epoch of a job.</summary>
    public static Attempt Of(FederationJob job, int round, int number, long referenceWeight, Digest @base)
        => new(job.Digest, round, number, referenceWeight, @base) { Epoch = job.EpochNumber };

    /// <summary>
    /// The public seed of the attempt's polynomials, which every client computes and nobody chooses.
    /// </summary>
    public Digest PublicSeed
    {
        get
        {
            var bytes = new ArrayBufferWriter<byte>();
            bytes.Write("FedHe round polynomial v1"u8);
            var writer = new WireWriter(bytes);
            writer.WriteDigest(JobDigest);
            writer.WriteInt32(Round);
            writer.WriteInt32(Number);
            return Digest.Compute(bytes.WrittenSpan);
        }
    }

    /// <summary>Writes the job, the epoch, the round and the attempt, which every context begins with.</summary>
    public void WritePlace(WireWriter writer)
    {
        writer.WriteDigest(JobDigest);
        writer.WriteInt32(Epoch);
        writer.WriteInt32(Round);
        writer.WriteInt32(Number);
    }

    /// <summary>
    /// Writes what decides, beside the model and the weight, which numbers a client encrypts: it multiplies by a factor of its weight and
    /// the reference weight.
    /// </summary>
    public byte[] PlaintextContext()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        WritePlace(writer);
        writer.WriteInt64(ReferenceWeight);
        writer.WriteDigest(Base);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Writes the context of the hash points of a content, the same for all clients.</summary>
    /// <param name="kind">The kind of the content.</param>
    /// <param name="segment">The segment of the encrypted values, or the prime of the outer ciphertext; otherwise 0.</param>
    public byte[] PointContext(TagKind kind, int segment)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("FedHe hash points v1"u8);
        var writer = new WireWriter(bytes);
        WritePlace(writer);
        writer.WriteByte((byte)kind);
        writer.WriteInt32(segment);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Writes what a contributor signs for a committee.</summary>
    /// <param name="contributor">The contributor.</param>
    /// <param name="tags">The digest of the tags of the upload.</param>
    /// <param name="boxes">The digest of the boxes of the upload.</param>
    public byte[] SealContext(Contributor contributor, Digest tags, Digest boxes)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        WritePlace(writer);
        writer.WriteInt64(ReferenceWeight);
        writer.WriteDigest(Base);
        contributor.Write(writer);
        writer.WriteDigest(tags);
        writer.WriteDigest(boxes);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Writes what binds a box to its place: nobody opens it as the box of another contribution or member.</summary>
    /// <param name="contributor">The contributor.</param>
    /// <param name="member">The member that the box is for.</param>
    public byte[] BoxContext(Contributor contributor, ClientId member)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("FedHe share box v1"u8);
        var writer = new WireWriter(bytes);
        WritePlace(writer);
        writer.WriteClientId(contributor.Client);
        writer.WriteClientId(member);
        writer.WriteDigest(contributor.Nonce);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Writes the context of the pads of one contribution. It names the client, the weight and a nonce that is new with each
    /// encryption, so that no two contents ever have one pad.
    /// </summary>
    /// <param name="contributor">The contributor.</param>
    /// <param name="lengths">The lengths of all contents of an upload.</param>
    public byte[] PadContext(Contributor contributor, ContentLengths lengths)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("FedHe pad v1"u8);
        var writer = new WireWriter(bytes);
        WritePlace(writer);
        writer.WriteInt64(ReferenceWeight);
        writer.WriteDigest(Base);
        writer.WriteDigest(PublicSeed);
        Span<byte> client = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(contributor.Client.Value), client);
        writer.WriteBytes(client);
        writer.WriteInt64(contributor.Weight);
        writer.WriteDigest(contributor.Nonce);
        lengths.Write(writer);
        return bytes.WrittenSpan.ToArray();
    }
}
