using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Server;

/// <summary>
/// An upload hasher computes the digests of an upload while its bytes arrive, so that <see cref="FederationServer.Handle(Stream, UploadDigests?)"/> need not read a long upload once
/// more for them. It is not thread-safe.
/// </summary>
/// <remarks>It checks nothing, and any bytes may be appended: the server compares what it found with what the client signed.</remarks>
/// <example>
/// <code>
/// // The host writes what arrives to a file, and hashes it meanwhile: Stream body, FileStream file.
/// using var hasher = new UploadHasher();
/// byte[] part = new byte[64 * 1024];
/// int length;
/// while ((length = body.Read(part)) > 0)
/// {
///     hasher.Append(part.AsSpan(0, length));
///     file.Write(part.AsSpan(0, length));
/// }
///
/// file.Position = 0;
/// ServerStep step = server.Handle(file, hasher.Complete());
/// </code>
/// </example>
public sealed class UploadHasher : IDisposable
{
    // Enough to find the update in the message, and the model in the update.
    private const int HeadLength = MessageFormat.LongestBeginning + ProtectedUpdate.HeadLength;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _head = new byte[HeadLength];
    private long _start = -1;
    private long _split;
    private long _end;
    private Digest _beginning;
    private bool _isComplete;

    /// <summary>The number of bytes that were appended.</summary>
    public long Length { get; private set; }

    /// <summary>Takes the next bytes of the message.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="InvalidOperationException">The digests were returned already.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        ThrowIfComplete();
        if (Length < HeadLength)
        {
            int count = (int)Math.Min(HeadLength - Length, bytes.Length);
            bytes[..count].CopyTo(_head.AsSpan((int)Length));
            Length += count;
            bytes = bytes[count..];
            if (Length < HeadLength)
            {
                return;
            }

            BeginUpdate();
        }

        Hash(bytes, Length);
        Length += bytes.Length;
    }

    /// <summary>Returns the digests of a message all of which was appended, or null where the bytes are no upload. Nothing can be appended afterwards.</summary>
    /// <exception cref="InvalidOperationException">The digests were returned already.</exception>
    public UploadDigests? Complete()
    {
        ThrowIfComplete();
        _isComplete = true;
        if (Length < HeadLength)
        {
            BeginUpdate();
        }

        return _start < 0 || Length != _end + MessageSignature.SizeInBytes ? null
            : new UploadDigests(new Digest(_hash.GetHashAndReset()), _beginning);
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void ThrowIfComplete()
    {
        if (_isComplete)
        {
            throw Throw.HasherIsComplete();
        }
    }

    /// <summary>Finds the update in the beginning of the message, and hashes what is there of it.</summary>
    private void BeginUpdate()
    {
        ReadOnlySpan<byte> head = _head.AsSpan(0, (int)Length);
        if (MessageFormat.TryFindUpdate(head, out int start, out long length))
        {
            (_start, _end) = (start, start + length);
            _split = start + ProtectedUpdate.BeginningLength(head[start..Math.Min(head.Length, start + ProtectedUpdate.HeadLength)], length);
            Hash(head, at: 0);
        }
    }

    /// <summary>Hashes what bytes at a place of the message have of the update.</summary>
    private void Hash(ReadOnlySpan<byte> bytes, long at)
    {
        if (_start < 0)
        {
            return;
        }

        int first = (int)Math.Clamp(_start - at, 0, bytes.Length);
        ReadOnlySpan<byte> update = bytes[first..(int)Math.Clamp(_end - at, first, bytes.Length)];
        int before = (int)Math.Clamp(_split - at - first, 0, update.Length);
        _hash.AppendData(update[..before]);
        if (at + first + before == _split)
        {
            _beginning = new Digest(_hash.GetCurrentHash());
        }

        _hash.AppendData(update[before..]);
    }
}
