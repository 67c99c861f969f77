using System.Buffers.Binary;
using System.Text;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Moves;
using FedHe.Hosting.AspNetCore.Places;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Protection;
using FedHe.TestKit.Machines;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Stores;

/// <summary>A move of what a server keeps: all of it, at one place at each moment, whatever breaks the move off.</summary>
[Collection("PostgreSql")]
public sealed class ServerMoveTests : IDisposable
{
    // The names that servers use, and lengths that do not fit into parts.
    private static readonly Dictionary<string, byte[]> Content = new(StringComparer.Ordinal)
    {
        [PartyFiles.State] = Bytes(300_000),
        [PartyFiles.NewestState] = Bytes(256),
        [PartyFiles.AuditLog] = Bytes(70_000),
        [PartyFiles.NewestAudit] = [],
        [PartyFiles.Metrics] = Bytes(1),
        ["mail/6331/000000000000000002.message"] = Bytes(2_500_000),
        ["mail/6331/000000000000000010.message"] = Bytes(65_536),
        ["mail/broadcasts/000000000000000007.message"] = Bytes(65_537),
        ["mail/broadcasts/000000000000000007.recipients"] = Encoding.UTF8.GetBytes("+c1\n+c2\n-c2\n"),
    };

    // One of each kind is enough where a move is made again and again.
    private static readonly string[] Few = [PartyFiles.State, PartyFiles.AuditLog, "mail/6331/000000000000000010.message"];

    private readonly SmallFederation _federation = new();
    private Dictionary<string, byte[]> _content = Content;
    private TestStores? _stores;

    private string Folder => _federation.FolderOf("server");

    public void Dispose()
    {
        _stores?.Dispose();
        _federation.Dispose();
    }

    [Theory]
    [StoreData(StoreKind.Folder, false)]
    [StoreData(StoreKind.Folder, true)]
    [StoreData(StoreKind.PostgreSql, false)]
    [StoreData(StoreKind.PostgreSql, true)]
    public void Move_BringsEverything_AndLeavesAMark(StoreKind kind, bool isBack)
    {
        Begin(kind, isBack);

        ServerMoveResult moved = Move(isBack);
        ServerMoveResult again = Move(isBack);

        (moved.HasMoved, again.HasMoved).Should().Be((true, false));
        again.Place.Should().Be(moved.Place);
        OpenedBy(hasStores: !isBack).Should().Be("goes on");
        OpenedBy(hasStores: isBack).Should().Be(nameof(HostingError.StateElsewhere));
        ShouldHaveLeft(isBack);

        // And back, over the mark of the first move.
        Move(!isBack).HasMoved.Should().BeTrue();
        OpenedBy(hasStores: isBack).Should().Be("goes on");
        ShouldHaveLeft(!isBack);
    }

    /// <summary>A kill behind a write is one before the next write.</summary>
    [Theory]
    [StoreData(StoreKind.Folder, false)]
    [StoreData(StoreKind.Folder, true)]
    [StoreData(StoreKind.PostgreSql, false)]
    [StoreData(StoreKind.PostgreSql, true)]
    public void Move_ThatIsKilledAtAnyWrite_LeavesOneServer_AndGoesOn(StoreKind kind, bool isBack)
    {
        _content = Few.ToDictionary(name => name, name => Content[name][..Math.Min(Content[name].Length, 1000)]);
        var seen = new HashSet<string>();
        bool isKilled = true;
        for (int at = 1; isKilled; at++)
        {
            Begin(kind, isBack);
            var kill = new Kill(at);
            try
            {
                Move(isBack, kill);
                isKilled = false;
            }
            catch (KilledException)
            {
                string found = $"{OpenedBy(hasStores: isBack)}, {OpenedBy(hasStores: !isBack)}";
                seen.Add(found);
                found.Should().NotBe("goes on, goes on", "a server must not go on in two places (write {0})", at);

                // Another kill in the middle of the rest changes nothing.
                Kill(isBack, at % 4);
                found = $"{OpenedBy(hasStores: isBack)}, {OpenedBy(hasStores: !isBack)}";
                found.Should().NotBe("goes on, goes on", "a server must not go on in two places (write {0})", at).And.NotContain("anew");
                Move(isBack);
            }

            OpenedBy(hasStores: !isBack).Should().Be("goes on", "write {0}", at);
            ShouldHaveLeft(isBack);
        }

        seen.Should().BeEquivalentTo("goes on, StateElsewhere", "StateElsewhere, StateElsewhere", "StateElsewhere, goes on");
    }

