namespace FedHe.Samples.Tests;

/// <summary>The sample HospitalNetwork: six processes over TLS, of which the server is killed in the middle.</summary>
public sealed class HospitalNetworkTests
{
    [Fact]
    public async Task Network_WhoseServerIsKilled_TrainsToTheEnd()
    {
        SampleResult result = await SampleProcess.RunAsync(SampleProcess.Network);

        result.ExitCode.Should().Be(0, result.Output + result.Errors);
        result.Output.Should().Contain("-- the server is killed").And.Contain("All hospitals have the same model: last round 5");
    }
}
