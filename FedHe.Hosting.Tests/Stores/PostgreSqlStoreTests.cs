using FedHe.Hosting.Errors;
using FedHe.Hosting.PostgreSql.Options;
using FedHe.Hosting.PostgreSql.Sessions;
using FedHe.Hosting.Stores;
using FedHe.Hosting.Tests.Support;
using FedHe.TestKit.Machines;
using PartyFiles = FedHe.Hosting.Folders.PartyFiles;

namespace FedHe.Hosting.Tests.Stores;

/// <summary>What a server in PostgreSQL relies on: steps that are there as a whole, one server for a job, and errors that give nothing away.</summary>
[Collection("PostgreSql")]
public sealed class PostgreSqlStoreTests : IDisposable
{
    private readonly Lazy<TestStores> _stores = new(() => new TestStores(StoreKind.PostgreSql));

    private TestStores Stores => _stores.Value;

    public void Dispose()
    {
        if (_stores.IsValueCreated)
        {
            Stores.Dispose();
        }
    }

    [PostgreSqlFact]
    public void Step_ThatIsNotCommitted_NeverHappened()
    {
        using (IServerStore store = Stores.Open())
        {
            store.Replace("state", [1]);
            store.Replace("mail/1.message", [1]);
            store.Commit();
            store.Replace("state", [2]);
            store.Append("log", 0, [2]);
            store.Delete("mail/1.message");
            store.WhenSaved(() => throw new InvalidOperationException("The step never happened."));
            using Stream committed = store.OpenRead("state");
            committed.ReadByte().Should().Be(1, "readers see what is committed");
            store.TryRead("state").Should().Equal([2], "the session that writes sees its own writes");
        }

        using IServerStore next = Stores.Open();
        next.TryRead("state").Should().Equal(1);
        next.Exists("log").Should().BeFalse();
        next.Exists("mail/1.message").Should().BeTrue();
    }

    [PostgreSqlFact]
    public void Step_OfWhichAWriteFailed_IsNotCommitted_ThoughTheSessionLives()
    {
        using IServerStore store = Stores.Open();
        store.Replace("state", [1]);
        ErrorOf(() => store.Append("log", 5, [1])).Should().Be(StoreError.Unsafe);

        ErrorOf(() => store.Replace("mail", [1])).Should().Be(StoreError.Unavailable);
        ErrorOf(store.Commit).Should().Be(StoreError.Unavailable);
        store.Rollback();

        store.Commit();
        store.Exists("state").Should().BeFalse();
        store.Exists("mail").Should().BeFalse();
    }

    [PostgreSqlFact]
    public void Session_ThatIsLost_SavesNothingOfItsStep_AndGoesOnBehindIt()
    {
        using IServerStore store = Stores.Open();
        store.Replace("state", [1]);
        store.Commit();
        store.Note("state", [9], isWhole: true);
        store.Replace("mail", [1]);
        bool isCalled = false;
        store.WhenSaved(() => isCalled = true);
        Stores.EndSessions().Should().BeGreaterThan(0);

        ErrorOf(() => store.Append("log", 0, [2])).Should().Be(StoreError.Unavailable);
        ErrorOf(() => store.Append("log", 0, [2])).Should().Be(StoreError.Unavailable, "a step does not go on without its beginning");
        ErrorOf(store.Commit).Should().Be(StoreError.Unavailable);
        store.Rollback();

        store.Exists("mail").Should().BeFalse();
        store.Exists("log").Should().BeFalse();
        store.Append("log", 0, [3]);
        store.Commit();
        isCalled.Should().BeFalse();
        store.TryRead("log").Should().Equal(3);
        store.TryRead("state").Should().Equal([9], "what was noted waits for a commit that comes through");
    }

    [PostgreSqlFact]
    public async Task Reader_WhoseConnectionWasEnded_ReadsByAnother()
    {
        using IServerStore store = Stores.Open();
        byte[] bytes = ServerStoreTests.Content(3_000_000);
        store.Replace("message", bytes);
        store.Commit();
        byte[] found = new byte[bytes.Length];
        using Stream stream = store.OpenRead("message");
        await stream.ReadExactlyAsync(found.AsMemory(0, 1_500_000));

        Stores.EndSessions();
        await stream.ReadExactlyAsync(found.AsMemory(1_500_000));
        Stores.EndSessions();
        using Stream again = store.OpenRead("message");
        Stores.EndSessions();
        byte[] same = new byte[bytes.Length];
        again.ReadExactly(same);

        found.Should().Equal(bytes);
        same.Should().Equal(bytes);
    }

