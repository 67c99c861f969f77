using FedHe.Hosting.Errors;

namespace FedHe.Hosting.Connections;

/// <summary>A received message is one from the mailbox of a party, in memory or, where it is long and its party takes such messages, in a file.</summary>
internal sealed class ReceivedMessage : IDisposable
{
    private const int PartLength = 256 * 1024;

    private readonly byte[] _memory;
    private readonly FileStream? _file;

    /// <summary>Creates a message in memory.</summary>
    /// <param name="id">The name of the message in the mailbox, by which it is acknowledged.</param>
    /// <param name="bytes">The message.</param>
    public ReceivedMessage(string id, byte[] bytes)
        : this(id, bytes, bytes.Length, file: null) => Received = Length;

    /// <summary>Begins with bytes in memory that have no name in a mailbox.</summary>
    public ReceivedMessage(long length)
        : this(string.Empty, new byte[length], length, file: null)
    {
    }

    private ReceivedMessage(string id, byte[] memory, long length, FileStream? file) => (Id, _memory, Length, _file) = (id, memory, length, file);

    /// <summary>The name of the message in the mailbox, by which it is acknowledged.</summary>
    public string Id { get; }

    /// <summary>The length of the message, in bytes.</summary>
    public long Length { get; }

    /// <summary>How much of the message has come, in bytes.</summary>
    public long Received { get; private set; }

    /// <summary>Whether the message is in a file.</summary>
    public bool IsInFile => _file is not null;

    /// <summary>The message, where it is in memory; otherwise its beginning, which says what it is.</summary>
    public ReadOnlyMemory<byte> Beginning => _memory.AsMemory(0, (int)Math.Min(_memory.Length, Received));

    /// <summary>Begins with a message that is longer than its party wants, of which nothing is taken.</summary>
    public static ReceivedMessage PassedOver(string id, long length) => new(id, memory: [], length, file: null);

    /// <summary>Begins with a message that is going to come.</summary>
    /// <param name="id">The name of the message in the mailbox.</param>
    /// <param name="length">The length that the server states, in bytes.</param>
    /// <param name="files">Where long messages go, or null where every message goes to memory.</param>
    /// <exception cref="HostingException">No message of the job can be so long, or the disk has no room for it.</exception>
    public static ReceivedMessage Begin(string id, long length, ReceivedFiles? files)
    {
        if (id.Length == 0 || length <= 0 || length > (files?.Longest ?? Array.MaxLength))
        {
            throw Throw.MessageTooLong(length);
        }

        return files is not null && length > files.LongestInMemory
            ? new ReceivedMessage(id, new byte[ReceivedFiles.BeginningLength], length, files.Create(length))
            : new ReceivedMessage(id, new byte[length], length, file: null);
    }

    /// <summary>Takes as much of the message as comes. What breaks the stream off ends the call, and what came so far is kept.</summary>
    /// <param name="stream">The message, from where it has come to.</param>
    /// <param name="limit">How long the rest of the message may take.</param>
    /// <param name="cancellationToken">Ends the call, which throws then.</param>
    /// <exception cref="HostingException">The file cannot be written.</exception>
    public async Task TakeAsync(Stream stream, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(limit);
        byte[]? part = IsInFile ? new byte[PartLength] : null;
        while (Received < Length)
        {
            Memory<byte> free = part is null ? _memory.AsMemory((int)Received) : part.AsMemory(0, (int)Math.Min(part.Length, Length - Received));
            int count;
            try
            {
                count = await stream.ReadAsync(free, end.Token).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is IOException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                return;
            }

            if (count == 0)
            {
                return;
            }

            if (part is not null)
            {
                await WriteAsync(part.AsMemory(0, count)).ConfigureAwait(false);
            }

            Received += count;
        }
    }

    /// <summary>Begins with the message anew, because its rest cannot be had alone.</summary>
    public void Restart() => Received = 0;

    /// <summary>Opens the message, from its beginning; one stream at a time, which ends with the message.</summary>
    public Stream OpenRead()
    {
        if (_file is null)
        {
            return new MemoryStream(_memory, writable: false);
        }

        _file.Position = 0;
        return _file;
    }

    /// <summary>Returns the bytes of the message, which is no longer than an array; one in a file is read.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public byte[] ToArray()
    {
        if (_file is null)
        {
            return _memory;
        }

        byte[] bytes = new byte[Length];
        OpenRead().ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Deletes the file, where the message is in one.</summary>
    public void Dispose() => _file?.Dispose();

    private async Task WriteAsync(ReadOnlyMemory<byte> part)
    {
        if (Received < _memory.Length)
        {
            ReadOnlyMemory<byte> beginning = part[..(int)Math.Min(part.Length, _memory.Length - Received)];
            beginning.CopyTo(_memory.AsMemory((int)Received));
        }

        try
        {
            await RandomAccess.WriteAsync(_file!.SafeFileHandle, part, Received, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            throw Throw.FolderNotWritable(Path.GetDirectoryName(_file!.Name)!, fault);
        }
    }
}
