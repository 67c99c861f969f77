using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// An upload protector makes a client's upload: it encrypts a model under a fresh round key, the round key under the job's
/// scheme, and computes the tags that bind all of it to one place in one sum.
/// </summary>
/// <param name="protocol">The protocol of the job.</param>
/// <param name="inner">Makes round keys.</param>
/// <param name="outer">Encrypts under the job's key.</param>
/// <param name="tagKey">The clients' common key of tags.</param>
/// <param name="policy">The treatment of values outside their tensors' bounds.</param>
internal sealed class UploadProtector(
    RoundKeyProtocol protocol, KeyAdditiveContext inner, IEncryptor outer, TagKey tagKey, BoundPolicy policy)
{
    private readonly RoundKeyProtection _protection = new(inner, protocol.Outer, outer.Form);

    /// <summary>Protects a model.</summary>
    /// <param name="attempt">The attempt that the upload is for.</param>
    /// <param name="model">The model after local training.</param>
    /// <param name="weight">The client's weight.</param>
    /// <param name="slot">The slot of the upload.</param>
    /// <param name="clamped">The number of values that were moved to their bounds.</param>
    public ProtectedUpdate Protect(Attempt attempt, IFlatModel model, long weight, UploadSlot slot, out ClampReport clamped)
    {
        using RoundKey key = inner.GenerateRoundKey(attempt.PublicSeed);
        var encryptor = new UpdateEncryptor(
            inner.CreateEncryptor(key), protocol.Inner, protocol.Terms, policy, attempt.ReferenceWeight);
        using EncryptedModelUpdate update = encryptor.Encrypt(model, weight, slot, out clamped);
        using EncryptedVector wrapped = _protection.Encrypt(key, outer);

        LinearHash[] hashes = Hash(attempt, update, wrapped, key);
        var contributor = new Contributor(slot.Client, update.Weight ?? 0, Nonce: default);
        contributor = contributor with { Nonce = DrawNonce(attempt, contributor, hashes) };
        byte[] tags = Tag(attempt, contributor, hashes);
        var outerBytes = new ArrayBufferWriter<byte>(wrapped.EncodedLength);
        wrapped.WriteTo(outerBytes);
        var updateBytes = new ArrayBufferWriter<byte>(checked((int)update.EncodedLength));
        update.WriteTo(updateBytes);
        return new ProtectedUpdate(attempt.Base, contributor.Nonce, outerBytes.WrittenMemory, tags, updateBytes.WrittenMemory);
    }

    /// <summary>
    /// Draws the nonce of the pads after everything that they hide. It depends on all of it, through tags that are never
    /// sent, so that two contents have two nonces even where randomness repeats itself.
    /// </summary>
    private Digest DrawNonce(Attempt attempt, Contributor contributor, LinearHash[] hashes)
    {
        Span<byte> nonce = stackalloc byte[Digest.SizeInBytes];
        HedgedRandom.FillPublic(nonce, Tag(attempt, contributor, hashes));
        return new Digest(nonce);
    }

    private byte[] Tag(Attempt attempt, Contributor contributor, LinearHash[] hashes)
    {
        using var pads = new ContributorPads(tagKey, attempt, contributor, protocol);
        var tags = new LinearTag[hashes.Length];
        for (int i = 0; i < tags.Length; i++)
        {
            tags[i] = protocol.TagAt(i).Modulus.Tag(hashes[i], pads.PadAt(i));
        }

        return RoundKeyProtocol.Write(tags);
    }

    private LinearHash[] Hash(Attempt attempt, EncryptedModelUpdate update, EncryptedVector wrapped, RoundKey key)
    {
        using var hasher = new ContentHasher(tagKey, attempt, protocol.Parameters);
        var hashes = new LinearHash[protocol.Lengths.TagCount];
        SegmentWork.Run(
            protocol.Lengths.SegmentCount,
            protocol.Inner.MaxDegreeOfParallelism,
            segment => update.UseSegment(segment, vector => hashes[protocol.FirstSegmentTag + segment] = HashSegment(attempt, segment, vector)));
        for (int i = 0; i < hashes.Length; i++)
        {
            (TagKind kind, int prime, _) = protocol.TagAt(i);
            hashes[i] = kind switch
            {
                TagKind.Clear => hasher.OfClear(protocol.Lengths.ClearCount, update.CopyClearTo, contributors: 1),
                TagKind.Outer => hasher.OfOuter(wrapped, protocol.Outer.Residues!, prime, protocol.OuterModuli[prime]),
                TagKind.Key => hasher.OfKey(key),
                _ => hashes[i],
            };
        }

        return hashes;
    }

    private LinearHash HashSegment(Attempt attempt, int segment, EncryptedVector vector)
    {
        using var hasher = new ContentHasher(tagKey, attempt, protocol.Parameters);
        return hasher.OfSegment(segment, vector);
    }
}
