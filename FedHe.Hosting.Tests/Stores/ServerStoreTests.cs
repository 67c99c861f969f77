using System.Buffers;
using FedHe.Hosting.Stores;
using FedHe.Hosting.Tests.Support;

namespace FedHe.Hosting.Tests.Stores;

/// <summary>What every store of a server does, whatever it is made of.</summary>
[Collection("PostgreSql")]
public sealed class ServerStoreTests : IDisposable
{
    private TestStores? _stores;

    public void Dispose() => _stores?.Dispose();

    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public void File_ThatIsCommitted_IsThereForTheNextProcess(StoreKind kind)
    {
        using (IServerStore store = Open(kind))
        {
            store.Exists("a").Should().BeFalse();
            store.TryRead("a").Should().BeNull();
            store.Replace("a", [9, 9, 9]);
            store.Replace("a", [1, 2]);
            store.Replace("empty", ReadOnlySpan<byte>.Empty);
            store.Commit();
        }

        using IServerStore next = Open(kind);
        next.TryRead("a").Should().Equal(1, 2);
        next.Exists("empty").Should().BeTrue();
        next.TryRead("empty").Should().BeEmpty();
        next.Delete("a");
        next.Commit();
        next.Exists("a").Should().BeFalse();
        next.Delete("a");
        next.Commit();
    }

    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public void Folders_AreListed_WithoutFilesBesideThem(StoreKind kind)
    {
        using IServerStore store = Open(kind);
        store.ListFolders("mail").Should().BeEmpty();
        foreach (string folder in (string[])["mail", "mail/6331", "mail/broadcasts", "mail/broadcasts/below", "mailing", "mailing/x"])
        {
            store.CreateFolder(folder);
        }

        foreach (string file in (string[])["mail/6331/1", "mail/6331/2", "mail/broadcasts/below/1", "mail/beside", "mailing/x/1"])
        {
            store.Replace(file, [1]);
        }

        store.ListFolders("mail").Should().BeEquivalentTo("6331", "broadcasts");
    }

