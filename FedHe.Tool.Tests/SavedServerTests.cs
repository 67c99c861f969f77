using FedHe.MLBridge.Errors;
using FedHe.Orchestration.Errors;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>What is said of a saved server that cannot be read.</summary>
public sealed class SavedServerTests
{
    [Fact]
    public async Task Upload_ThatCannotBeReadToItsEnd_IsSaid()
    {
        using QuickKits kits = await QuickKits.ProvisionAsync();
        var kit = Kit.Open(kits["server"]);
        using ServerFiles files = ServerFiles.Open(kit, kit.ReadJob());

        ToolException told = SavedServer.Describe(new AggregationBrokenException(new IOException("x")), files)!;

        told.ExitCode.Should().Be(ExitCodes.Refused);
        told.Message.Should().Contain("could not be read to its end").And.Contain("Try again");
        SavedServer.Describe(new StateRefusedException(StateError.MessageMissing), files)!.Message.Should().Contain("is missing in transfers");
        SavedServer.Describe(new IOException("x"), files).Should().BeNull("it says so itself");
    }
}