    /// <summary>A disk that is full is no kill: the copy makes room, and the server goes on where it is.</summary>
    [Theory]
    [StoreData(StoreKind.Folder, false)]
    [StoreData(StoreKind.Folder, true)]
    [StoreData(StoreKind.PostgreSql, false)]
    [StoreData(StoreKind.PostgreSql, true)]
    public void Move_WhoseCopyFails_LeavesNothing_AndTheServerGoesOn(StoreKind kind, bool isBack)
    {
        Begin(kind, isBack);

        FluentActions.Invoking(() => Move(isBack, new Kill(11, livesOn: true))).Should().Throw<KilledException>();

        using (IServerStore target = isBack ? PartyFolder.Open(Folder) : OpenStore())
        {
            ServerContent.Of(target).Should().BeEmpty();
        }

        OpenedBy(hasStores: isBack).Should().Be("goes on");
        Move(isBack).HasMoved.Should().BeTrue();
        OpenedBy(hasStores: !isBack).Should().Be("goes on");
    }

    [Theory]
    [StoreData(StoreKind.Folder, false, PartyFiles.State)]
    [StoreData(StoreKind.Folder, true, PartyFiles.State)]
    [StoreData(StoreKind.Folder, true, PartyFiles.AuditLog)]
    [StoreData(StoreKind.PostgreSql, false, PartyFiles.State)]
    [StoreData(StoreKind.PostgreSql, false, PartyFiles.Changes)]
    [StoreData(StoreKind.PostgreSql, false, "mail/6331/000000000000000001.message")]
    [StoreData(StoreKind.PostgreSql, true, PartyFiles.AuditLog)]
    public void Move_IntoAPlaceThatIsNotEmpty_IsRefused_AndChangesNothing(StoreKind kind, bool isBack, string file)
    {
        Begin(kind, isBack);
        using (IServerStore target = isBack ? PartyFolder.Open(Folder) : OpenStore())
        {
            target.CreateFolder("mail");
            target.CreateFolder("mail/6331");
            target.Replace(file, [7]);
            target.Commit();
        }

        RefusalOf(() => Move(isBack)).Should().Contain(file);

        using IServerStore kept = isBack ? PartyFolder.Open(Folder) : OpenStore();
        kept.TryRead(file).Should().Equal(7);
        using IServerStore source = isBack ? OpenStore() : PartyFolder.Open(Folder);
        ShouldHold(source);
    }

    /// <summary>The other jobs of a database are not in the way, and stay.</summary>
    [PostgreSqlFact]
    public void Move_BesideAnotherJob_LeavesThatAlone()
    {
        Begin(StoreKind.PostgreSql, isBack: false);
        var other = Guid.NewGuid();
        using (IServerStore store = _stores!.Open("other", other))
        {
            Fill(store);
        }

        Move(isBack: false);
        Move(isBack: true);

        using IServerStore kept = _stores.Open("other", other);
        ShouldHold(kept);
    }

    [Theory]
    [StoreData(StoreKind.Folder, false)]
    [StoreData(StoreKind.PostgreSql, false)]
    [StoreData(StoreKind.PostgreSql, true)]
    public void Move_OfNoServer_IsRefused(StoreKind kind, bool isBack)
    {
        Begin(kind, isBack);
        using (IServerStore source = isBack ? OpenStore() : PartyFolder.Open(Folder))
        {
            source.Delete(PartyFiles.State);
            source.Commit();
        }

        RefusalOf(() => Move(isBack)).Should().Contain("no server");
    }

