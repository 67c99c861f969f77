using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>
/// An upload hasher computes the digests of an upload while its bytes arrive, so that <see cref="FederationServer.Handle(Stream, UploadDigests?)"/> need not read a long upload once
/// more for them. It is not thread-safe.
/// </summary>
/// <remarks>It checks nothing, and any bytes may be appended: the server compares what it found with what the client signed. A <see cref="TransferHasher"/> does the same for uploads in chunks.</remarks>
/// <example>
/// <code>
/// // The host writes what arrives to a file, and hashes it meanwhile: Stream body, FileStream file.
/// var hasher = new UploadHasher();
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
public sealed class UploadHasher
{
    private readonly MessagePieces _pieces = new();
    private bool _isComplete;

    /// <summary>The number of bytes that were appended.</summary>
    public long Length => _pieces.Length;

    /// <summary>Takes the next bytes of the message.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="InvalidOperationException">The digests were returned already.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        ThrowIfComplete();
        _pieces.Append(bytes);
    }

    /// <summary>Returns the digests of a message all of which was appended, or null where the bytes are no upload. Nothing can be appended afterwards.</summary>
    /// <exception cref="InvalidOperationException">The digests were returned already.</exception>
    public UploadDigests? Complete()
    {
        ThrowIfComplete();
        _isComplete = true;
        _pieces.Flush();
        using UploadRanges? upload = _pieces.Upload;
        return upload?.Complete(_pieces.Length);
    }

    private void ThrowIfComplete()
    {
        if (_isComplete)
        {
            throw Throw.HasherIsComplete();
        }
    }
}
