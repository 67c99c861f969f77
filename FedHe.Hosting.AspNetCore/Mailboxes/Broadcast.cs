using FedHe.Hosting.Stores;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.AspNetCore.Mailboxes;

/// <summary>A broadcast is a message to several parties, which is on the disk once, until the last of them has handled it. It is thread-safe.</summary>
/// <remarks>
/// Beside the message lies a list: a line "+PARTY" for each recipient, and "-PARTY" behind them for each that has handled it. The list comes to the disk
/// before the message and leaves it after, so a list without a message is a broadcast that never happened, or is over.
/// </remarks>
internal sealed class Broadcast
{
    public const string MessageExtension = ".message";
    public const string ListExtension = ".recipients";

    private const char Waits = '+';
    private const char HasHandled = '-';

    private readonly IServerStore _store;
    private readonly Lock _changing = new();
    private readonly HashSet<string> _waiting;

    // Whether the list may end in a part of a line, behind which another one would name another party.
    private bool _isTorn;

    private Broadcast(IServerStore store, string name, long number, long length, MessageInfo? info, IEnumerable<string> waiting)
        => (_store, Name, Number, Length, Info, _waiting) = (store, name, number, length, info, new HashSet<string>(waiting, StringComparer.Ordinal));

    /// <summary>The position among all messages of the server.</summary>
    public long Number { get; }

    /// <summary>The length of the message in bytes.</summary>
    public long Length { get; }

    /// <summary>What the message says about itself; null for a message of an earlier process.</summary>
    public MessageInfo? Info { get; }

    /// <summary>The name of the file with the message, in the folder of the server.</summary>
    public string File => $"{Name}{MessageExtension}";

    /// <summary>The parties that have not handled the message.</summary>
    public IReadOnlyList<string> Waiting
    {
        get
        {
            lock (_changing)
            {
                return [.. _waiting];
            }
        }
    }

    private string Name { get; }

    private string List => $"{Name}{ListExtension}";

    /// <summary>Writes a broadcast. It is on the disk when the store is committed, which a folder always is.</summary>
    /// <param name="store">The store of the server.</param>
    /// <param name="name">The name of its files, without their extensions.</param>
    /// <param name="number">Its position among all messages of the server.</param>
    /// <param name="parties">The recipients.</param>
    /// <param name="message">The message.</param>
    /// <exception cref="IOException">The broadcast could not be written, and has not happened.</exception>
    public static Broadcast Write(IServerStore store, string name, long number, IReadOnlyList<string> parties, OutgoingMessage message)
    {
        var broadcast = new Broadcast(store, name, number, message.Length, message.ReadInfo(), parties);
        store.Replace(broadcast.List, LinesOf(Waits, parties));
        try
        {
            store.Replace(broadcast.File, message.WriteTo);
        }
        catch
        {
            // The message is read meanwhile, and its sum may be in a file too.
            store.Discard(broadcast.List);
            throw;
        }

        return broadcast;
    }

    /// <summary>Reads a broadcast of an earlier process, or returns null where it never happened or is over, and deletes what is left of it.</summary>
    /// <param name="store">The store of the server.</param>
    /// <param name="name">The name of its files, without their extensions.</param>
    /// <param name="number">Its position among all messages of the server.</param>
    /// <param name="length">The length of the message in bytes, or null where it is not there.</param>
    public static Broadcast? Read(IServerStore store, string name, long number, long? length)
    {
        string text = System.Text.Encoding.UTF8.GetString(store.TryRead($"{name}{ListExtension}") ?? []);
        string[] whole = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var waiting = new HashSet<string>(whole.Where(line => line[0] == Waits).Select(line => line[1..]), StringComparer.Ordinal);
        waiting.ExceptWith(whole.Where(line => line[0] == HasHandled).Select(line => line[1..]));
        var broadcast = new Broadcast(store, name, number, length ?? 0, info: null, waiting);
        if (length is null || waiting.Count == 0)
        {
            broadcast.Delete();
            return null;
        }

        if (!text.EndsWith('\n'))
        {
            // The next line would continue the torn one, and might name another party by it.
            store.Note(broadcast.List, LinesOf(Waits, waiting), isWhole: true);
        }

        return broadcast;
    }

    /// <summary>Notes that a party has handled the message, and deletes the message behind the last one.</summary>
    public void Handled(string party)
    {
        lock (_changing)
        {
            if (!_waiting.Remove(party))
            {
                return;
            }

            if (_waiting.Count == 0)
            {
                Delete();
                return;
            }

            try
            {
                // It need not outlive a power failure: a message that comes again is known to its party.
                _store.Note(List, _isTorn ? LinesOf(Waits, _waiting) : LinesOf(HasHandled, [party]), isWhole: _isTorn);
                _isTorn = false;
            }
            catch (IOException)
            {
                // It is offered once more after a restart.
                _isTorn = true;
            }
        }
    }

    private static byte[] LinesOf(char mark, IEnumerable<string> parties)
        => System.Text.Encoding.UTF8.GetBytes(string.Concat(parties.Select(party => $"{mark}{party}\n")));

    private void Delete()
    {
        // What is not gone the next process finds, and deletes it when all have handled it.
        if (_store.Discard(File))
        {
            _store.Discard(List);
        }
    }
}