    /// <summary>Uploads that a log refers to are files that no database has.</summary>
    [Theory]
    [StoreData(StoreKind.PostgreSql)]
    public void Move_OfALog_IsRefusedFromAFolder_AndNotFromADatabase(StoreKind kind)
    {
        foreach (bool isBack in (bool[])[true, false])
        {
            Begin(kind, isBack);
            using (IServerStore source = isBack ? OpenStore() : PartyFolder.Open(Folder))
            {
                source.Replace(PartyFiles.Changes, [1, 2, 3]);
                source.Commit();
            }

            if (isBack)
            {
                Move(isBack);
                File.ReadAllBytes(Path.Combine(Folder, PartyFiles.Changes)).Should().Equal(1, 2, 3);
            }
            else
            {
                RefusalOf(() => Move(isBack)).Should().Contain("uploads");
            }
        }
    }

    /// <summary>The folder says that another database has the server.</summary>
    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public void Move_FromAFolderWhoseServerIsInAnotherDatabase_IsRefused(StoreKind kind)
    {
        Begin(kind, isBack: false);
        Move(isBack: false);
        using var another = new TestStores(kind);

        using (PartyFolder folder = PartyFolder.Open(Folder))
        {
            using IServerStore store = another.Open("small", _federation.Job.JobId);
            RefusalOf(() => ServerMove.Run(folder, store)).Should().Contain("Name that place");
            RefusalOf(() => ServerMove.Run(store, folder)).Should().Contain("no server");
            Fill(store);
            RefusalOf(() => ServerMove.Run(folder, store)).Should().Contain("Name that place", "an old copy is not where the server is");
        }

        OpenedBy(hasStores: true).Should().Be("goes on");
    }

    /// <summary>The old place is lost, and a backup takes its place, while the new one has all of the server.</summary>
    [Theory]
    [StoreData(StoreKind.Folder)]
    public void Move_OfAnOlderState_OntoANewerCopy_IsRefused_AndKeepsTheCopy(StoreKind kind)
    {
        _content = new(StringComparer.Ordinal) { [PartyFiles.State] = StateOf(version: 2) };
        Begin(kind, isBack: false);
        KillBehindTheMarkOfTheSource();
        using (PartyFolder folder = PartyFolder.Open(Folder))
        {
            folder.Replace(PartyFiles.State, StateOf(version: 1));
            folder.Delete(PartyFiles.StateElsewhere);
        }

        RefusalOf(() => Move(isBack: false)).Should().Contain("newer");

        using IServerStore kept = OpenStore();
        ShouldHold(kept);
    }

    /// <summary>The source is not emptied for a copy that is none.</summary>
    [Theory]
    [InlineData(PartyFiles.AuditLog)]
    [InlineData(PartyFiles.State)]
    public void Move_WhoseCopyIsAnother_KeepsTheSource(string spoilt)
    {
        Begin(StoreKind.Folder, isBack: false);
        using (PartyFolder folder = PartyFolder.Open(Folder))
        using (IServerStore store = OpenStore())
        {
            var target = new KilledStore(new Kill(int.MaxValue), store, name =>
            {
                if (name == spoilt)
                {
                    byte[] bytes = store.TryRead(name)!;
                    bytes[^1] ^= 1;
                    store.Replace(name, bytes);
                }
            });

            FluentActions.Invoking(() => ServerMove.Run(folder, target)).Should().Throw<IOException>().WithMessage($"*{spoilt}*");
            ShouldHold(folder);
        }

        OpenedBy(hasStores: false).Should().Be("goes on");
        Move(isBack: false).HasMoved.Should().BeTrue();
    }

