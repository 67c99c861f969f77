using System.Net;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Parties;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Client;
using Microsoft.AspNetCore.Hosting;

namespace FedHe.Hosting.Tests.Server;

/// <summary>A client that was not heard for a while, and comes back without any request that failed.</summary>
public sealed class SilenceTests : IDisposable
{
    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Fact]
    public async Task Client_ThatWasReportedUnreachable_IsAskedToAnnounceItself()
    {
        Dictionary<string, string?> settings = _federation.ServerSettings(hasPins: false);
        settings["FedHe:LongPoll"] = "00:00:01";
        settings["FedHe:UnreachableAfter"] = "00:00:03";
        await using TestServer server = await TestServer.StartAsync(_federation, settings, kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        using FederationClient client = await _federation.CreateClientAsync("c1");
        var options = new FedHePartyOptions { Server = new Uri(server.Address), LongPoll = TimeSpan.FromSeconds(1) };
        using var link = new ServerLink(options, _federation.Job.JobId, "c1", token: null, TimeProvider.System, new LogList());
        await link.PostAsync(client.Announce(), recipient: null, default);
        while (!server.Log.Entries.Any(entry => entry.Event == 409))
        {
            await Task.Delay(10);
        }

        await link.ReceiveAsync(after: null, default);
        link.Interruptions.Should().Be(1, "after an interruption a client announces itself");
        await link.PostAsync(client.Announce(), recipient: null, default);
        await link.ReceiveAsync(after: null, default);
        link.Interruptions.Should().Be(1);
    }

    [Fact]
    public async Task Message_ThatWasDroppedBeforeItWasSent_IsNoMessage()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using FederationClient client = await _federation.CreateClientAsync("c1");
        var options = new FedHePartyOptions { Server = new Uri(server.Address) };
        using var link = new ServerLink(options, _federation.Job.JobId, "c1", token: null, TimeProvider.System, new LogList());
        await link.PostAsync(client.Announce(), recipient: null, default);
        foreach (string file in Directory.GetFiles(_federation.FolderOf("server"), "*.message", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }

        (await link.ReceiveAsync(after: null, TimeSpan.Zero, default)).Should().BeNull();
    }
}
