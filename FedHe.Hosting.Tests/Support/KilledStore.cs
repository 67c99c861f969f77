using System.Buffers;
using FedHe.Hosting.Stores;

namespace FedHe.Hosting.Tests.Support;

/// <summary>A store whose process is killed at a write: from then on nothing comes through.</summary>
/// <param name="kill">The kill, which several stores of the process share.</param>
/// <param name="inner">The store that works.</param>
/// <param name="spoil">Is called behind each file that was replaced by what an object writes.</param>
internal sealed class KilledStore(Kill kill, IServerStore inner, Action<string>? spoil = null) : IServerStore
{
    public string Location => inner.Location;

    public bool HasFiles => inner.HasFiles;

    public string PathOf(string name) => inner.PathOf(name);

    public void CreateFolder(string name) => kill.Write(() => inner.CreateFolder(name));

    public IReadOnlyList<StoredFile> List(string folder) => Read(() => inner.List(folder));

    public IReadOnlyList<string> ListFolders(string folder) => Read(() => inner.ListFolders(folder));

    public bool Exists(string name) => Read(() => inner.Exists(name));

    public byte[]? TryRead(string name) => Read(() => inner.TryRead(name));

    public Stream OpenRead(string name) => Read(() => inner.OpenRead(name));

    public void Replace(string name, ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        kill.Write(() => inner.Replace(name, copy));
    }

    public void Replace(string name, Action<IBufferWriter<byte>> write) => kill.Write(() =>
    {
        inner.Replace(name, write);
        spoil?.Invoke(name);
    });

    public void Append(string name, long length, ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        kill.Write(() => inner.Append(name, length, copy));
    }

    public void Cut(string name, long length) => kill.Write(() => inner.Cut(name, length));

    public void Delete(string name) => kill.Write(() => inner.Delete(name));

    public void Note(string name, ReadOnlySpan<byte> bytes, bool isWhole)
    {
        byte[] copy = bytes.ToArray();
        kill.Write(() => inner.Note(name, copy, isWhole));
    }

    public bool Discard(string name) => Read(() => inner.Discard(name));

    public void WhenSaved(Action action) => inner.WhenSaved(action);

    public void Commit() => kill.Write(inner.Commit);

    public void Rollback() => kill.Write(inner.Rollback);

    public void Dispose() => inner.Dispose();

    private T Read<T>(Func<T> read)
    {
        kill.RequireLife();
        return read();
    }
}
