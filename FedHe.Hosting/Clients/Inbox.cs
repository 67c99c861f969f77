using System.Threading.Channels;
using FedHe.Hosting.Connections;

namespace FedHe.Hosting.Clients;

/// <summary>
/// An inbox holds the messages that a client received while it handles an earlier one. It takes them however long a training lasts, so that
/// the client goes on asking for more and is not taken for one that is gone; only a large amount of bytes makes its writer wait.
/// </summary>
internal sealed class Inbox(long mostBytes) : IDisposable
{
    private readonly Channel<ReceivedMessage?> _entries = Channel.CreateUnbounded<ReceivedMessage?>();
    private readonly SemaphoreSlim _taken = new(0);
    private long _bytes;

    /// <summary>What stands in the inbox for a while without messages, in which a receiver of models that failed is asked again.</summary>
    public static ReceivedMessage Idle { get; } = new(string.Empty, []);

    /// <summary>The number of entries that wait.</summary>
    public int Count => _entries.Reader.Count;

    /// <summary>Puts a message in, or null for an announcement, and waits while more bytes wait than may.</summary>
    public async Task PutAsync(ReceivedMessage? message, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _bytes, message?.Length ?? 0);
        _entries.Writer.TryWrite(message);
        while (Interlocked.Read(ref _bytes) > mostBytes)
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
        Interlocked.Add(ref _bytes, -(message?.Length ?? 0));
        _taken.Release();
        return message;
    }

    public void Dispose() => _taken.Dispose();
}
