using System.Globalization;
using System.Text;
using FedHe.Hosting.Stores;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.AspNetCore.Mailboxes;

/// <summary>
/// A mailbox keeps the messages to one party on the disk, in their order, until the party acknowledges them. It is thread-safe. A full one
/// drops its oldest messages, which their party finds out by a gap in the numbers.
/// </summary>
internal sealed class Mailbox
{
    private const string Extension = ".message";

    private readonly IServerStore _store;
    private readonly Broadcasts _broadcasts;
    private readonly string _party;
    private readonly string _name;
    private readonly int _mostMessages;
    private readonly long _mostBytes;
    private readonly Guid _life = Guid.NewGuid();
    private readonly Lock _changing = new();
    private readonly LinkedList<WaitingMessage> _messages = [];
    private TaskCompletionSource _arrival = NewArrival();
    private long _bytes;
    private long _numbered;

    private Mailbox(IServerStore store, Broadcasts broadcasts, string party, string name, int mostMessages, long mostBytes)
        => (_store, _broadcasts, _party, _name, _mostMessages, _mostBytes) = (store, broadcasts, party, name, mostMessages, mostBytes);

    /// <summary>The number of messages that wait.</summary>
    public int Count
    {
        get
        {
            lock (_changing)
            {
                return _messages.Count;
            }
        }
    }

