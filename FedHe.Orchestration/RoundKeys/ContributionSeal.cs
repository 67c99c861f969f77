using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// A contribution seal is a contributor's signature under its place in a sum that a committee opens: under the attempt, the weight,
/// the nonce, the tags, and the boxes with the shares of its round key.
/// </summary>
/// <param name="Tags">The digest of all tags of the upload.</param>
/// <param name="Boxes">The digest of the boxes, of their members and of the keys that they are sealed to.</param>
/// <param name="Signature">The contributor's signature.</param>
/// <remarks>
/// Without the signature a server and one client could pass a victim's boxes off as the client's own, and would learn the victim's
/// round key from an honest answer.
/// </remarks>
internal sealed record ContributionSeal(Digest Tags, Digest Boxes, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The length in bytes of a written seal.</summary>
    public const int SizeInBytes = (2 * Digest.SizeInBytes) + MessageSignature.SizeInBytes;

    /// <summary>Signs a contribution.</summary>
    public static ContributionSeal Sign(Attempt attempt, Contributor contributor, Digest tags, Digest boxes, SigningKey key)
    {
        byte[] bytes = [.. attempt.SealContext(contributor, tags, boxes), .. new byte[MessageSignature.SizeInBytes]];
        MessageSignature.Write(bytes, MessageSigner.Contributor, contentLength: 0, key);
        return new ContributionSeal(tags, boxes, bytes.AsMemory(bytes.Length - MessageSignature.SizeInBytes));
    }

    /// <summary>Tells whether a contributor signed this.</summary>
    public bool Verifies(Attempt attempt, Contributor contributor, VerificationKey key)
        => MessageSignature.Verifies(
            [.. attempt.SealContext(contributor, Tags, Boxes), .. Signature.Span], MessageSigner.Contributor, contentLength: 0, key);

    /// <summary>Tells whether another seal is the same, signature included.</summary>
    public bool IsSame(ContributionSeal other)
        => (Tags, Boxes) == (other.Tags, other.Boxes) && Signature.Span.SequenceEqual(other.Signature.Span);

    public static ContributionSeal Read(ref WireReader reader)
        => new(reader.ReadDigest(), reader.ReadDigest(), reader.ReadBytes(MessageSignature.SizeInBytes).ToArray());

    public void Write(WireWriter writer)
    {
        writer.WriteDigest(Tags);
        writer.WriteDigest(Boxes);
        writer.WriteBytes(Signature.Span);
    }
}
