using System.Buffers;
using FedHe.Hosting.Stores;

namespace FedHe.Hosting.Tests.Support;

/// <summary>Stores that fail at every so manieth write, before or behind it, as a disk does that is full or a connection that breaks.</summary>
/// <param name="inner">The stores that work.</param>
/// <param name="gap">How many writes come through behind one that fails, at least: enough for a server to go back to what is saved. The gaps differ, so that all kinds of writes fail.</param>
/// <param name="isBehind">Whether the write that fails has happened.</param>
internal sealed class FailingStores(IServerStores inner, int gap, bool isBehind) : IServerStores
{
    private const int Differences = 11;

    private int _writes;
    private int _last;

    /// <summary>How many writes have failed.</summary>
    public int Failures { get; private set; }

    /// <summary>How often something that was written was committed.</summary>
    public int Commits { get; private set; }

    /// <summary>Whether writes fail.</summary>
    public bool AreFailing { get; set; }

    public IServerStore Open(string name, Guid jobId) => new Store(this, inner.Open(name, jobId));

    private void Write(Action write)
    {
        bool fails = AreFailing && ++_writes - _last > gap + (7 * Failures % Differences);
        if (!fails || isBehind)
        {
            write();
        }

        if (fails)
        {
            Failures++;
            _last = _writes;
            throw new IOException("A write that is to fail.");
        }
    }

    private sealed class Store(FailingStores owner, IServerStore store) : IServerStore
    {
        // A commit of nothing comes when the clock wants it.
        private bool _hasWritten;

        public string Location => store.Location;

        public bool HasFiles => store.HasFiles;

        public string PathOf(string name) => store.PathOf(name);

        public void CreateFolder(string name) => store.CreateFolder(name);

        public IReadOnlyList<StoredFile> List(string folder) => store.List(folder);

        public IReadOnlyList<string> ListFolders(string folder) => store.ListFolders(folder);

        public bool Exists(string name) => store.Exists(name);

        public byte[]? TryRead(string name) => store.TryRead(name);

        public Stream OpenRead(string name) => store.OpenRead(name);

        public ValueTask<Stream> OpenReadAsync(string name, CancellationToken cancellationToken) => store.OpenReadAsync(name, cancellationToken);

        public void Replace(string name, ReadOnlySpan<byte> bytes)
        {
            byte[] copy = bytes.ToArray();
            Write(() => store.Replace(name, copy));
        }

        public void Replace(string name, Action<IBufferWriter<byte>> write) => Write(() => store.Replace(name, write));

        public void Append(string name, long length, ReadOnlySpan<byte> bytes)
        {
            byte[] copy = bytes.ToArray();
            Write(() => store.Append(name, length, copy));
        }

        public void Cut(string name, long length) => Write(() => store.Cut(name, length));

        public void Delete(string name) => Write(() => store.Delete(name));

        public void Note(string name, ReadOnlySpan<byte> bytes, bool isWhole) => store.Note(name, bytes, isWhole);

        public bool Discard(string name) => store.Discard(name);

        public void WhenSaved(Action action) => store.WhenSaved(action);

        public void Commit()
        {
            if (!_hasWritten)
            {
                store.Commit();
                return;
            }

            _hasWritten = false;
            owner.Commits++;
            owner.Write(store.Commit);
        }

        public void Rollback()
        {
            _hasWritten = false;
            store.Rollback();
        }

        public void Dispose() => store.Dispose();

        private void Write(Action write)
        {
            _hasWritten = true;
            owner.Write(write);
        }
    }
}
