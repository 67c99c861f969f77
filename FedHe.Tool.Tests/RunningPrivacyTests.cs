using System.Text.Json;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Job;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>A job with privacy terms whose parties run from kits.</summary>
public sealed class RunningPrivacyTests
{
    private static readonly string[] Taking = ["north", "south", "west"];

    [Fact]
    public async Task Round_OfAJobWithPrivacy_HasNoise_IsCharged_AndIsRefusedByAClientThatDemandsMore()
    {
        await using RunningKits kits = await RunningKits.ProvisionAsync(
            "clients: { north: { samples: 1200 }, south: { samples: 3 }, west: , east: }", "privacy: { unit: client, epsilon: 8, delta: 1.0e-5, clip: 1.0, dropouts: 1, colluders: 1 }", "rounds: 1",
            "waiting-time: 3s", "round-deadline: 60s");
        kits.Change("east", settings => settings["Kit"]!["Promise"]!["Epsilon"] = 7);
        _ = kits.StartServer();
        _ = kits.StartAuthority();
        ToolResult east = await Fedhe.RunAsync(["client", "run", "--kit", kits["east"], "--samples", "10", "--", "true"]);
        east.ExitCode.Should().Be(ExitCodes.Refused);
        east.Errors.Should().Contain("more than this client promised");
        Task<ToolResult>[] clients = [.. Taking.Select(kits.StartClient)];
        await kits.WaitForAsync(() => clients.All(client => client.IsCompleted));

        // Training changed nothing, so what the model has is the noise, which is on the grid of the job.
        RoundNote[] notes = [.. Taking.Select(client => RoundNote.Read(kits[client], 1))];
        notes.Should().OnlyContain(note => note.Outcome == FederationOutcome.Completed && note.Sha256 == notes[0].Sha256);
        (double first, double second, long _) = SmallModel.Read(Path.Combine(kits["north"], notes[0].Model!));
        Math.Abs(first).Should().BePositive();
        Math.Abs(second).Should().BePositive();

        FederationJob job = Kit.Open(kits["server"]).ReadJob();
        string log = Path.Combine(kits["server"], KitFiles.Party, PartyFiles.AuditLog);
        AuditEntry charge = AuditLog.Verify(await File.ReadAllBytesAsync(log), job).Entries.Should().ContainSingle(entry => entry.Kind == AuditKind.PrivacyCharged).Subject;
        (charge.Find("round"), charge.Find("contributors"), charge.Find("budget"), charge.Find("delta")).Should().Be(("1", "3", "8", "1E-05"));
        double charged = double.Parse(charge.Find("spent")!, System.Globalization.CultureInfo.InvariantCulture);
        charged.Should().BeInRange(5, 8.0001, "the budget was planned for one sum of three clients");
        JsonElement verified = (await Fedhe.DoAsync("audit", "verify", log, "--kit", kits["north"], "--json")).Json;
        verified.GetProperty("vouchedFor").GetInt32().Should().BePositive("north kept heads");

        JsonElement server = (await kits.StatusAsync("server")).Json;
        (server.GetProperty("charges").GetInt32(), server.GetProperty("chargedEpsilon").GetDouble()).Should().Be((1, charged));
        JsonElement north = (await kits.StatusAsync("north")).Json;
        north.GetProperty("spentEpsilon").GetDouble().Should().BeApproximately(charged, 1e-4, "client and server count the same sum");
        north.GetProperty("isBudgetSpent").GetBoolean().Should().BeTrue("another sum would exceed the budget");
    }
}
