using System.Net;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Server;

/// <summary>A server keeps its rounds when the time of day jumps, because somebody set the clock or moved the machine to another host.</summary>
public sealed class ClockJumpTests : IDisposable
{
    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Fact]
    public async Task Job_WhileTheTimeOfDayJumps_EndsWithTheAverage_AndItsLogIsIntact()
    {
        var clock = new JumpingClock();
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await TestServer.StartAsync(
            _federation,
            _federation.ServerSettings(hasPins: false),
            kestrel => kestrel.Listen(IPAddress.Loopback, 0),
            services => services.AddSingleton<TimeProvider>(clock));
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        TimeSpan[] jumps = [TimeSpan.FromDays(400), TimeSpan.FromDays(-1000), TimeSpan.FromHours(1), TimeSpan.FromSeconds(-1), TimeSpan.Zero];
        for (int i = 0; await round.AdvanceToUploadAsync(http, server); i++)
        {
            clock.Offset = jumps[i % jumps.Length];
            (await Round.PostAsync(http, server, round.Uploads[^1])).Should().Be(HttpStatusCode.Accepted);
        }

        round.ShouldHaveEndedWithTheAverage();
        round.Uploads.Should().HaveCount(PartyNames.Clients.Count * SmallJob.Rounds, "no deadline passed");
        server.Log.Entries.Should().NotContain(entry => entry.Event == 409, "nobody was silent");
        AuditReport audit = AuditLog.Verify(await File.ReadAllBytesAsync(Path.Combine(_federation.FolderOf("server"), PartyFiles.AuditLog)), _federation.Job);
        audit.Faults.Should().BeEmpty();
    }

    /// <summary>A clock whose time of day is another one than the timers'.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
