using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Hosting.Tests.Server;

/// <summary>A server compiles what the rounds of its job need, while it waits for clients.</summary>
public sealed class ServerWarmUpTests
{
    [Theory]
    [InlineData(JobMode.Committee)]
    [InlineData(JobMode.RoundKeys)]
    [InlineData(JobMode.Direct)]
    public async Task Server_ThatStarts_WarmsUp(JobMode mode)
    {
        using var federation = new SmallFederation(mode);
        await using TestServer server = await TestServer.StartOpenAsync(federation);

        await TransferBench.UntilAsync(() => server.Log.Entries.Any(entry => entry.Event is 416 or 417));

        server.Log.Entries.Should().ContainSingle(entry => entry.Event == 416).And.NotContain(entry => entry.Event == 417);
    }
}
