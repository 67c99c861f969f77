using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>Jobs whose average differences are moved by an optimizer, whose moments go from command to command.</summary>
public sealed class OptimizerTests
{
    [Fact]
    public async Task Rounds_OfAJobWithMomentum_MoveTheModelByIt()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        ToolResult described = await folders.DescribeJobAsync(["--server-optimizer", "momentum:0.5", "--rounds", "2", "--json"]);
        described.ExitCode.Should().Be(ExitCodes.Done, described.Errors);
        await folders.JoinAsync();

        // All rounds average to 2.5. From 0: m = 2.5, x = 1.25; then the difference is 1.25, m = 0.9*2.5 + 1.25 = 3.5, x = 3.
        foreach (double expected in (double[])[1.25, 3])
        {
            await folders.UntilCommitteeAsync(["round", "open"]);
            await folders.FromServerAsync();
            foreach (string client in folders.Clients)
            {
                await folders.UploadAsync(client);
            }

            await folders.UntilCommitteeAsync(["aggregate"]);
            await folders.FromServerAsync();
            foreach (string client in folders.Clients)
            {
                ToolResult opened = await Fedhe.DoAsync("decrypt", folders[client], "--json");
                (double first, double second, long steps) = SmallModel.Read(opened.Json.GetProperty("model").GetString()!);
                first.Should().BeApproximately(expected, 1e-4);
                second.Should().BeApproximately(-expected / 2, 1e-4);
                steps.Should().Be(7);
                await folders.ToServerAsync(client);
            }
        }
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("adam:0")]
    [InlineData("adam:-1")]
    [InlineData("adam:NaN")]
    [InlineData("adam:0,1")]
    [InlineData("adam:0.1:0.9")]
    [InlineData("Adam:0.1")]
    [InlineData("sgd:1")]
    public async Task Job_WithAnOptimizerThatIsNone_IsRefused(string text)
    {
        ToolResult refused = await Fedhe.RunAsync(["keys", "job", "x", "--model", "y", "--bound", "8", "--server-optimizer", text]);

        refused.ExitCode.Should().Be(ExitCodes.WrongUsage);
        refused.Errors.Should().Contain("--server-optimizer must be").And.Contain(text);
    }
}
