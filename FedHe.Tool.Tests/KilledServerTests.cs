using System.Diagnostics;
using System.Text.Json;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Job;
using FedHe.TestKit.Machines;
using FedHe.Tool.Commands;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>The server of kits as a process with sums in files, which is killed in every round, looked at, and started again.</summary>
public sealed class KilledServerTests
{
    private const int Rounds = 2;

    private static readonly string[] Clients = ["north", "south", "west", "east"];

    [Theory]
    [InlineData("committee")]
    [InlineData("authority")]
    public async Task Server_WithSumsInFiles_KilledInEveryRound_IsLookedAtAndGoesOn(string keys)
    {
        await using RunningKits kits = await RunningKits.ProvisionAsync($"clients: [ {string.Join(", ", Clients)} ]", $"keys: {keys}", $"rounds: {Rounds}");
        kits.Change("server", settings => settings["FedHe"]!["Jobs"]!["heart"]!["SumsInFiles"] = true);
        string sums = Path.Combine(kits["server"], KitFiles.Party, PartyFiles.Sums);
        Process server = Start(kits);
        try
        {
            _ = kits.StartAuthority();
            Task<ToolResult>[] clients = [.. Clients.Select(kits.StartClient)];
            for (int round = 1; round <= Rounds; round++)
            {
                // Some of the clients have the sum, or none has, and the next attempt may be open.
                await kits.WaitForAsync(() => server.HasExited || RoundNote.RoundsOf(kits["north"]).Contains(round));
                server.HasExited.Should().BeFalse();
                server.Kill();
                await server.WaitForExitAsync();
                string[] files = Directory.GetFiles(sums);
                files.Should().Contain(file => file.EndsWith(".sum", StringComparison.Ordinal));

                JsonElement status = (await kits.StatusAsync("server")).Json;
                status.GetProperty("runs").GetBoolean().Should().BeFalse();
                status.GetProperty("round").GetInt32().Should().BeInRange(round, round + 1);
                status.GetProperty("aggregated").GetInt32().Should().BeGreaterThanOrEqualTo(round);
                (await Fedhe.RunAsync(["watch", "--kit", kits["server"], "--once"])).ExitCode.Should().BeOneOf(ExitCodes.TryAgain, ExitCodes.Done);
                Directory.GetFiles(sums).Should().BeEquivalentTo(files);
                server.Dispose();
                server = Start(kits);
            }

            await kits.WaitForAsync(() => clients.All(client => client.IsCompleted));
            string[] models = [.. Clients.Select(client => RoundNote.Read(kits[client], Rounds).Sha256!)];
            models.Distinct().Should().ContainSingle();
            (await kits.StatusAsync("server")).Json.GetProperty("outcome").GetString().Should().Be(nameof(FederationOutcome.Completed));
            await Fedhe.DoAsync("audit", "verify", "--kit", kits["server"]);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
            server.Dispose();
        }
    }

    private static Process Start(RunningKits kits)
        => Process.Start(InterruptibleProcess.Describe("dotnet", [typeof(ToolProgram).Assembly.Location, "server", "run", "--kit", kits["server"]]))!;
}
