using System.Globalization;
using FedHe.Hosting.Stores;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.AspNetCore.Mailboxes;

/// <summary>
/// Broadcasts are the messages that lie in several mailboxes of a job and once on the disk. They number the messages of all mailboxes, so that each
/// mailbox knows the order of its own messages and of broadcasts. They are thread-safe.
/// </summary>
internal sealed class Broadcasts
{
    private const string Folder = "mail/broadcasts";

    private readonly IServerStore _store;
    private readonly IReadOnlyList<Broadcast> _found;
    private long _lastNumber;

    private Broadcasts(IServerStore store, IReadOnlyList<Broadcast> found, long last) => (_store, _found, _lastNumber) = (store, found, last);

    /// <summary>Opens the broadcasts of a server with those that wait.</summary>
    public static Broadcasts Open(IServerStore store)
    {
        store.CreateFolder("mail");
        store.CreateFolder(Folder);
        var found = new SortedDictionary<long, Broadcast>();
        long last = 0;
        foreach (IGrouping<string, StoredFile> files in store.List(Folder).GroupBy(file => Path.GetFileNameWithoutExtension(file.Name), StringComparer.Ordinal))
        {
            long? length = files.Where(file => file.Name.EndsWith(Broadcast.MessageExtension, StringComparison.Ordinal)).Select(file => (long?)file.Length).FirstOrDefault();
            if (!long.TryParse(files.Key, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                continue;
            }

            // Also of one that is over: what is left of it may be deleted after the next message is written.
            last = Math.Max(last, number);
            if (Broadcast.Read(store, $"{Folder}/{files.Key}", number, length) is Broadcast broadcast)
            {
                found[number] = broadcast;
            }
        }

        return new Broadcasts(store, [.. found.Values], last);
    }

    /// <summary>Returns the broadcasts of earlier processes that a party has not handled, in their order.</summary>
    public IEnumerable<Broadcast> FoundFor(string party) => _found.Where(broadcast => broadcast.Waiting.Contains(party, StringComparer.Ordinal));

    /// <summary>Forgets the recipients of broadcasts of earlier processes that are no parties: nobody could ever handle them in their place.</summary>
    public void KeepOnly(Func<string, bool> isParty)
    {
        foreach (Broadcast broadcast in _found)
        {
            foreach (string stranger in broadcast.Waiting.Where(party => !isParty(party)))
            {
                broadcast.Handled(stranger);
            }
        }
    }

    /// <summary>Writes a message to several parties, which still has to be put into mailboxes. It is on the disk when the store is committed, which a folder always is.</summary>
    /// <exception cref="IOException">The message could not be written.</exception>
    public Broadcast Write(IReadOnlyList<string> parties, OutgoingMessage message)
    {
        long number = NextNumber();
        return Broadcast.Write(_store, string.Create(CultureInfo.InvariantCulture, $"{Folder}/{number:D18}"), number, parties, message);
    }

    /// <summary>Returns the number of the next message to one party.</summary>
    public long NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>Goes on behind the numbers of a mailbox that is opened.</summary>
    public void ContinueBehind(long number)
    {
        long last;
        do
        {
            last = Volatile.Read(ref _lastNumber);
        }
        while (last < number && Interlocked.CompareExchange(ref _lastNumber, number, last) != last);
    }
}