    /// <summary>Opens the mailbox of a party with what waits in it.</summary>
    /// <param name="store">The store of the server.</param>
    /// <param name="broadcasts">The messages that lie in several mailboxes of the server.</param>
    /// <param name="party">The name of the party, which the name of the mailbox's folder has as hexadecimal digits: a name may be two dots.</param>
    /// <param name="mostMessages">The largest number of messages that wait.</param>
    /// <param name="mostBytes">The largest number of bytes that wait, beside the newest message.</param>
    public static Mailbox Open(IServerStore store, Broadcasts broadcasts, string party, int mostMessages, long mostBytes)
    {
        string name = string.Concat("mail/", Convert.ToHexStringLower(Encoding.UTF8.GetBytes(party)));
        store.CreateFolder("mail");
        store.CreateFolder(name);
        var mailbox = new Mailbox(store, broadcasts, party, name, mostMessages, mostBytes);
        var found = broadcasts.FoundFor(party).Select(broadcast => (broadcast.Number, broadcast.File, broadcast.Length, Broadcast: (Broadcast?)broadcast)).ToList();
        foreach (StoredFile file in store.List(name))
        {
            if (file.Name.EndsWith(Extension, StringComparison.Ordinal) && long.TryParse(Path.GetFileNameWithoutExtension(file.Name), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                found.Add((number, $"{name}/{file.Name}", file.Length, Broadcast: null));
                broadcasts.ContinueBehind(number);
            }
        }

        foreach ((long _, string file, long length, Broadcast? broadcast) in found.OrderBy(message => message.Number))
        {
            mailbox.Add(file, length, info: null, broadcast);
        }

        return mailbox;
    }

    /// <summary>Puts a message in, which its party can get when it is on the disk.</summary>
    /// <param name="message">The message.</param>
    /// <param name="drop">Takes the number of messages that were dropped, because the mailbox was full; not called where there are none.</param>
    /// <exception cref="IOException">The message could not be written, and is not in the mailbox.</exception>
    public void Put(ReadOnlySpan<byte> message, Action<int>? drop = null)
    {
        string file = NextFile();
        int length = message.Length;
        _store.Replace(file, message);
        _ = MessageInfo.TryRead(message, out MessageInfo? info);
        _store.WhenSaved(() => Arrive(file, length, info, broadcast: null, drop));
    }

    /// <summary>Puts a message of the server in, which its party can get when it is on the disk.</summary>
    /// <param name="message">The message, of which a part is in memory at a time.</param>
    /// <param name="drop">Takes the number of messages that were dropped, because the mailbox was full; not called where there are none.</param>
    /// <exception cref="IOException">The message could not be written, and is not in the mailbox.</exception>
    public void Put(OutgoingMessage message, Action<int>? drop = null)
    {
        string file = NextFile();
        _store.Replace(file, message.WriteTo);
        (long length, MessageInfo? info) = (message.Length, message.ReadInfo());
        _store.WhenSaved(() => Arrive(file, length, info, broadcast: null, drop));
    }

    /// <summary>Puts a broadcast in, which was written and has the party among its recipients.</summary>
    /// <param name="broadcast">The broadcast.</param>
    /// <param name="drop">Takes the number of messages that were dropped, because the mailbox was full; not called where there are none.</param>
    public void Put(Broadcast broadcast, Action<int>? drop = null)
        => _store.WhenSaved(() => Arrive(broadcast.File, broadcast.Length, broadcast.Info, broadcast, drop));

    /// <summary>Finds a message by its name.</summary>
    public WaitingMessage? Find(MessageName name)
    {
        lock (_changing)
        {
            return _messages.FirstOrDefault(message => message.Name == name);
        }
    }

    /// <summary>
    /// Waits for the first message behind another one, or the first of all where that name is null or of another life. Returns null where none
    /// comes in time.
    /// </summary>
    public async Task<WaitingMessage?> WaitAfterAsync(MessageName? after, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        while (true)
        {
            Task arrival;
            lock (_changing)
            {
                if (FindNext(after) is WaitingMessage found)
                {
                    return found;
                }

                arrival = _arrival.Task;
            }

            try
            {
                await arrival.WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    /// <summary>Deletes a message that its party has handled. Returns false where it does not wait here.</summary>
    public bool Remove(MessageName name)
    {
        lock (_changing)
        {
            for (LinkedListNode<WaitingMessage>? node = _messages.First; node is not null; node = node.Next)
            {
                if (node.Value.Name == name)
                {
                    Delete(node);
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Returns the path of a message, or null where the store has no files.</summary>
    public string? PathOf(WaitingMessage message) => _store.HasFiles ? _store.PathOf(message.File) : null;

    /// <summary>Opens a message.</summary>
    /// <exception cref="FileNotFoundException">The message was deleted meanwhile.</exception>
    public ValueTask<Stream> OpenReadAsync(WaitingMessage message, CancellationToken cancellationToken) => _store.OpenReadAsync(message.File, cancellationToken);

    private string NextFile() => string.Create(CultureInfo.InvariantCulture, $"{_name}/{_broadcasts.NextNumber():D18}{Extension}");

    private static TaskCompletionSource NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WaitingMessage? FindNext(MessageName? after)
    {
        long number = after is MessageName name && name.Life == _life ? name.Number : 0;
        return _messages.FirstOrDefault(message => message.Name.Number > number);
    }

    private void Arrive(string file, long length, MessageInfo? info, Broadcast? broadcast, Action<int>? drop)
    {
        TaskCompletionSource arrival;
        int dropped = 0;
        lock (_changing)
        {
            Add(file, length, info, broadcast);
            while (_messages.Count > 1 && (_messages.Count > _mostMessages || _bytes > _mostBytes))
            {
                Delete(_messages.First!);
                dropped++;
            }

            (arrival, _arrival) = (_arrival, NewArrival());
        }

        arrival.SetResult();
        if (dropped > 0)
        {
            drop?.Invoke(dropped);
        }
    }

    private void Add(string file, long length, MessageInfo? info, Broadcast? broadcast)
    {
        _messages.AddLast(new WaitingMessage(new MessageName(_life, ++_numbered), file, length, info, broadcast));
        _bytes += length;
    }

    private void Delete(LinkedListNode<WaitingMessage> node)
    {
        _messages.Remove(node);
        _bytes -= node.Value.Length;
        if (node.Value.Broadcast is Broadcast broadcast)
        {
            broadcast.Handled(_party);
            return;
        }

        // What is not gone is offered once more after a restart, and its party knows it.
        _store.Discard(node.Value.File);
    }
}