    /// <summary>A message for all wakes more readers than there are connections; the others wait, and no healthy connection is taken for a broken one.</summary>
    [PostgreSqlFact]
    public async Task Readers_MoreThanConnections_WaitForThem()
    {
        const int Patience = 5;
        var options = new FedHePostgreSqlOptions { ConnectionString = $"{Stores.Options.ConnectionString};Timeout={Patience}", Schema = Stores.Options.Schema };
        var place = new StorePlace(options, "small", Stores.JobId);
        using var readers = new ReaderPool(place);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int reading = 0;
        Task<int>[] all = [.. Enumerable.Range(0, 3 * place.Readers).Select(_ => readers.ReadAsync(
            async (connection, _) =>
            {
                Interlocked.Increment(ref reading);
                await end.Task;
                return connection.ProcessID;
            },
            CancellationToken.None).AsTask())];
        while (Volatile.Read(ref reading) < place.Readers)
        {
            await Task.Delay(10);
        }

        using var impatient = new CancellationTokenSource();
        Func<Task> late = async () => await readers.ReadAsync((connection, _) => ValueTask.FromResult(connection.ProcessID), impatient.Token);
        Task gaveUp = late.Should().ThrowAsync<OperationCanceledException>();
        await impatient.CancelAsync();
        await gaveUp;

        // Longer than the source of the connections waits for a free one.
        await Task.Delay(TimeSpan.FromSeconds(Patience + 1));
        all.Should().NotContain(task => task.IsCompleted);
        end.SetResult();

        (await Task.WhenAll(all)).Distinct().Count().Should().BeLessThanOrEqualTo(place.Readers);
        readers.Read(connection => connection.ProcessID).Should().BeGreaterThan(0);
    }

