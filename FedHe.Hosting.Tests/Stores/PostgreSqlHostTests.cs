using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.PostgreSql.Options;
using FedHe.Hosting.PostgreSql.Validation;
using FedHe.Hosting.Stores;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.TestKit.Machines;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FedHe.Hosting.Tests.Stores;

/// <summary>Servers whose state, messages and audit log lie in PostgreSQL.</summary>
[Collection("PostgreSql")]
public sealed class PostgreSqlHostTests : IDisposable
{
    private SmallFederation _federation = new();
    private readonly Lazy<TestStores> _stores = new(() => new TestStores(StoreKind.PostgreSql));

    private TestStores Stores => _stores.Value;

    public void Dispose()
    {
        _federation.Dispose();
        if (_stores.IsValueCreated)
        {
            Stores.Dispose();
        }
    }

    [PostgreSqlTheory]
    [InlineData(JobMode.Committee)]
    [InlineData(JobMode.RoundKeys)]
    public async Task Job_WithARestartBehindEveryUpload_EndsWithTheAverageOfAll(JobMode mode)
    {
        _federation.Dispose();
        _federation = new SmallFederation(mode);
        using var round = new Round(_federation);
        await round.JoinAsync();
        TestServer server = await StartAsync();
        try
        {
            using (HttpClient http = server.Connect(certificate: null))
            {
                await round.AnnounceAsync(http, server);
            }

            bool isUpload = true;
            while (isUpload)
            {
                using HttpClient http = server.Connect(certificate: null);
                isUpload = await round.AdvanceToUploadAsync(http, server);
                if (isUpload)
                {
                    (await http.PostAsync(server.MessagesOf(round.Uploads[^1].Client), round.Uploads[^1].Upload)).StatusCode.Should().Be(HttpStatusCode.Accepted);
                    await server.DisposeAsync();
                    server = await StartAsync();
                }
            }
        }
        finally
        {
            await server.DisposeAsync();
        }

        round.ShouldHaveEndedWithTheAverage();
        int uploads = PartyNames.Clients.Count * SmallJob.Rounds;
        round.Uploads.Select(upload => Convert.ToHexString(upload.Upload.Span)).Distinct().Should().HaveCount(uploads, "whoever was asked twice sent the same bytes");
        using (IServerStore store = Stores.Open("small", _federation.Job.JobId))
        {
            AuditReport audit = AuditLog.Verify(store.TryRead(PartyFiles.AuditLog)!, _federation.Job);
            audit.Faults.Should().BeEmpty();
            audit.Entries.Count(entry => entry.Kind == AuditKind.UploadAccepted).Should().Be(uploads);
        }

        Directory.EnumerateFileSystemEntries(_federation.FolderOf("server")).Select(Path.GetFileName)
            .Should().BeSubsetOf(["lock", "transfers", PartyFiles.Job, PartyFiles.Identity, PartyFiles.StateElsewhere]);
        Stores.Execute("select count(*) from files where name like 'mail/%'").Should().Be(0L, "each client has handled each message");
    }

