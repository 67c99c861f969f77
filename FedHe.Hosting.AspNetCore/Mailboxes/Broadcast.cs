using FedHe.Hosting.Folders;
using FedHe.Orchestration.Messages;

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

    private readonly PartyFolder _folder;
    private readonly Lock _changing = new();
    private readonly HashSet<string> _waiting;

    // Whether the list may end in a part of a line, behind which another one would name another party.
    private bool _isTorn;

    private Broadcast(PartyFolder folder, string name, long number, long length, MessageInfo? info, IEnumerable<string> waiting)
        => (_folder, Name, Number, Length, Info, _waiting) = (folder, name, number, length, info, new HashSet<string>(waiting, StringComparer.Ordinal));

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

    /// <summary>Writes a broadcast. When the method returns, it is on the disk.</summary>
    /// <param name="folder">The folder of the server.</param>
    /// <param name="name">The name of its files, without their extensions.</param>
    /// <param name="number">Its position among all messages of the server.</param>
    /// <param name="parties">The recipients.</param>
    /// <param name="message">The message.</param>
    /// <exception cref="IOException">The broadcast could not be written, and has not happened.</exception>
    public static Broadcast Write(PartyFolder folder, string name, long number, IReadOnlyList<string> parties, ReadOnlySpan<byte> message)
    {
        _ = MessageInfo.TryRead(message, out MessageInfo? info);
        var broadcast = new Broadcast(folder, name, number, message.Length, info, parties);
        folder.Replace(broadcast.List, LinesOf(Waits, parties));
        try
        {
            folder.Replace(broadcast.File, message);
        }
        catch (IOException)
        {
            broadcast.TryDelete(broadcast.List);
            throw;
        }

        return broadcast;
    }

    /// <summary>Reads a broadcast of an earlier process, or returns null where it never happened or is over, and deletes what is left of it.</summary>
    /// <param name="folder">The folder of the server.</param>
    /// <param name="name">The name of its files, without their extensions.</param>
    /// <param name="number">Its position among all messages of the server.</param>
    public static Broadcast? Read(PartyFolder folder, string name, long number)
    {
        string text = System.Text.Encoding.UTF8.GetString(folder.TryRead($"{name}{ListExtension}") ?? []);
        string[] whole = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var waiting = new HashSet<string>(whole.Where(line => line[0] == Waits).Select(line => line[1..]), StringComparer.Ordinal);
        waiting.ExceptWith(whole.Where(line => line[0] == HasHandled).Select(line => line[1..]));
        var file = new FileInfo(folder.PathOf($"{name}{MessageExtension}"));
        var broadcast = new Broadcast(folder, name, number, file.Exists ? file.Length : 0, info: null, waiting);
        if (!file.Exists || waiting.Count == 0)
        {
            broadcast.Delete();
            return null;
        }

        if (!text.EndsWith('\n'))
        {
            // The next line would continue the torn one, and might name another party by it.
            folder.Replace(broadcast.List, LinesOf(Waits, waiting));
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
                if (_isTorn)
                {
                    _folder.Replace(List, LinesOf(Waits, _waiting));
                }
                else
                {
                    System.IO.File.AppendAllBytes(_folder.PathOf(List), LinesOf(HasHandled, [party]));
                }

                _isTorn = false;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
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
        if (TryDelete(File))
        {
            TryDelete(List);
        }
    }

    private bool TryDelete(string file)
    {
        try
        {
            _folder.Delete(file);
            return true;
        }
        catch (IOException)
        {
            // The next process finds it, and deletes it when all have handled it.
            return false;
        }
    }
}