    [Theory]
    [StoreData(StoreKind.Folder, false)]
    [StoreData(StoreKind.Folder, true)]
    [StoreData(StoreKind.PostgreSql, false)]
    [StoreData(StoreKind.PostgreSql, true)]
    public async Task LongFile_IsReadFromAnyPosition(StoreKind kind, bool isWritten)
    {
        using IServerStore store = Open(kind);
        byte[] bytes = Content((3 * 1024 * 1024) + 517);
        if (isWritten)
        {
            // In pieces of all sizes, one of them longer than what a store has in memory.
            store.Replace("long", writer =>
            {
                for (int at = 0, piece = 1; at < bytes.Length; at += piece, piece = Math.Min((3 * piece) + 1, bytes.Length - at))
                {
                    Span<byte> span = writer.GetSpan(piece);
                    bytes.AsSpan(at, piece).CopyTo(span);
                    writer.Advance(piece);
                }
            });
        }
        else
        {
            store.Replace("long", bytes);
        }

        store.Commit();

        store.TryRead("long").Should().Equal(bytes);
        await using Stream stream = store.OpenRead("long");
        stream.Length.Should().Be(bytes.Length);
        byte[] found = new byte[1000];
        foreach (int start in (int[])[0, (1024 * 1024) - 1, 1024 * 1024, 2_000_000, bytes.Length - 1000, 5])
        {
            stream.Position = start;
            await stream.ReadExactlyAsync(found);
            found.Should().Equal(bytes.AsSpan(start, found.Length).ToArray());
            stream.Seek(-found.Length, SeekOrigin.Current);
            stream.ReadExactly(found);
            found.Should().Equal(bytes.AsSpan(start, found.Length).ToArray());
        }

        stream.Position = bytes.Length;
        (await stream.ReadAsync(found)).Should().Be(0);
        store.Invoking(one => one.OpenRead("none")).Should().Throw<FileNotFoundException>();
    }

    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public void Append_AtAnotherLength_IsRefused_AndChangesNothing(StoreKind kind)
    {
        using IServerStore store = Open(kind);
        store.Append("log", 0, [1, 2]);
        store.Append("log", 2, [3]);
        store.Commit();
        byte[] more = Content((1024 * 1024) + 3);
        store.Append("log", 3, more);
        store.Commit();

        foreach (long wrong in (long[])[0, 2, 4])
        {
            store.Invoking(one => one.Append("log", wrong, [7])).Should().Throw<IOException>();
            store.Rollback();
        }

        store.Invoking(one => one.Append("none", 1, [7])).Should().Throw<IOException>();
        store.Rollback();
        store.TryRead("log").Should().Equal([1, 2, 3, .. more]);
    }

    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public void Cut_LeavesTheBeginning_ForTheNextAppend(StoreKind kind)
    {
        using IServerStore store = Open(kind);
        byte[] bytes = Content(3_000_000);
        store.Replace("log", bytes);
        store.Commit();

        store.Cut("log", 1_500_000);
        store.Append("log", 1_500_000, [5]);
        store.Commit();
        store.TryRead("log").Should().Equal([.. bytes.AsSpan(0, 1_500_000), 5]);

        store.Cut("log", 0);
        store.Append("log", 0, [6]);
        store.Commit();
        store.TryRead("log").Should().Equal(6);
    }

    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public void List_HasTheFilesOfItsFolderAlone(StoreKind kind)
    {
        using IServerStore store = Open(kind);
        store.CreateFolder("mail");
        store.CreateFolder("mail/6331");
        store.CreateFolder("mail/63312e");
        store.CreateFolder("mail0");
        store.Replace("mail/6331/1.message", [1]);
        store.Replace("mail/6331/2.message", [1, 2]);
        store.Replace("mail/63312e/3.message", [3]);
        store.Replace("mail0/4.message", [4]);
        store.Replace("mail/5.message", [5]);
        store.Commit();

        store.List("mail/6331").Should().BeEquivalentTo([new StoredFile("1.message", 1), new StoredFile("2.message", 2)]);
        store.List("mail").Should().Equal(new StoredFile("5.message", 1));
    }

    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public void NotesAndDiscards_AreThereForTheNextProcess(StoreKind kind)
    {
        using (IServerStore store = Open(kind))
        {
            store.Replace("list", "+a\n"u8);
            store.Replace("old", [1]);
            store.Replace("other", "+c\n"u8);
            store.Commit();
            store.Note("list", "-a\n"u8, isWhole: false);
            store.Note("list", "-b\n"u8, isWhole: false);
            store.Note("other", "+d\n"u8, isWhole: true);
            store.Discard("old").Should().BeTrue();
        }

        using IServerStore next = Open(kind);
        next.TryRead("list").Should().Equal("+a\n-a\n-b\n"u8.ToArray());
        next.TryRead("other").Should().Equal("+d\n"u8.ToArray());
        next.Exists("old").Should().BeFalse();
    }

    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public void Action_IsCalledOnce_WhenWhatWasWrittenIsThere(StoreKind kind)
    {
        using IServerStore store = Open(kind);
        int calls = 0;
        store.Replace("a", [1]);
        store.WhenSaved(() =>
        {
            calls++;
            using Stream stream = store.OpenRead("a");
            stream.ReadByte().Should().Be(1);
        });

        store.Commit();
        store.Commit();

        calls.Should().Be(1);
    }

    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public void Job_IsForOneStoreAtATime(StoreKind kind)
    {
        using (IServerStore store = Open(kind))
        {
            FluentActions.Invoking(() => Open(kind)).Should().Throw<Errors.HostingException>()
                .Which.Error.Should().Be(kind == StoreKind.Folder ? Errors.HostingError.FolderInUse : Errors.HostingError.StoreInUse);
            using IServerStore other = _stores!.Open("other", Guid.NewGuid());
            other.Replace("a", [1]);
            other.Commit();
            store.Exists("a").Should().BeFalse();
            store.Replace("b", [1]);
            store.Commit();
        }

        Open(kind).Dispose();
    }

    internal static byte[] Content(int length)
    {
        byte[] bytes = new byte[length];
        new Random(17).NextBytes(bytes);
        return bytes;
    }

    private IServerStore Open(StoreKind kind) => (_stores ??= new TestStores(kind)).Open();
}