    /// <summary>A move that was broken off has one end: neither the way back nor another target.</summary>
    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public void Move_AcrossOneThatWasBrokenOff_IsRefused(StoreKind kind)
    {
        Begin(kind, isBack: false);
        KillBehindTheMarkOfTheSource();
        using var another = new TestStores(kind);

        RefusalOf(() => Move(isBack: true)).Should().Contain("broken off");
        using (PartyFolder folder = PartyFolder.Open(Folder))
        {
            using IServerStore store = another.Open("small", _federation.Job.JobId);
            RefusalOf(() => ServerMove.Run(folder, store)).Should().Contain("same words");
            Fill(store);
            RefusalOf(() => ServerMove.Run(folder, store)).Should().Contain("same words");
            new StateMark(folder.Location, MoveSide.Target, Guid.NewGuid()).Write(store);
            store.Commit();
            RefusalOf(() => ServerMove.Run(folder, store)).Should().Contain("same words", "the copy is of another move");
        }

        Move(isBack: false).HasMoved.Should().BeTrue();
        OpenedBy(hasStores: true).Should().Be("goes on");
    }

    /// <summary>What is left in the place that a server has left is no server of anybody's, but only for the place that got the server.</summary>
    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public void Move_Back_BeforeTheOldPlaceIsEmpty_Works_FromWhereTheServerIs(StoreKind kind)
    {
        for (int at = 1; at == 1 || !HasArrived(); at++)
        {
            Begin(kind, isBack: false);
            Kill(isBack: false, at);
        }

        using (var another = new TestStores(kind))
        {
            using PartyFolder folder = PartyFolder.Open(Folder);
            using IServerStore store = another.Open("small", _federation.Job.JobId);
            Fill(store);
            RefusalOf(() => ServerMove.Run(store, folder)).Should().Contain(Folder);
        }

        Move(isBack: true).HasMoved.Should().BeTrue();
        OpenedBy(hasStores: false).Should().Be("goes on");
    }

    /// <summary>Another machine has the same database and a folder without anything, from which a server would begin anew.</summary>
    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public void Database_WhoseServerWasMovedOut_StartsNone_FromAnyFolder(StoreKind kind)
    {
        Begin(kind, isBack: true);
        OpenedBy(hasStores: true).Should().Be("goes on");
        Move(isBack: true);
        string fresh = Directory.CreateTempSubdirectory("fedhe-fresh-").FullName;
        foreach (string file in (string[])[PartyFiles.Job, PartyFiles.Identity])
        {
            File.Copy(Path.Combine(Folder, file), Path.Combine(fresh, file));
        }

        OpenedBy(hasStores: true, fresh).Should().Be(nameof(HostingError.StateElsewhere));
        Directory.Delete(fresh, recursive: true);
    }

