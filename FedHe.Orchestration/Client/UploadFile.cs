using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Files;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Client;

/// <summary>An upload file is the message of an upload in a file of the client's folder.</summary>
/// <param name="name">The name of the file.</param>
/// <param name="path">The path of the file.</param>
/// <param name="length">The length of the message in bytes.</param>
/// <param name="signed">The message without the update: what the signature covers, the digest of the update among it, and the signature.</param>
internal sealed class UploadFile(string name, string path, long length, ReadOnlyMemory<byte> signed)
{
    /// <summary>What stands in a state in the place of the length of an upload, where the upload is in a file.</summary>
    private const int InFile = -1;

    public string Name => name;

    public string FullPath => path;

    public long Length => length;

    /// <summary>The message without the update.</summary>
    public ReadOnlyMemory<byte> Signed => signed;

    /// <summary>The digest by which the server acknowledges the message.</summary>
    public Digest Digest => Digest.Compute(signed.Span);

    public Stream OpenRead() => new FileStream(
        path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read | FileShare.Delete, BufferSize = 0 });

    public ReadOnlyMemory<byte> ToMemory()
    {
        using Stream stream = OpenRead();
        return stream.ReadMessage(length);
    }

    public void WriteTo(IBufferWriter<byte> destination)
    {
        using Stream stream = OpenRead();
        stream.WriteTo(destination);
    }

    /// <summary>Tells whether the file has the message, for which all of it is read.</summary>
    /// <param name="parametersId">The parameters of the job.</param>
    public bool IsIntact(Digest parametersId)
    {
        using Stream stream = OpenRead();
        return stream.Length == length
            && MessageFormat.TryReadUpload(MessageContent.Of(stream), parametersId, length, out Upload? upload, out ReadOnlyMemory<byte> read, out _)
            && read.Span.SequenceEqual(signed.Span)
            && upload.IsIntact(degree: -1);
    }

    /// <summary>Writes where an upload is, in the place of its bytes.</summary>
    public void Write(WireWriter writer)
    {
        writer.WriteInt32(InFile);
        writer.WriteString(name);
        writer.WriteInt64(length);
        writer.WriteBytesWithLength(signed.Span);
    }

    /// <summary>Reads what <see cref="Write"/> wrote; the file may not be there.</summary>
    /// <param name="reader">The reader of a state.</param>
    /// <param name="folder">The folder of the client.</param>
    public static UploadFile Read(ref WireReader reader, string folder)
    {
        reader.Require(reader.ReadInt32(InFile, InFile) == InFile, FormatError.Inconsistent);
        string name = reader.ReadString(StoredModel.LongestName);
        reader.Require(ClientFolder.IsName(name), FormatError.FieldOutOfRange);
        long length = reader.ReadInt64(0, long.MaxValue);
        byte[] signed = reader.ReadBytesWithLength().ToArray();

        // A relative path means another file where the process changes its directory. A name that is none is never a path.
        return new UploadFile(name, reader.Failed ? "" : Path.GetFullPath(name, Path.GetFullPath(folder)), length, signed);
    }
}
