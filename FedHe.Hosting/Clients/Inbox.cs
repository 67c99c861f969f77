using System.Threading.Channels;
using FedHe.Hosting.Connections;

namespace FedHe.Hosting.Clients;

/// <summary>
/// An inbox holds the messages that a client received while it handles an earlier one. It takes them however long a training lasts, so that
/// the client goes on asking for more and is not taken for one that is gone; only a large amount of bytes in memory, or several long messages in files, make its writer wait.
/// </summary>
internal sealed class Inbox(long mostBytes) : IDisposable
{
    /// <summary>The largest number of messages in files that wait: the sums of two rounds.</summary>
    public const int MostFiles = 2;

    private readonly Channel<ReceivedMessage?> _entries = Channel.CreateUnbounded<ReceivedMessage?>();
    private readonly SemaphoreSlim _taken = new(0);
    private long _bytes;
    private int _files;

    /// <summary>What stands in the inbox for a while without messages, in which a receiver of models that failed is asked again.</summary>
    public static ReceivedMessage Idle { get; } = new(string.Empty, []);

    /// <summary>The number of entries that wait.</summary>
    public int Count => _entries.Reader.Count;

    /// <summary>Puts a message in, or null for an announcement, and waits while more wait than may.</summary>
    public async Task PutAsync(ReceivedMessage? message, CancellationToken cancellationToken)
    {
        Add(message, sign: 1);
        if (!_entries.Writer.TryWrite(message))
        {
            // The client ends, and begins with the message when it is started again.
            message?.Dispose();
        }

        while (Interlocked.Read(ref _bytes) > mostBytes || Volatile.Read(ref _files) > MostFiles)
        {
            await _taken.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Notes that no message came for a while, where nothing else waits.</summary>
    public void PutIdle()
    {
        if (Count == 0)
        {
            _entries.Writer.TryWrite(Idle);
        }
    }

    /// <summary>Takes the oldest entry, and waits for one.</summary>
    public async Task<ReceivedMessage?> TakeAsync(CancellationToken cancellationToken)
    {
        ReceivedMessage? message = await _entries.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        Add(message, sign: -1);
        _taken.Release();
        return message;
    }

    /// <summary>Deletes the files of messages that still wait; the mailbox has them.</summary>
    public void Dispose()
    {
        _entries.Writer.TryComplete();
        while (_entries.Reader.TryRead(out ReceivedMessage? message))
        {
            message?.Dispose();
        }

        _taken.Dispose();
    }

    private void Add(ReceivedMessage? message, int sign)
    {
        if (message is not null)
        {
            Interlocked.Add(ref _bytes, sign * (message.IsInFile ? message.Beginning.Length : message.Length));
            Interlocked.Add(ref _files, message.IsInFile ? sign : 0);
        }
    }
}
