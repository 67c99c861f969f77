using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Random;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// An upload protector makes a client's upload: it encrypts a model under a fresh round key, protects the round key,
/// and computes the tags that bind all of it to one place in one sum.
/// </summary>
/// <param name="protocol">The protocol of the job.</param>
/// <param name="inner">Makes round keys.</param>
/// <param name="tagKey">The clients' common key of tags.</param>
/// <param name="policy">The treatment of values outside their tensors' bounds.</param>
internal sealed class UploadProtector(
    RoundKeyProtocol protocol, KeyAdditiveContext inner, TagKey tagKey, BoundPolicy policy)
{
    /// <summary>Computes the exact length in bytes of a protected update.</summary>
    /// <param name="slot">The slot of the upload.</param>
    /// <param name="keys">Protects the round key.</param>
    public long LengthOf(UploadSlot slot, IKeyProtector keys) => ProtectedUpdate.LengthOf(
        UpdateLengthOf(slot),
        keys.ProtectedLength,
        protocol.Lengths.TagCount * LinearTag.SizeInBytes);

    /// <summary>Protects a model, and writes the protected update one segment at a time.</summary>
    /// <param name="attempt">The attempt that the upload is for.</param>
    /// <param name="model">The model after local training.</param>
    /// <param name="weight">The client's weight.</param>
    /// <param name="slot">The slot of the upload.</param>
    /// <param name="keys">Protects the round key.</param>
    /// <param name="destination">Receives the bytes; after an exception, discard whatever it received.</param>
    /// <returns>The number of values that were moved to their bounds.</returns>
    public ClampReport Protect(Attempt attempt, IFlatModel model, long weight, UploadSlot slot, IKeyProtector keys, IBufferWriter<byte> destination)
    {
        using RoundKey key = GenerateKey(attempt, model, weight);
        var encryptor = new UpdateEncryptor(
            inner.CreateEncryptor(key), protocol.Inner, protocol.Terms, policy, attempt.ReferenceWeight);
        using var hasher = new ContentHasher(tagKey, attempt, protocol.Parameters);
        var hashes = new UploadHashes(protocol, hasher);

        ProtectedUpdate.WriteBeginning(destination, attempt.Base, UpdateLengthOf(slot));
        ClampReport clamped = encryptor.Write(model, weight, slot, destination, hashes);

        // Public randomness is drawn after what it hides, and depends on all of it, through tags that are never sent.
        var contributor = new Contributor(slot.Client, protocol.Terms.Weighting == Weighting.Hidden ? 0 : weight, Nonce: default);
        using IProtectedKey protectedKey = keys.Protect(key, Tag(attempt, contributor, hashes.OfBody));
        hashes.Complete(protectedKey.Ciphertext, key);
        contributor = contributor with { Nonce = DrawNonce(attempt, contributor, hashes.Values) };
        byte[] tags = Tag(attempt, contributor, hashes.Values);
        ProtectedUpdate.WriteEnd(destination, protectedKey.Complete(attempt, contributor, tags), contributor.Nonce, tags);
        return clamped;
    }

    /// <summary>Appends everything that decides which numbers an upload encrypts; the attempt names the job, whose terms are the rest.</summary>
    internal static void AppendTo(PlaintextHasher plaintext, Attempt attempt, IFlatModel model, long weight, int maxDegreeOfParallelism)
    {
        plaintext.Append<byte>(attempt.PlaintextContext());
        plaintext.Append<long>([weight]);
        model.AppendTo(plaintext, maxDegreeOfParallelism);
    }

    /// <summary>Draws a key that depends on everything that it will encrypt.</summary>
    private RoundKey GenerateKey(Attempt attempt, IFlatModel model, long weight)
    {
        using var plaintext = new PlaintextHasher();
        AppendTo(plaintext, attempt, model, weight, protocol.Inner.MaxDegreeOfParallelism);
        return inner.GenerateRoundKey(attempt.PublicSeed, plaintext);
    }

    private long UpdateLengthOf(UploadSlot slot)
        => UpdateEncryptor.EncodedLength(protocol.Inner, protocol.Terms, VectorForm.Full, slot);

    /// <summary>
    /// Draws the nonce of the pads after everything that they hide. It depends on all of it, through tags that are never
    /// sent, so that two contents have two nonces even where randomness repeats itself.
    /// </summary>
    private Digest DrawNonce(Attempt attempt, Contributor contributor, ReadOnlySpan<LinearHash> hashes)
    {
        Span<byte> nonce = stackalloc byte[Digest.SizeInBytes];
        HedgedRandom.FillPublic(nonce, Tag(attempt, contributor, hashes));
        return new Digest(nonce);
    }

    private byte[] Tag(Attempt attempt, Contributor contributor, ReadOnlySpan<LinearHash> hashes)
    {
        using var pads = new ContributorPads(tagKey, attempt, contributor, protocol);
        var tags = new LinearTag[hashes.Length];
        for (int i = 0; i < tags.Length; i++)
        {
            tags[i] = protocol.TagAt(i).Modulus.Tag(hashes[i], pads.PadAt(i));
        }

        return RoundKeyProtocol.Write(tags);
    }
}
