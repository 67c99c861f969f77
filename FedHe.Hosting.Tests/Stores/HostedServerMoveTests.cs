using System.Net;
using FedHe.Hosting.AspNetCore.Moves;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using PartyFiles = FedHe.Hosting.Folders.PartyFiles;

namespace FedHe.Hosting.Tests.Stores;

/// <summary>Servers that go on in another place than the one in which they began, with all that they had.</summary>
[Collection("PostgreSql")]
public sealed class HostedServerMoveTests : IDisposable
{
    private SmallFederation _federation = new();
    private TestStores? _stores;

    private string Folder => _federation.FolderOf("server");

    public void Dispose()
    {
        _stores?.Dispose();
        _federation.Dispose();
    }

    /// <summary>The log refers to an upload in a file, another one has come by half, and messages wait.</summary>
    [Theory]
    [StoreData(StoreKind.Folder, JobMode.Committee, false)]
    [StoreData(StoreKind.PostgreSql, JobMode.Committee, false)]
    [StoreData(StoreKind.PostgreSql, JobMode.RoundKeys, true)]
    public async Task Job_ThatIsMovedThereAndBack_EndsWithTheAverageOfAll(StoreKind kind, JobMode mode, bool hasSumsInFilesAtTheEnd)
    {
        _federation.Dispose();
        _federation = new SmallFederation(mode);
        _stores = new TestStores(kind);
        using var round = new Round(_federation);
        await round.JoinAsync();
        TransferHead half;
        await using (TestServer server = await StartAsync(hasStores: false))
        {
            using HttpClient http = server.Connect(certificate: null);
            await round.AnnounceAsync(http, server);
            (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
            TransferHead whole = HeadOf(round.Uploads[^1]);
            (await http.BeginTransferAsync(server.TransfersOf(whole.Client.Value), whole.ToBytes())).StatusCode.Should().Be(HttpStatusCode.Created);
            (await http.GoOnAsync(server.TransfersOf(whole.Client.Value), whole, round.Uploads[^1].Upload, offset: 0)).Should().Be(HttpStatusCode.Accepted);
            (await http.CompleteAsync(server.TransfersOf(whole.Client.Value), whole.Name)).StatusCode.Should().Be(HttpStatusCode.Accepted);

            (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
            half = HeadOf(round.Uploads[^1]);
            half.ChunkCount.Should().BeGreaterThan(1);
            await http.BeginTransferAsync(server.TransfersOf(half.Client.Value), half.ToBytes());
            (await http.AppendAsync(server.TransfersOf(half.Client.Value), half, round.Uploads[^1].Upload, chunk: 0)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        }

        Directory.GetFiles(Path.Combine(Folder, PartyFiles.Transfers), "*.kept").Should().NotBeEmpty();
        (await MoveAsync(isBack: false)).HasMoved.Should().BeTrue();
        Directory.GetFiles(Path.Combine(Folder, PartyFiles.Transfers), "*.kept").Should().BeEmpty("the state has the upload");

        await using (TestServer server = await StartAsync(hasStores: true))
        {
            using HttpClient http = server.Connect(certificate: null);
            string transfers = server.TransfersOf(half.Client.Value);
            long offset = (await http.AskOffsetAsync(transfers, half.Name)).Offset();
            offset.Should().Be(half.LengthOf(0), "what has come is in the folder as before");
            (await http.GoOnAsync(transfers, half, round.Uploads[^1].Upload, (int)offset)).Should().Be(HttpStatusCode.Accepted);
            (await http.CompleteAsync(transfers, half.Name)).StatusCode.Should().Be(HttpStatusCode.Accepted);
            (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        }

        (await MoveAsync(isBack: true)).HasMoved.Should().BeTrue();
        await using (TestServer server = await StartAsync(hasStores: false, hasSumsInFilesAtTheEnd))
        {
            using HttpClient http = server.Connect(certificate: null);
            await Round.SendAsync(http, server, round.Uploads[^1].Client, round.Uploads[^1].Upload);
            await round.RunToEndAsync(http, server);
        }

        round.ShouldHaveEndedWithTheAverage();
        AuditReport audit = AuditLog.Verify(await File.ReadAllBytesAsync(Path.Combine(Folder, PartyFiles.AuditLog)), _federation.Job);
        audit.Faults.Should().BeEmpty();
        audit.Entries.Count(entry => entry.Kind == AuditKind.Began).Should().Be(1);
        audit.Entries.Count(entry => entry.Kind == AuditKind.UploadAccepted).Should().Be(round.Uploads.Select(upload => Convert.ToHexString(upload.Upload.Span)).Distinct().Count());
        using IServerStore store = _stores.Open("small", _federation.Job.JobId);
        store.ListFolders("mail").Where(folder => store.List($"mail/{folder}").Count > 0).Should().BeEmpty("nothing stays in the place that the server has left");
        store.Exists(PartyFiles.State).Should().BeFalse();
    }

    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public async Task Move_OfAServerThatRuns_IsRefused(StoreKind kind)
    {
        _stores = new TestStores(kind);
        await using (TestServer server = await StartAsync(hasStores: false))
        {
            (await RefusalAsync(isBack: false)).Should().Be(HostingError.FolderInUse);
            (await RefusalAsync(isBack: true)).Should().Be(HostingError.FolderInUse);
        }

        await MoveAsync(isBack: false);

        // On another machine, with the same database.
        using IServerStore taken = _stores.Open("small", _federation.Job.JobId);
        (await RefusalAsync(isBack: true)).Should().Be(kind == StoreKind.Folder ? HostingError.FolderInUse : HostingError.StoreInUse);
    }

    /// <summary>A database has no files of sums; a state that refers to one is found out although the settings say nothing of them any more.</summary>
    [Theory]
    [StoreData(StoreKind.Folder)]
    public async Task Move_OfSumsInFiles_IsRefused_AndTheServerGoesOn(StoreKind kind)
    {
        _stores = new TestStores(kind);
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using (TestServer server = await StartAsync(hasStores: false, hasSumsInFiles: true))
        {
            using HttpClient http = server.Connect(certificate: null);
            await round.AnnounceAsync(http, server);
            (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
            await Round.SendAsync(http, server, round.Uploads[^1].Client, round.Uploads[^1].Upload);
            (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        }

        // The next start has the sum in a file, and a state that says so.
        await (await StartAsync(hasStores: false, hasSumsInFiles: true)).DisposeAsync();

        (await RefusalAsync(isBack: false, hasSumsInFiles: true)).Should().Be(HostingError.MoveRefused);
        (await RefusalAsync(isBack: false)).Should().Be(HostingError.MoveRefused);

        await using (TestServer server = await StartAsync(hasStores: false, hasSumsInFiles: true))
        {
            using HttpClient http = server.Connect(certificate: null);
            await Round.SendAsync(http, server, round.Uploads[^1].Client, round.Uploads[^1].Upload);
            await round.RunToEndAsync(http, server);
        }

        round.ShouldHaveEndedWithTheAverage();
    }

    [Fact]
    public async Task Move_InAHostWithoutAStore_OrOfAnotherJob_IsRefused()
    {
        await using WebApplication app = Build(hasSumsInFiles: false);

        (await FluentActions.Awaiting(() => HostedServerMove.ToStoreAsync(app.Services, "other")).Should().ThrowAsync<ArgumentException>()).Which.ParamName.Should().Be("name");
        (await RefusalAsync(isBack: false)).Should().Be(HostingError.ServiceMissing);
    }

    /// <summary>The target is looked at before the server is opened, which would write to its folder for nothing.</summary>
    [Theory]
    [StoreData(StoreKind.Folder)]
    public async Task Move_IntoAStoreThatIsNotEmpty_OpensNoServer(StoreKind kind)
    {
        _stores = new TestStores(kind);
        await (await StartAsync(hasStores: false)).DisposeAsync();
        byte[] state = await File.ReadAllBytesAsync(Path.Combine(Folder, PartyFiles.State));
        using (IServerStore store = _stores.Open("small", _federation.Job.JobId))
        {
            store.Replace(PartyFiles.State, [1]);
        }

        (await RefusalAsync(isBack: false)).Should().Be(HostingError.MoveRefused);

        (await File.ReadAllBytesAsync(Path.Combine(Folder, PartyFiles.State))).Should().Equal(state);
    }

    private TransferHead HeadOf((string Client, ReadOnlyMemory<byte> Upload) upload)
        => TransferHead.Sign(upload.Upload.Span, TransferHead.MinChunkLength, _federation.Identities[upload.Client]);

    private async Task<HostingError> RefusalAsync(bool isBack, bool hasSumsInFiles = false)
        => (await FluentActions.Awaiting(() => MoveAsync(isBack, hasSumsInFiles)).Should().ThrowAsync<HostingException>()).Which.Error;

    private async Task<ServerMoveResult> MoveAsync(bool isBack, bool hasSumsInFiles = false)
    {
        await using WebApplication app = Build(hasSumsInFiles);
        return await (isBack ? HostedServerMove.ToFolderAsync(app.Services, "small") : HostedServerMove.ToStoreAsync(app.Services, "small"));
    }

    private WebApplication Build(bool hasSumsInFiles)
        => TestServer.Build(_federation, new ChangingSettings(SettingsOf(hasSumsInFiles)), kestrel => kestrel.Listen(IPAddress.Loopback, 0), services => Register(services, _stores is not null), new LogList());

    private Task<TestServer> StartAsync(bool hasStores, bool hasSumsInFiles = false)
        => TestServer.StartAsync(_federation, SettingsOf(hasSumsInFiles), kestrel => kestrel.Listen(IPAddress.Loopback, 0), services => Register(services, hasStores));

    private Dictionary<string, string?> SettingsOf(bool hasSumsInFiles)
    {
        Dictionary<string, string?> settings = _federation.ServerSettings(hasPins: false);
        settings["FedHe:Jobs:small:SumsInFiles"] = hasSumsInFiles.ToString();
        return settings;
    }

    private void Register(IServiceCollection services, bool hasStores)
    {
        if (hasStores)
        {
            services.AddSingleton<IServerStores>(_stores!);
        }
    }
}
