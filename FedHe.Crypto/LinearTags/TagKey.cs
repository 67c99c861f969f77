using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Tags;

namespace FedHe.Crypto.LinearTags;

/// <summary>
/// A tag key is the clients' common key of linear tags, from which the hash points and the pad keys are derived. It is
/// thread-safe.
/// </summary>
/// <remarks>
/// HKDF-SHA-256 without salt derives two keys of the group key, one for points and one for pads, and HMAC-SHA-256 with these
/// keys is the pseudorandom function of contexts. The server, which adds tags, never has the key. Contexts are opaque here;
/// docs/wire-format.md has every byte. Source: RFC 5869, section 2.
/// </remarks>
/// <example>
/// <code>
/// using var key = new TagKey(groupKey);
/// using SegmentPoints points = key.DeriveSegmentPoints(segmentContext, TagModulus.Default);
/// using PadKey pads = key.DerivePadKey(contributionContext);
/// using var hasher = new LinearHasher();
/// hasher.Begin(points);
/// hasher.Append(values);
/// LinearTag tag = TagModulus.Default.Tag(hasher.Complete(), pads.PadAt(new PadPosition(kind: 1), TagModulus.Default));
/// </code>
/// </example>
[DebuggerDisplay("Tag key")]
public sealed class TagKey : IDisposable
{
    /// <summary>The length of the group key in bytes: 32.</summary>
    public const int SizeInBytes = 32;

    private const int PseudorandomLength = SHA256.HashSizeInBytes;
    private const int LongestStackMessage = 1024;

    private readonly PinnedSecret<byte> _keys;

    /// <summary>Derives the keys of points and pads.</summary>
    /// <param name="groupKey">The 32 bytes that all clients have, which the caller zeroes after use.</param>
    /// <exception cref="ArgumentException"><paramref name="groupKey"/> is not 32 bytes long.</exception>
    public TagKey(ReadOnlySpan<byte> groupKey)
    {
        if (groupKey.Length != SizeInBytes)
        {
            throw new ArgumentException($"A group key has {SizeInBytes} bytes.", nameof(groupKey));
        }

        _keys = new PinnedSecret<byte>(this, 2 * PseudorandomLength);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, groupKey, PointKey, salt: [], info: "FedHe tags v1 points"u8);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, groupKey, PadsKey, salt: [], info: "FedHe tags v1 pads"u8);
    }

    // Both labels have one length, so that no context makes one message of the other.
    private static ReadOnlySpan<byte> SegmentLabel => "FedHe segment points v1"u8;

    private static ReadOnlySpan<byte> KeyLabel => "FedHe key-tag points v1"u8;

    private static ReadOnlySpan<byte> PadLabel => "FedHe pad key v1"u8;

    private Span<byte> PointKey => _keys.Span[..PseudorandomLength];

    private Span<byte> PadsKey => _keys.Span[PseudorandomLength..];

    /// <summary>Derives the points at which a segment is hashed.</summary>
    /// <param name="context">
    /// The bytes that name the segment, the same for all clients and different for every other segment, round and attempt.
    /// </param>
    /// <param name="modulus">The modulus of the tags.</param>
    /// <returns>The points, which the caller disposes.</returns>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public SegmentPoints DeriveSegmentPoints(ReadOnlySpan<byte> context, TagModulus modulus)
    {
        ArgumentNullException.ThrowIfNull(modulus);
        var points = new SegmentPoints(modulus);
        Span<byte> bits = stackalloc byte[PseudorandomLength];
        for (int hash = 0; hash < TagKernel.HashCount; hash++)
        {
            DerivePoint(SegmentLabel, modulus, context, hash, bits);
            points.Set(hash, x: modulus.Reduce(bits), y: modulus.Reduce(bits[(PseudorandomLength / 2)..]));
        }

        SecretMemory.Zero(bits);
        return points;
    }

    /// <summary>Derives the points at which round keys are hashed.</summary>
    /// <param name="context">The bytes that name the round key, the same for all clients and different for every other one.</param>
    /// <param name="modulus">The modulus of the tags.</param>
    /// <returns>The points, which the caller disposes.</returns>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public KeyPoints DeriveKeyPoints(ReadOnlySpan<byte> context, TagModulus modulus)
    {
        ArgumentNullException.ThrowIfNull(modulus);
        var points = new KeyPoints(modulus);
        Span<byte> bits = stackalloc byte[PseudorandomLength];
        for (int hash = 0; hash < TagKernel.HashCount; hash++)
        {
            DerivePoint(KeyLabel, modulus, context, hash, bits);
            points.Set(hash, z: modulus.Reduce(bits));
        }

        SecretMemory.Zero(bits);
        return points;
    }

    /// <summary>Derives the check of the tag of one sum of keys, for a party without the tag key.</summary>
    /// <param name="context">The context of the points at which the keys are hashed.</param>
    /// <param name="modulus">The modulus of the tags.</param>
    /// <param name="pads">The sum of the pads of the keys.</param>
    /// <returns>The check, which the caller disposes. See <see cref="KeySumCheck"/> for when it may be given away.</returns>
    /// <exception cref="Errors.HeMismatchException">The pads belong to another modulus.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public KeySumCheck DeriveKeySumCheck(ReadOnlySpan<byte> context, TagModulus modulus, LinearPad pads)
        => new(DeriveKeyPoints(context, modulus), pads);

    /// <summary>Derives the pad key of one contribution.</summary>
    /// <param name="context">
    /// The bytes that name the contribution, with everything that the tags are to bind: its lengths, its client, and a nonce
    /// that is new with each encryption. Two contributions with one context reveal the points: see <see cref="PadKey"/>.
    /// </param>
    /// <returns>The pad key, which the caller disposes.</returns>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public PadKey DerivePadKey(ReadOnlySpan<byte> context)
    {
        int length = PadLabel.Length + context.Length;
        Span<byte> message = length <= LongestStackMessage ? stackalloc byte[LongestStackMessage] : new byte[length];
        message = message[..length];
        PadLabel.CopyTo(message);
        context.CopyTo(message[PadLabel.Length..]);
        Span<byte> key = stackalloc byte[PseudorandomLength];
        lock (_keys.Gate)
        {
            HMACSHA256.HashData(PadsKey, message, key);
        }

        var pads = new PadKey(key);
        SecretMemory.Zero(key);
        return pads;
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => _keys.Dispose();

    /// <summary>Returns a fixed text, because a key never shows its content.</summary>
    public override string ToString() => "Tag key";

    private void DerivePoint(ReadOnlySpan<byte> label, TagModulus modulus, ReadOnlySpan<byte> context, int hash, Span<byte> bits)
    {
        int length = label.Length + sizeof(long) + context.Length + 1;
        Span<byte> message = length <= LongestStackMessage ? stackalloc byte[LongestStackMessage] : new byte[length];
        message = message[..length];
        label.CopyTo(message);
        BinaryPrimitives.WriteInt64LittleEndian(message[label.Length..], modulus.Prime);
        context.CopyTo(message[(label.Length + sizeof(long))..]);
        message[^1] = (byte)(hash + 1);
        lock (_keys.Gate)
        {
            HMACSHA256.HashData(PointKey, message, bits);
        }
    }
}