    /// <summary>Many messages that are opened at once occupy no thread while they wait for the database.</summary>
    [PostgreSqlFact]
    public async Task Message_OpenedWithoutAThread_IsTheSame()
    {
        using IServerStore store = Stores.Open();
        byte[] bytes = ServerStoreTests.Content(1_500_000);
        store.Replace("message", bytes);
        store.Commit();

        Stream[] streams = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => store.OpenReadAsync("message", CancellationToken.None).AsTask()));

        foreach (Stream stream in streams)
        {
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            copy.ToArray().Should().Equal(bytes);
            await stream.DisposeAsync();
        }

        await store.Awaiting(one => one.OpenReadAsync("none", CancellationToken.None).AsTask()).Should().ThrowAsync<FileNotFoundException>();
    }

    [PostgreSqlFact]
    public void Session_ThatIsLostBetweenSteps_IsFoundOut_ThoughNothingIsWritten()
    {
        using IServerStore store = Stores.Open();
        store.Commit();
        Stores.EndSessions();

        ErrorOf(store.Commit).Should().Be(StoreError.Unavailable);
        store.Rollback();
        store.Commit();
    }

    [PostgreSqlTheory]
    [InlineData("write")]
    [InlineData("commit")]
    [InlineData("read")]
    public void Server_WhoseJobWasTakenOver_WritesNothingAnyMore(string call)
    {
        using IServerStore first = Stores.Open();
        first.Replace("state", [1]);
        first.Commit();
        Stores.EndSessions();
        using (IServerStore second = Stores.Open())
        {
            second.Replace("state", [2]);
            second.Commit();
        }

        FluentActions.Invoking(first.Commit).Should().Throw<StoreException>();
        for (int times = 0; times < 3; times++)
        {
            first.Rollback();
            ErrorOf(() =>
            {
                switch (call)
                {
                    case "write":
                        first.Replace("state", [3]);
                        break;
                    case "commit":
                        first.Commit();
                        break;
                    case "read":
                        first.TryRead("state");
                        break;
                }
            }).Should().Be(StoreError.TakenOver);
        }

        using IServerStore third = Stores.Open();
        third.TryRead("state").Should().Equal(2);
    }

    /// <summary>The lock alone does not help where a pooler, or a database that is restarted, gives it away while the session goes on.</summary>
    [PostgreSqlFact]
    public void Transaction_BehindAnotherServersFence_IsRefused_ThoughTheSessionLives()
    {
        using IServerStore store = Stores.Open();
        store.Replace("state", [1]);
        store.Commit();
        Stores.Execute("update jobs set fence = gen_random_uuid()");

        ErrorOf(() => store.Replace("state", [2])).Should().Be(StoreError.TakenOver);
        store.Rollback();
        ErrorOf(store.Commit).Should().Be(StoreError.TakenOver);
        ((byte[])Stores.Execute("select bytes from parts where name = 'state'")!).Should().Equal(1);
    }

    /// <summary>A server acknowledges messages that it knows without writing anything, and its clock only commits.</summary>
    [PostgreSqlFact]
    public void Commit_OfNothing_FindsOutThatTheJobWasTakenOver()
    {
        using IServerStore store = Stores.Open();
        store.Commit();
        Stores.Execute("update jobs set fence = gen_random_uuid()");

        ErrorOf(store.Commit).Should().Be(StoreError.TakenOver);
    }

    [PostgreSqlFact]
    public void Database_ThatAcknowledgesBeforeItIsDurable_IsRefused()
    {
        Stores.Options.ConnectionString += ";Options=-c synchronous_commit=off";

        HostingException refused = FluentActions.Invoking(Stores.Open).Should().Throw<HostingException>().Which;

        refused.Error.Should().Be(HostingError.StoreRefused);
        refused.Message.Should().Contain("synchronous_commit");
    }

    [PostgreSqlFact]
    public void Database_ThatIsSetSoWhileTheServerRuns_IsRefusedAtTheNextStep()
    {
        using IServerStore store = Stores.Open();
        store.Commit();
        try
        {
            Stores.Execute("alter system set synchronous_commit = off");
            Stores.Execute("select pg_reload_conf()");
            StoreError? error = null;
            for (int attempt = 0; attempt < 1000 && error is null; attempt++)
            {
                // The database looks at its settings between two statements, when it has heard of the change.
                error = ErrorOf(() =>
                {
                    store.Replace("state", [1]);
                    store.Commit();
                });
            }

            error.Should().Be(StoreError.Unsafe);
        }
        finally
        {
            Stores.Execute("alter system reset synchronous_commit");
            Stores.Execute("select pg_reload_conf()");
        }
    }

    [Theory]
    [InlineData("on", "on", false, null)]
    [InlineData("on", "remote_apply", false, null)]
    [InlineData("on", "local", false, null)]
    [InlineData("on", "off", false, "synchronous_commit")]
    [InlineData("off", "on", false, "fsync")]
    [InlineData("on", "on", true, "standby")]
    public void Settings_ThatLoseWhatWasAcknowledged_AreNamed(string fsync, string synchronousCommit, bool isStandby, string? named)
    {
        string? fault = Durability.FaultOf(fsync, synchronousCommit, isStandby);

        (fault is null).Should().Be(named is null);
        fault?.Should().Contain(named);
    }

    [PostgreSqlTheory]
    [InlineData("update version set number = 2", "version 2")]
    [InlineData("delete from version", "not those of FedHe")]
    [InlineData("alter table version rename number to other", "not those of FedHe")]
    public void Tables_OfAnotherVersion_AreRefused(string change, string named)
    {
        Stores.Open().Dispose();
        Stores.Execute(change);

        HostingException refused = FluentActions.Invoking(Stores.Open).Should().Throw<HostingException>().Which;

        refused.Error.Should().Be(HostingError.StoreRefused);
        refused.Message.Should().Contain(named);
    }

    /// <summary>The rights that docs/hosting.md lists are enough, and an account without them is told so.</summary>
    [PostgreSqlFact]
    public void Account_NeedsTheRightsThatAreDocumented()
    {
        Stores.Open().Dispose();
        string role = $"r{Guid.NewGuid():N}";
        Stores.Execute($"create role {role} login");
        try
        {
            Stores.Options.ConnectionString = Stores.Options.ConnectionString!.Replace("Username=postgres", $"Username={role}", StringComparison.Ordinal);
            FluentActions.Invoking(Stores.Open).Should().Throw<HostingException>().Which.Error.Should().Be(HostingError.StoreRefused);

            Stores.Execute($"grant usage on schema {Stores.Options.Schema} to {role}; grant select on {Stores.Options.Schema}.version to {role}; grant select, insert, update on {Stores.Options.Schema}.jobs to {role}; grant select, insert, update, delete on {Stores.Options.Schema}.files, {Stores.Options.Schema}.parts to {role}");
            using IServerStore store = Stores.Open();
            store.Replace("state", [1]);
            store.Commit();
        }
        finally
        {
            Stores.Execute($"drop owned by {role}; drop role {role}");
        }
    }

    /// <summary>A database that was restored from a backup, or a standby that took over, may lack what the server had acknowledged.</summary>
    [PostgreSqlFact]
    public void Copy_OfTheDatabase_IsTakenForABackup()
    {
        using (IServerStore store = Stores.Open())
        {
            store.Replace(PartyFiles.State, [1]);
            store.Replace(PartyFiles.NewestState, [1]);
            store.Commit();
        }

        using (IServerStore store = Stores.Open())
        {
            store.Exists(PartyFiles.NewestState).Should().BeTrue();
        }

        Stores.Execute("update jobs set origin = 'another history'");
        using (IServerStore copy = Stores.Open())
        {
            copy.Exists(PartyFiles.NewestState).Should().BeFalse();
            copy.Exists(PartyFiles.State).Should().BeTrue();
            copy.Replace(PartyFiles.NewestState, [2]);
            copy.Commit();
        }

        using IServerStore next = Stores.Open();
        next.Exists(PartyFiles.NewestState).Should().BeTrue("the copy is the database now");
    }

    /// <summary>A standby that took over while the server runs may lack messages and transfers that the server remembers.</summary>
    [PostgreSqlFact]
    public void Copy_InThePlaceOfTheDatabase_IsForAServerThatStartsAlone()
    {
        using IServerStore store = Stores.Open();
        store.Replace(PartyFiles.State, [1]);
        store.Commit();

        // The table that takes the place of the other one is another one, as in a copy.
        Stores.Execute("create table copy (like files including all); insert into copy select * from files; alter table parts drop constraint parts_job_name_fkey");
        Stores.Execute("drop table files; alter table copy rename to files");
        Stores.EndSessions();

        FluentActions.Invoking(store.Commit).Should().Throw<StoreException>();
        for (int times = 0; times < 2; times++)
        {
            store.Rollback();
            ErrorOf(store.Commit).Should().Be(StoreError.OtherHistory);
        }
    }

    /// <summary>A database that waits for a standby in vain gives up when the statement is canceled, commits, and only warns.</summary>
    [PostgreSqlFact]
    public void Commit_ThatNoStandbyConfirms_IsNotAcknowledged()
    {
        Stores.Options.ConnectionString += ";Command Timeout=2";
        using IServerStore store = Stores.Open();
        store.Commit();
        try
        {
            Stores.Execute("alter system set synchronous_standby_names = 'nobody'");
            Stores.Execute("select pg_reload_conf()");
            Thread.Sleep(TimeSpan.FromSeconds(1));
            store.Replace("state", [1]);
            bool isAcknowledged = false;
            store.WhenSaved(() => isAcknowledged = true);

            ErrorOf(store.Commit).Should().Be(StoreError.Unavailable);
            isAcknowledged.Should().BeFalse();
        }
        finally
        {
            Stores.Execute("alter system reset synchronous_standby_names");
            Stores.Execute("select pg_reload_conf()");
        }
    }

    [PostgreSqlFact]
    public void LongFiles_AreManyShortRows()
    {
        using IServerStore store = Stores.Open();
        store.Replace("replaced", ServerStoreTests.Content(5_000_000));
        store.Replace("written", writer => writer.GetSpan(5_000_000)[..5_000_000].Clear());
        store.Append("appended", 0, ServerStoreTests.Content(5_000_000));
        store.Commit();

        Stores.Execute("select max(octet_length(bytes)) from parts").Should().Be(1024 * 1024);
        store.TryRead("appended").Should().Equal(ServerStoreTests.Content(5_000_000));
    }

    [PostgreSqlFact]
    public void Parts_ThatAreMissing_AreFoundOut()
    {
        using IServerStore store = Stores.Open();
        store.Replace("state", ServerStoreTests.Content(3_000_000));
        store.Commit();
        Stores.Execute("delete from parts where position = 1048576");

        ErrorOf(() => store.TryRead("state")).Should().Be(StoreError.Unsafe);
        store.Rollback();
        using Stream stream = store.OpenRead("state");
        ErrorOf(() => stream.ReadExactly(new byte[3_000_000])).Should().Be(StoreError.Unsafe);
    }

    [PostgreSqlFact]
    public void Errors_HoldNothingOfTheConnectionString()
    {
        string folder = PostgreSqlCluster.Shared.Folder;
        foreach (string connection in (string[])
        [
            $"Host={folder}-none;Username=SECRETUSER;Password=SECRETWORD;Database=postgres",
            $"Host={folder};Username=SECRETUSER;Password=SECRETWORD;Database=postgres",
            $"Host={folder};Username=postgres;Password=SECRETWORD;Database=none",
        ])
        {
            Stores.Options.ConnectionString = connection;

            HostingException refused = FluentActions.Invoking(Stores.Open).Should().Throw<HostingException>().Which;

            refused.Error.Should().Be(HostingError.StoreUnavailable);
            refused.ToString().Should().NotContain("SECRET").And.Contain(folder);
        }
    }

    private static StoreError? ErrorOf(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (StoreException fault)
        {
            return fault.Error;
        }
    }
}
