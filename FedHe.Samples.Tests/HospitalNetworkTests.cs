using FedHe.TestKit.Machines;

namespace FedHe.Samples.Tests;

/// <summary>The sample HospitalNetwork: six processes over TLS, of which the server is killed twice.</summary>
public sealed class HospitalNetworkTests
{
    [Fact]
    public async Task Network_WhoseServerIsKilled_TrainsToTheEnd()
    {
        SampleResult result = await SampleProcess.RunAsync(SampleProcess.Network);

        ShouldHaveTrainedToTheEnd(result);
    }

    [PostgreSqlFact]
    public async Task Network_WhoseServerIsInPostgreSql_AndIsKilled_TrainsToTheEnd()
    {
        SampleResult result = await SampleProcess.RunAsync(SampleProcess.Network, "--postgresql", PostgreSqlCluster.Shared.ConnectionString);

        ShouldHaveTrainedToTheEnd(result);
    }

    private static void ShouldHaveTrainedToTheEnd(SampleResult result)
    {
        result.ExitCode.Should().Be(0, result.Output + result.Errors);
        result.Output.Should().Contain("-- the server is killed in round 2").And.Contain("-- the server is killed in round 4").And.Contain("All hospitals have the same model: last round 5");
    }
}
