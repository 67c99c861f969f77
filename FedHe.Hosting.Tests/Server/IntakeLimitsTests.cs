using System.Globalization;
using System.Net;
using FedHe.Hosting.AspNetCore.Options;
using FedHe.Hosting.Tests.Support;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FedHe.Hosting.Tests.Server;

/// <summary>What connections may hold in memory, of all clients together.</summary>
public sealed class IntakeLimitsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200)]
    [InlineData(1000)]
    [InlineData(2048)]
    public void Connections_OfAllClients_HoldNoMoreThanTheBudget(int clients)
    {
        var limits = new KestrelServerLimits();
        IntakeLimits.Apply(limits, clients);

        ((long)clients * limits.Http2.InitialConnectionWindowSize).Should().BeLessThanOrEqualTo(IntakeLimits.Budget);
        (clients * limits.MaxRequestBufferSize).Should().BeLessThanOrEqualTo(IntakeLimits.Budget);
        limits.Http2.InitialStreamWindowSize.Should().BeLessThanOrEqualTo(limits.Http2.InitialConnectionWindowSize);
        limits.MaxRequestBufferSize.Should().BeGreaterThanOrEqualTo(limits.MaxRequestHeadersTotalSize);
    }

    [Fact]
    public void Connections_OfFewClients_KeepTheDefaults()
    {
        var limits = new KestrelServerLimits();
        IntakeLimits.Apply(limits, clients: 20);

        var defaults = new KestrelServerLimits();
        (limits.Http2.InitialConnectionWindowSize, limits.Http2.InitialStreamWindowSize, limits.MaxRequestBufferSize)
            .Should().Be((defaults.Http2.InitialConnectionWindowSize, defaults.Http2.InitialStreamWindowSize, defaults.MaxRequestBufferSize));
    }

    [Fact]
    public void Share_OfAConnection_IsNeverBelowTheSmallest()
    {
        var limits = new KestrelServerLimits();
        IntakeLimits.Apply(limits, clients: 100_000);

        (limits.Http2.InitialConnectionWindowSize, limits.MaxRequestBufferSize).Should().Be((IntakeLimits.SmallestShare, IntakeLimits.SmallestShare));
    }

    [Fact]
    public async Task Server_OfManyClients_DividesTheBudgetAmongThem()
    {
        using var federation = new SmallFederation();
        Dictionary<string, string?> settings = federation.ServerSettings();
        for (int i = 0; i < 1020; i++)
        {
            settings[$"FedHe:Jobs:small:ClientKeys:later-{i}:0"] = i.ToString("x64", CultureInfo.InvariantCulture);
        }

        int window = 0;
        await using TestServer server = await TestServer.StartAsync(federation, settings, kestrel =>
        {
            window = kestrel.Limits.Http2.InitialConnectionWindowSize;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(federation.ServerCertificate));
        });

        window.Should().Be(IntakeLimits.Budget / 1024);
    }
}
