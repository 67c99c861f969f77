using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// A key-sum verifier verifies the tags of protected round keys, mostly of their sum, before it decrypts anything, and the tag of what
/// it decrypts before anybody uses it.
/// </summary>
/// <param name="protocol">The protocol of the job.</param>
/// <param name="inner">Makes sums of round keys.</param>
/// <param name="decryptor">Decrypts under the job's key.</param>
/// <param name="outerKey">The identity of the job's key.</param>
/// <param name="form">The form of the client's own uploads.</param>
internal sealed class KeySumVerifier(
    RoundKeyProtocol protocol, KeyAdditiveContext inner, IDecryptor decryptor, KeyId outerKey, VectorForm form) : IKeySumOpener
{
    private readonly HePublicContext _outer = protocol.Outer!;
    private readonly RoundKeyProtection _protection = new(inner, protocol.Outer!, form);

    public IgnoredReason Failure => IgnoredReason.BadTag;

    public ReadOnlySpan<byte> ListedBytes(ReadOnlySpan<byte> keySum) => keySum;

    public RoundKeySum? TryOpen(
        ReadOnlyMemory<byte> keySum, ContributorList list, Attempt attempt, LinearTag[] tags, LinearPad[] pads, ContentHasher hasher)
    {
        int contributors = list.Contributors.Length;
        using EncryptedVector? verified = TryVerifyOuter(keySum.Span, tags, pads, hasher, contributors);
        return verified is null ? null : TryOpen(verified, attempt, tags, pads, hasher, contributors);
    }

    /// <summary>Verifies the tags of the protected keys, and returns them, or null.</summary>
    private EncryptedVector? TryVerifyOuter(
        ReadOnlySpan<byte> keySumBytes, LinearTag[] tags, LinearPad[] pads, ContentHasher hasher, int contributors)
    {
        var limits = new WireLimits(protocol.Parameters.Degree, Math.Max(keySumBytes.Length, 1));
        if (!_outer.Reader.TryRead(keySumBytes, limits, out EncryptedVector? keySum, out _))
        {
            return null;
        }

        // Every part of an upload is at most 1, and so the head of the sum states the number of contributors.
        bool isValid = keySum.KeyId == outerKey && keySum.Length == protocol.Parameters.Degree && keySum.SpentDepth == 0
            && keySum.Bound.MaxAbs.Equals((double)contributors);

        // The tags of the primes are before the last one, which is of the key, whatever a round has before them.
        int first = tags.Length - 1 - protocol.OuterModuli.Length;
        for (int prime = 0; prime < protocol.OuterModuli.Length && isValid; prime++)
        {
            TagModulus modulus = protocol.OuterModuli[prime];
            isValid = modulus.Verify(tags[first + prime], pads[first + prime], hasher.OfOuter(keySum, _outer.Residues!, prime, modulus));
        }

        if (!isValid)
        {
            keySum.Dispose();
            return null;
        }

        return keySum;
    }

    /// <summary>Decrypts verified keys and verifies the tag of their sum, and returns the sum, or null.</summary>
    private RoundKeySum? TryOpen(
        EncryptedVector keySum, Attempt attempt, LinearTag[] tags, LinearPad[] pads, ContentHasher hasher, int contributors)
    {
        RoundKeySum? key = TryDecrypt(keySum, attempt, contributors);
        if (key is not null && !TagModulus.Default.Verify(tags[^1], pads[^1], hasher.OfKey(key)))
        {
            key.Dispose();
            return null;
        }

        return key;
    }

    /// <summary>
    /// Tells whether all tags of a protected round key, or of a sum of several, are right, and whether it is one. It makes no key that
    /// could open an upload, and keeps nothing.
    /// </summary>
    public bool AreRight(ReadOnlySpan<byte> protectedKeys, LinearTag[] tags, LinearPad[] pads, ContentHasher hasher, int contributors)
    {
        using EncryptedVector? verified = TryVerifyOuter(protectedKeys, tags, pads, hasher, contributors);
        if (verified is null)
        {
            return false;
        }

        int[] coefficients = SecretMemory.Allocate<int>(_protection.Length);
        try
        {
            _protection.DecryptCoefficients(verified, decryptor, contributors, coefficients);
            return hasher.TryOfKey(coefficients, contributors, out LinearHash hash)
                && TagModulus.Default.Verify(tags[^1], pads[^1], hash);
        }
        catch (HeException)
        {
            return false;
        }
        finally
        {
            SecretMemory.Zero<int>(coefficients);
        }
    }

    /// <summary>Decrypts a sum of round keys, or returns null where it is none, which no honest sum with its tags is.</summary>
    private RoundKeySum? TryDecrypt(EncryptedVector keySum, Attempt attempt, int contributors)
    {
        try
        {
            return _protection.Decrypt(keySum, decryptor, attempt.PublicSeed, contributors);
        }
        catch (HeException)
        {
            return null;
        }
    }
}