    [PostgreSqlFact]
    public async Task Message_WhileTheDatabaseIsGone_CountsOnceLater()
    {
        string role = $"r{Guid.NewGuid():N}";
        Stores.Open().Dispose();
        Stores.Execute($"create role {role} login");
        Stores.Execute($"grant usage on schema {Stores.Options.Schema} to {role}; grant select, insert, update, delete on all tables in schema {Stores.Options.Schema} to {role}");
        Stores.Options.ConnectionString = Stores.Options.ConnectionString!.Replace("Username=postgres", $"Username={role}", StringComparison.Ordinal);
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using (TestServer server = await StartAsync())
        {
            using HttpClient http = server.Connect(certificate: null);
            await round.AnnounceAsync(http, server);
            (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
            (string client, ReadOnlyMemory<byte> upload) = round.Uploads[^1];

            Stores.Execute($"alter role {role} nologin");
            Stores.EndSessions();
            for (int times = 0; times < 2; times++)
            {
                using HttpResponseMessage refused = await http.PostAsync(server.MessagesOf(client), upload);
                refused.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
                (await refused.ProblemAsync()).Should().Be("no-room");
            }

            using (HttpResponseMessage health = await http.GetAsync(new Uri($"{server.Address}/health/ready")))
            {
                health.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            }

            server.Log.Entries.Where(entry => entry.Event == 403).Select(entry => entry.Text).Should().Contain(text => text.Contains("SQLSTATE", StringComparison.Ordinal));
            server.Log.Entries.Should().NotContain(entry => entry.Text.Contains(role, StringComparison.Ordinal));

            Stores.Execute($"alter role {role} login");
            (await http.PostAsync(server.MessagesOf(client), upload)).StatusCode.Should().Be(HttpStatusCode.Accepted);
            await round.RunToEndAsync(http, server);
        }

        round.ShouldHaveEndedWithTheAverage();
        Stores.Execute($"drop owned by {role}; drop role {role}");
    }

    [PostgreSqlFact]
    public async Task Server_BesideAnother_DoesNotStart_AndTheOtherGoesOn()
    {
        using FederationClient client = await _federation.CreateClientAsync("c1");
        await using TestServer server = await StartAsync();
        using var copy = new SmallFederationCopy(_federation);

        (await FluentActions.Awaiting(() => StartAsync(copy.ServerFolder)).Should().ThrowAsync<HostingException>()).Which.Error.Should().Be(HostingError.StoreInUse);

        using HttpClient http = server.Connect(certificate: null);
        (await http.PostAsync(server.MessagesOf("c1"), client.Announce())).StatusCode.Should().Be(HttpStatusCode.Accepted);
    }

    /// <summary>A server that lost its session to another one has all it needs in memory to answer a message that it knows, and must not.</summary>
    [PostgreSqlFact]
    public async Task Server_WhoseJobWasTakenOver_AcknowledgesNothing_NotEvenWhatItKnows()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await StartAsync();
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        (string client, ReadOnlyMemory<byte> upload) = round.Uploads[^1];
        (await http.PostAsync(server.MessagesOf(client), upload)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        (await http.PostAsync(server.MessagesOf(client), upload)).StatusCode.Should().Be(HttpStatusCode.Accepted);

        Stores.Execute("update jobs set fence = gen_random_uuid()");

        (await http.PostAsync(server.MessagesOf(client), upload)).StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        (await http.PostAsync(server.MessagesOf(client), upload)).StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        server.Log.Entries.Should().Contain(entry => entry.Event == 403 && entry.Text.Contains("taken the job over", StringComparison.Ordinal));
    }

    [PostgreSqlFact]
    public async Task Server_WhoseJobWasTakenOver_DoesNotSayThatItHasALongMessage()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await StartAsync();
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        (string client, ReadOnlyMemory<byte> upload) = round.Uploads[^1];
        TransferHead head = TransferHead.Sign(upload.Span, TransferHead.MinChunkLength, _federation.Identities[client]);
        string transfers = server.TransfersOf(client);
        (await http.BeginTransferAsync(transfers, head.ToBytes())).StatusCode.Should().Be(HttpStatusCode.Created);
        (await http.GoOnAsync(transfers, head, upload, offset: 0)).Should().Be(HttpStatusCode.Accepted);
        (await http.CompleteAsync(transfers, head.Name)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        (await http.AskOffsetAsync(transfers, head.Name)).IsComplete().Should().BeTrue();

        Stores.Execute("update jobs set fence = gen_random_uuid()");

        (await http.CompleteAsync(transfers, head.Name)).StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        (await http.AskOffsetAsync(transfers, head.Name)).StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        (await http.BeginTransferAsync(transfers, head.ToBytes())).StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
    }

    /// <summary>A message that is passed on changes nothing of the server, which finds out all the same that the job is no longer its own.</summary>
    [PostgreSqlFact]
    public async Task Server_WhoseJobWasTakenOver_PassesNothingOn_AndIsNotReady()
    {
        using var request = new KeyRequest(_federation.Job, _federation.Identities["c1"]);
        await using TestServer server = await StartAsync();
        using HttpClient http = server.Connect(certificate: null);
        (await http.PostAsync(server.MessagesOf("c1"), request.Bytes)).StatusCode.Should().Be(HttpStatusCode.Accepted);

        Stores.Execute("update jobs set fence = gen_random_uuid()");

        (await http.PostAsync(server.MessagesOf("c1"), request.Bytes)).StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        server.Services.GetRequiredService<FedHeServer>().Jobs.Single().IsReady.Should().BeFalse();
    }

    [PostgreSqlFact]
    public async Task Message_ThatIsPassedOnBehindALostSession_ComesOnceTheDatabaseIsBack()
    {
        using var request = new KeyRequest(_federation.Job, _federation.Identities["c1"]);
        await using TestServer server = await StartAsync();
        using HttpClient http = server.Connect(certificate: null);

        Stores.EndSessions();
        HttpStatusCode answer = HttpStatusCode.InsufficientStorage;
        var limit = Stopwatch.StartNew();
        while (answer == HttpStatusCode.InsufficientStorage && limit.Elapsed < TimeSpan.FromMinutes(1))
        {
            // A server that just failed to open its job refuses for a while.
            await Task.Delay(50);
            using HttpResponseMessage response = await http.PostAsync(server.MessagesOf("c1"), request.Bytes);
            answer = response.StatusCode;
        }

        answer.Should().Be(HttpStatusCode.Accepted);
        using HttpResponseMessage next = await http.GetAsync(new Uri($"{server.MessagesOf(SmallFederation.Authority)}/next?wait=1"));
        (await next.Content.ReadAsByteArrayAsync()).Should().Equal(request.Bytes.ToArray());
    }

    [PostgreSqlTheory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Message_IsSentInParts_AndOutlivesARestart(string version)
    {
        using FederationClient client = await _federation.CreateClientAsync("c1");
        byte[] message;
        await using (TestServer server = await StartAsync())
        {
            using HttpClient http = server.Connect(certificate: null);
            await http.PostAsync(server.MessagesOf("c1"), client.Announce());
            (_, message) = (await http.NextAsync(server.MessagesOf("c1")))!.Value;
        }

        await using TestServer restarted = await StartAsync();
        using HttpClient again = restarted.Connect(certificate: null, version == "1.1" ? HttpVersion.Version11 : null);
        (string id, byte[] same) = (await again.NextAsync(restarted.MessagesOf("c1")))!.Value;
        same.Should().Equal(message);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{restarted.MessagesOf("c1")}/{id}") { Headers = { Range = new RangeHeaderValue(7, null) } };
        using HttpResponseMessage rest = await again.SendAsync(request);
        rest.StatusCode.Should().Be(HttpStatusCode.PartialContent);
        rest.Headers.ETag!.Tag.Should().Be($"\"{id}\"");
        (await rest.Content.ReadAsByteArrayAsync()).Should().Equal(message[7..]);

        (await again.DeleteMessageAsync(restarted.MessagesOf("c1"), id)).Should().Be(HttpStatusCode.NoContent);
        (await again.GetAsync(new Uri($"{restarted.MessagesOf("c1")}/{id}"))).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [PostgreSqlFact]
    public async Task State_InTheFolder_IsNotForgotten()
    {
        await (await TestServer.StartOpenAsync(_federation)).DisposeAsync();

        (await RefusalAsync(StartAsync)).Should().Be(HostingError.StateElsewhere);
    }

    [PostgreSqlFact]
    public async Task State_InADatabase_IsNotForgotten_ByAHostWithoutOne()
    {
        await (await StartAsync()).DisposeAsync();

        (await RefusalAsync(() => TestServer.StartOpenAsync(_federation))).Should().Be(HostingError.StateElsewhere);
        await (await StartAsync()).DisposeAsync();
    }

    [PostgreSqlFact]
    public async Task State_InADatabase_IsNotForgotten_ByAHostWithAnotherOne()
    {
        await (await StartAsync()).DisposeAsync();
        Stores.Execute("delete from jobs");

        (await RefusalAsync(StartAsync)).Should().Be(HostingError.StateElsewhere);
    }

    [Theory]
    [InlineData(null, "fedhe", "missing")]
    [InlineData("Host=h;Database=d;Password=a;SECRETWORD=b", "fedhe", "cannot be read")]
    [InlineData("SECRETWORD", "fedhe", "cannot be read")]
    [InlineData("Host=h;Port=SECRETWORD;Database=d", "fedhe", "cannot be read")]
    [InlineData("Host=h;Password=SECRETWORD", "fedhe", "lacks Host or Database")]
    [InlineData("Host=/h;Database=d;Password=SECRETWORD", "x; drop table y", "Schema")]
    [InlineData("Host=/h;Database=d;Password=SECRETWORD", "1x", "Schema")]
    [InlineData("Host=db.example;Database=d;Password=SECRETWORD", "fedhe", "VerifyFull")]
    [InlineData("Host=localhost,db.example;Database=d;Password=SECRETWORD;SSL Mode=Require", "fedhe", "VerifyFull")]
    public async Task Options_ThatCannotWork_AreRefused_WithoutWhatTheyHold(string? connection, string schema, string named)
    {
        OptionsValidationException refused = (await FluentActions.Awaiting(() => StartAsync(_federation.FolderOf("server"), connection, schema)).Should().ThrowAsync<OptionsValidationException>()).Which;

        refused.Message.Should().Contain(named);
        refused.ToString().Should().NotContain("SECRET");
    }

    [Theory]
    [InlineData("Host=/h;Database=d;Target Session Attributes=primary")]
    [InlineData("Host=localhost:5433,127.0.0.1,[::1];Database=d;Target Session Attributes=primary;Multiplexing=true")]
    [InlineData("Host=a.example,b.example;Database=d;SSL Mode=VerifyFull")]
    public void Options_ThatCanWork_AreTaken(string connection)
    {
        var options = new FedHePostgreSqlOptions { ConnectionString = connection };

        new PostgreSqlOptionsValidator().Validate(name: null, options).Failed.Should().BeFalse();
    }

    private static async Task<HostingError> RefusalAsync(Func<Task<TestServer>> start) => (await FluentActions.Awaiting(start).Should().ThrowAsync<HostingException>()).Which.Error;

    private Task<TestServer> StartAsync() => StartAsync(_federation.FolderOf("server"));

    private Task<TestServer> StartAsync(string folder) => StartAsync(folder, Stores.Options.ConnectionString, Stores.Options.Schema);

    /// <summary>Starts a server with a database in its configuration.</summary>
    private Task<TestServer> StartAsync(string folder, string? connection, string schema)
    {
        Dictionary<string, string?> settings = _federation.ServerSettings(hasPins: false);
        settings["FedHe:Jobs:small:Folder"] = folder;
        IConfigurationRoot database = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["PostgreSql:ConnectionString"] = connection, ["PostgreSql:Schema"] = schema })
            .Build();
        return TestServer.StartAsync(
            _federation, settings, kestrel => kestrel.Listen(IPAddress.Loopback, 0), services => services.AddFedHePostgreSql(database.GetSection("PostgreSql")));
    }

    /// <summary>The folder of the server on another machine, with what its operator puts there.</summary>
    private sealed class SmallFederationCopy : IDisposable
    {
        public SmallFederationCopy(SmallFederation federation)
        {
            ServerFolder = Directory.CreateTempSubdirectory("fedhe-copy-").FullName;
            foreach (string file in (string[])[PartyFiles.Job, PartyFiles.Identity])
            {
                File.Copy(Path.Combine(federation.FolderOf("server"), file), Path.Combine(ServerFolder, file));
            }
        }

        public string ServerFolder { get; }

        public void Dispose() => Directory.Delete(ServerFolder, recursive: true);
    }
}
