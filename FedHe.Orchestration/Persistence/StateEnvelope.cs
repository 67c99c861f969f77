using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Persistence;

/// <summary>
/// A state envelope is what surrounds a saved state: the job and the stamp before it, and behind it a digest, which finds
/// damage, and a signature of the party, which finds tampering.
/// </summary>
internal static class StateEnvelope
{
    public const int JobDigestSize = Digest.SizeInBytes;

    private const int EndLength = Digest.SizeInBytes + VerificationKey.SignatureSizeInBytes;

    /// <summary>Writes a state.</summary>
    /// <param name="kind">The kind of the state.</param>
    /// <param name="parametersId">The parameters of the job.</param>
    /// <param name="jobDigest">The digest of the job.</param>
    /// <param name="stamp">The stamp of the state.</param>
    /// <param name="content">The bytes of the state.</param>
    /// <param name="key">The key of the party.</param>
    /// <param name="destination">Receives the bytes.</param>
    public static void Write(
        WireKind kind, Digest parametersId, Digest jobDigest, StateStamp stamp, ReadOnlySpan<byte> content, SigningKey key, IBufferWriter<byte> destination)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Begin(kind, parametersId, jobDigest, stamp, content.Length, hash, destination);
        hash.AppendData(content);
        destination.Write(content);
        End(hash, key, destination);
    }

    /// <inheritdoc cref="Write(WireKind, Digest, Digest, StateStamp, ReadOnlySpan{byte}, SigningKey, IBufferWriter{byte})"/>
    public static void Write(
        WireKind kind, Digest parametersId, Digest jobDigest, StateStamp stamp, SegmentedBuffer content, SigningKey key, IBufferWriter<byte> destination)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Begin(kind, parametersId, jobDigest, stamp, content.Length, hash, destination);
        foreach (ReadOnlyMemory<byte> part in content.Parts)
        {
            hash.AppendData(part.Span);
            destination.Write(part.Span);
        }

        End(hash, key, destination);
    }

    /// <summary>Checks a state from the outside in, and returns its content.</summary>
    /// <param name="source">The bytes; untrusted.</param>
    /// <param name="kind">The kind expected.</param>
    /// <param name="parametersId">The parameters of the job.</param>
    /// <param name="jobDigest">The digest of the job.</param>
    /// <param name="key">The key that the party signs with.</param>
    /// <param name="newest">The stamp of the newest state that the host knows of, or null.</param>
    /// <param name="stamp">The stamp of the state.</param>
    /// <exception cref="StateRefusedException">The state is refused, for the reason that the exception names.</exception>
    public static ReadOnlyMemory<byte> Open(
        ReadOnlyMemory<byte> source, WireKind kind, Digest parametersId, Digest jobDigest, VerificationKey key, StateStamp? newest, out StateStamp stamp)
    {
        ReadOnlySpan<byte> bytes = source.Span;
        var reader = new WireReader(bytes);
        reader.ReadHeader(kind, parametersId, int.MaxValue);
        if (reader.Failed && reader.Error != FormatError.WrongParameters)
        {
            throw new StateRefusedException(ErrorOf(reader.Error));
        }

        int start = WireHeader.SizeInBytes + JobDigestSize + StateStamp.SizeInBytes;
        if (bytes.Length < start + EndLength)
        {
            throw new StateRefusedException(StateError.Truncated);
        }

        ReadOnlySpan<byte> digest = bytes.Slice(bytes.Length - EndLength, Digest.SizeInBytes);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..^EndLength], hash);
        if (!hash.SequenceEqual(digest))
        {
            throw new StateRefusedException(StateError.Damaged);
        }

        if (reader.ReadDigest() != jobDigest || reader.Failed)
        {
            throw new StateRefusedException(StateError.AnotherJob);
        }

        stamp = StateStamp.Read(ref reader);
        HashOf(digest, hash);
        if (reader.Failed || !key.VerifyHash(hash, bytes[^VerificationKey.SignatureSizeInBytes..]))
        {
            throw new StateRefusedException(StateError.Tampered);
        }

        return newest is StateStamp known && !stamp.MayReplace(known)
            ? throw new StateRefusedException(StateError.Outdated)
            : source[start..^EndLength];
    }

    private static StateError ErrorOf(FormatError error) => error switch
    {
        FormatError.Truncated => StateError.Truncated,
        FormatError.UnsupportedVersion => StateError.UnsupportedVersion,
        FormatError.BadMagic or FormatError.WrongKind => StateError.NotAState,
        _ => StateError.Damaged,
    };

    private static void HashOf(ReadOnlySpan<byte> digest, Span<byte> hash)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha256.AppendData("FedHe saved state v1\0"u8);
        sha256.AppendData(digest);
        sha256.GetHashAndReset(hash);
    }

    private static void Begin(
        WireKind kind, Digest parametersId, Digest jobDigest, StateStamp stamp, long contentLength, IncrementalHash hash, IBufferWriter<byte> destination)
    {
        var head = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(head);
        writer.WriteHeader(kind, parametersId, JobDigestSize + StateStamp.SizeInBytes + contentLength + EndLength);
        writer.WriteDigest(jobDigest);
        stamp.Write(writer);
        hash.AppendData(head.WrittenSpan);
        destination.Write(head.WrittenSpan);
    }

    private static void End(IncrementalHash hash, SigningKey key, IBufferWriter<byte> destination)
    {
        Span<byte> end = stackalloc byte[EndLength];
        hash.GetHashAndReset(end);
        Span<byte> signed = stackalloc byte[SHA256.HashSizeInBytes];
        HashOf(end[..Digest.SizeInBytes], signed);
        key.SignHash(signed, end[Digest.SizeInBytes..]);
        destination.Write(end);
    }
}