    /// <summary>A server that goes on in its database while a copy of a part of it lies in the folder must not make that part look like what an operator put there.</summary>
    [Theory]
    [StoreData(StoreKind.PostgreSql)]
    public void Server_ThatGoesOnBehindAMoveThatWasBrokenOff_LeavesTheNextMoveAWay(StoreKind kind)
    {
        Begin(kind, isBack: true);
        Kill(isBack: true, 9);
        OpenedBy(hasStores: true, marks: true).Should().Be("goes on");

        Move(isBack: true).HasMoved.Should().BeTrue();

        OpenedBy(hasStores: false).Should().Be("goes on");
    }

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Returns the head of a state of a server.</summary>
    private static byte[] StateOf(long version)
    {
        byte[] state = new byte[WireHeader.SizeInBytes + Digest.SizeInBytes + 36];
        "FdHe"u8.CopyTo(state);
        BinaryPrimitives.WriteUInt16LittleEndian(state.AsSpan(4), (ushort)WireKind.ServerState);
        Span<byte> stamp = state.AsSpan(WireHeader.SizeInBytes + Digest.SizeInBytes);
        BinaryPrimitives.WriteInt32LittleEndian(stamp, 1);
        BinaryPrimitives.WriteInt64LittleEndian(stamp[20..], version);
        BinaryPrimitives.WriteInt32LittleEndian(stamp[28..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(stamp[32..], 1);
        return state;
    }

    private void Fill(IServerStore store)
    {
        foreach (string folder in (string[])["mail", "mail/6331", "mail/empty", "mail/broadcasts"])
        {
            store.CreateFolder(folder);
        }

        foreach ((string name, byte[] bytes) in _content)
        {
            store.Replace(name, bytes);
        }

        store.Commit();
    }

    private static void Empty(IServerStore store)
    {
        ServerContent.Delete(store);
        store.Delete(PartyFiles.StateElsewhere);
        store.Commit();
    }

    private void ShouldHold(IServerStore store)
    {
        ServerContent.Of(store).Should().BeEquivalentTo(_content.Keys);
        foreach ((string name, byte[] bytes) in _content)
        {
            store.TryRead(name).AsSpan().SequenceEqual(bytes).Should().BeTrue(name);
        }
    }

    private static string RefusalOf(Action move)
    {
        HostingException refused = move.Should().Throw<HostingException>().Which;
        refused.Error.Should().Be(HostingError.MoveRefused);
        return refused.Message;
    }

    /// <summary>Puts the server into its place, and nothing into the other one.</summary>
    private void Begin(StoreKind kind, bool isBack)
    {
        _stores ??= new TestStores(kind);
        using PartyFolder folder = PartyFolder.Open(Folder);
        using IServerStore store = OpenStore();
        Empty(folder);
        Empty(store);
        Fill(isBack ? store : folder);
        if (isBack)
        {
            StorePlace.Mark(folder, store);
        }
    }

    private IServerStore OpenStore() => _stores!.Open("small", _federation.Job.JobId);

    private ServerMoveResult Move(bool isBack, Kill? kill = null)
    {
        using PartyFolder folder = PartyFolder.Open(Folder);
        using IServerStore store = OpenStore();
        (IServerStore source, IServerStore target) = isBack ? (store, (IServerStore)folder) : (folder, store);
        return kill is null ? ServerMove.Run(source, target) : ServerMove.Run(new KilledStore(kill, source), new KilledStore(kill, target));
    }

    private void Kill(bool isBack, int at)
    {
        try
        {
            Move(isBack, new Kill(at));
        }
        catch (KilledException)
        {
            // As it is to be.
        }
    }

    /// <summary>Kills moves into the store, a write later each time, until the folder has given its server up.</summary>
    private void KillBehindTheMarkOfTheSource()
    {
        for (int at = 1; !File.Exists(Path.Combine(Folder, PartyFiles.StateElsewhere)); at++)
        {
            Kill(isBack: false, at);
        }
    }

    private bool HasArrived()
    {
        using IServerStore store = OpenStore();
        return store.Exists(PartyFiles.State) && !store.Exists(PartyFiles.StateElsewhere);
    }

    /// <summary>Tells what a server that starts finds: all of the server, nothing, so that it begins the job anew, or an error.</summary>
    private string OpenedBy(bool hasStores, string? location = null, bool marks = false)
    {
        IServiceCollection services = new ServiceCollection().AddSingleton<ISecretProtector>(_federation.Protector);
        if (hasStores)
        {
            services.AddSingleton<IServerStores>(_stores!);
        }

        using ServiceProvider provider = services.BuildServiceProvider();
        using ServerFolder folder = ServerFolder.Open(location ?? Folder, () => PartyProtector.Open(provider, "small", passwordFile: null));
        try
        {
            using IServerStore store = StorePlace.Open(provider, "small", folder);
            if (!store.Exists(PartyFiles.State))
            {
                return "begins anew";
            }

            ShouldHold(store);
            if (marks)
            {
                StorePlace.Mark(folder.Folder, store);
            }

            return "goes on";
        }
        catch (HostingException fault)
        {
            return fault.Error.ToString();
        }
    }

    private void ShouldHaveLeft(bool isBack)
    {
        using IServerStore source = isBack ? OpenStore() : PartyFolder.Open(Folder);
        ServerContent.Of(source).Should().BeEmpty();
        source.Exists(PartyFiles.StateElsewhere).Should().BeTrue();
    }
}
