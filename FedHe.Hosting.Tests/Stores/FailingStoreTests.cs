using System.Net;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Audit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Stores;

/// <summary>A server whose store fails anywhere goes back to what is saved, and nothing that it acknowledged is lost or there twice, in the store that it is kept in.</summary>
[Collection("PostgreSql")]
public sealed class FailingStoreTests : IDisposable
{
    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Theory]
    [StoreData(StoreKind.Folder, 20, false)]
    [StoreData(StoreKind.Folder, 20, true)]
    [StoreData(StoreKind.Folder, 23, false)]
    [StoreData(StoreKind.Folder, 23, true)]
    [StoreData(StoreKind.PostgreSql, 20, false)]
    [StoreData(StoreKind.PostgreSql, 20, true)]
    [StoreData(StoreKind.PostgreSql, 23, false)]
    [StoreData(StoreKind.PostgreSql, 23, true)]
    public async Task Job_WhoseStoreFailsAtWrites_EndsWithTheAverageOfAll(StoreKind kind, int gap, bool isBehind)
    {
        using var stores = new TestStores(kind);
        var failing = new FailingStores(stores, gap, isBehind);
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using (TestServer server = await StartAsync(failing))
        {
            using HttpClient http = server.Connect(certificate: null);
            failing.AreFailing = true;
            await round.AnnounceAsync(http, server);
            await round.RunToEndAsync(http, server);
            failing.AreFailing = false;
        }

        failing.Failures.Should().BeGreaterThan(5);
        round.ShouldHaveEndedWithTheAverage();
        ShouldHaveEachUploadOnce(stores, round);

        // The next process finds the job as it was left.
        await using TestServer next = await StartAsync(stores);
        next.Status.Outcome.Should().Be(Orchestration.Job.FederationOutcome.Completed);
    }

    private void ShouldHaveEachUploadOnce(TestStores stores, Round round)
    {
        using IServerStore store = stores.Open("small", _federation.Job.JobId);
        AuditReport audit = AuditLog.Verify(store.TryRead(PartyFiles.AuditLog)!, _federation.Job);
        audit.Faults.Should().BeEmpty();
        audit.Entries.Count(entry => entry.Kind == AuditKind.UploadAccepted)
            .Should().Be(round.Uploads.Select(upload => Convert.ToHexString(upload.Upload.Span)).Distinct().Count());
    }

    private Task<TestServer> StartAsync(IServerStores stores) => TestServer.StartAsync(
        _federation, _federation.ServerSettings(hasPins: false), kestrel => kestrel.Listen(IPAddress.Loopback, 0), services => services.AddSingleton(stores));
}
