using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using FedHe.TestKit.Machines;
using FedHe.Tool.Commands;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Poc;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>The command <c>fedhe poc up</c> with real processes over TLS.</summary>
public sealed partial class PocTests : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-poc-test-");

    private string Trial => Path.Combine(_folder.FullName, "trial");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Trial_WithALateClientAndAServerThatIsKilled_EndsWithOneModelAndNoProcess()
    {
        using Process process = Start("poc", "up", "--clients", "4", "--rounds", "3", "--kill", "server@2", "--kill", "north@3", "--late", "south@2", "--folder", Trial, "--json");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync().WaitAsync(Longest);
        await process.WaitForExitAsync().WaitAsync(Longest);

        process.ExitCode.Should().Be(ExitCodes.Done, errors);
        var result = new ToolResult(process.ExitCode, await output, errors);
        result.Json.GetProperty("accuracyAfter").GetDouble().Should().BeGreaterThan(0.85).And.BeGreaterThan(result.Json.GetProperty("accuracyBefore").GetDouble());
        errors.Should().Contain("server killed").And.Contain("server started again").And.Contain("north killed").And.Contain("south started late");
        ProcessesOf(Trial).Should().BeEmpty();

        // What the state on the disk says without any process.
        string north = Path.Combine(Trial, "kits", "north");
        string sha256 = result.Json.GetProperty("sha256").GetString()!;
        foreach ((int i, string client) in ((string[])["north", "south", "west", "east"]).Index())
        {
            JsonElement last = (await Fedhe.DoAsync("report", "--kit", Path.Combine(Trial, "kits", client), "--round", "3", "--json")).Json;
            last.GetProperty("sha256").GetString().Should().Be(sha256, client);
            last.GetProperty("metrics").GetProperty("points").GetInt32().Should().Be(PocPlan.PointsOf(i), client);
            last.GetProperty("maxErrorBound").GetDouble().Should().BeInRange(double.Epsilon, 1e-4, client);
        }

        RoundNote.Read(north, 1).Metrics.Should().NotBeNull();
        RoundNote.Read(Path.Combine(Trial, "kits", "south"), 1).Metrics.Should().BeNull("it was started when the second round trained");
        string export = Path.Combine(_folder.FullName, "model.safetensors");
        await Fedhe.DoAsync("model", "export", "--kit", north, "--out", export);
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(export))).Should().Be(sha256);
        Fedhe.UsesPasswords = true;
        try
        {
            ToolResult status = await Fedhe.DoAsync("status", "--kit", Path.Combine(Trial, "kits", "server"), "--json");
            status.Json.GetProperty("outcome").GetString().Should().Be("Completed");
            status.Json.GetProperty("runs").GetBoolean().Should().BeFalse();
        }
        finally
        {
            Fedhe.UsesPasswords = false;
        }
    }

    [Theory]
    [InlineData("committee")]
    [InlineData("authority")]
    public async Task Trial_WhosePartiesAreKilledAgainAndAgain_EndsWithOneModel(string keys)
    {
        using Process process = Start("poc", "up", "--clients", "4", "--rounds", "2", "--keys", keys, "--kill-randomly", "5", "--folder", Trial, "--json");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync().WaitAsync(Longest);
        await process.WaitForExitAsync().WaitAsync(Longest);

        process.ExitCode.Should().Be(ExitCodes.Done, errors);
        new ToolResult(process.ExitCode, await output, errors).Json.GetProperty("randomKills").GetInt32().Should().BePositive("every second event is followed by a kill");
        await Fedhe.DoAsync("audit", "verify", "--kit", Path.Combine(Trial, "kits", "server"));
        ProcessesOf(Trial).Should().BeEmpty();
    }

    [Fact]
    public async Task Interruption_LeavesNoProcess()
    {
        using Process process = Start("poc", "up", "--rounds", "1000", "--folder", Trial);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        await WaitForAsync(process, "training in round 1");
        ShouldSeeProcesses();
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        await process.StandardError.ReadToEndAsync().WaitAsync(Longest);
        await process.WaitForExitAsync().WaitAsync(Longest);
        process.ExitCode.Should().Be(ExitCodes.Interrupted, await output);
        ProcessesOf(Trial).Should().BeEmpty();
    }

    [Fact]
    public async Task Trial_ThatIsKilledItself_LeavesNoProcess()
    {
        using Process process = Start("poc", "up", "--rounds", "1000", "--folder", Trial);
        await WaitForAsync(process, "training in round 1");
        ShouldSeeProcesses();
        process.Kill();
        await process.WaitForExitAsync();
        for (int i = 0; i < 600 && ProcessesOf(Trial).Any(); i++)
        {
            await Task.Delay(100);
        }

        ProcessesOf(Trial).Should().BeEmpty();
    }

    [Fact]
    public async Task Trial_WithPrivacy_EndsWithOneModel_AndSaysWhatIsSpent()
    {
        using Process process = Start("poc", "up", "--rounds", "1", "--dp", "client", "--epsilon", "8", "--delta", "1e-5", "--clip", "1", "--folder", Trial, "--json");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync().WaitAsync(Longest);
        await process.WaitForExitAsync().WaitAsync(Longest);

        process.ExitCode.Should().Be(ExitCodes.Done, $"{errors}{await output}");
        JsonElement status = (await Fedhe.DoAsync("status", "--kit", Path.Combine(Trial, "kits", "south"), "--json")).Json;
        status.GetProperty("spentEpsilon").GetDouble().Should().BeInRange(5, 8);
    }

    [Theory]
    [InlineData("--kill server", "--kill takes PARTY@ROUND")]
    [InlineData("--kill nobody@2", "'nobody@2' names no party")]
    [InlineData("--kill server@9", "in a round that does not come")]
    [InlineData("--late server@2", "'server@2' names no party")]
    [InlineData("--late south@1", "'south@1' is not late")]
    [InlineData("--late south@2 --late south@3", "south cannot be late twice")]
    [InlineData("--late south@2 --late north@2", "At least two clients must be there")]
    [InlineData("--clients 4 --late south@2 --late north@2", "can do without 1 members")]
    [InlineData("--clients 7 --keys committee:7/1 --late south@2 --late north@2", "can do without 1 members")]
    [InlineData("--clients 99", "--clients must be a number from 2 to 16")]
    [InlineData("--dp client --epsilon 8 --delta 1e-5", "needs --clip too")]
    [InlineData("--epsilon 8", "add --dp client")]
    public async Task Trial_ThatCannotBe_IsRefusedBeforeItBegins(string options, string message)
    {
        ToolResult result = await Fedhe.RunAsync(["poc", "up", "--folder", Trial, .. options.Split(' ')]);

        result.ExitCode.Should().Be(ExitCodes.WrongUsage);
        result.Errors.Should().Contain(message);
        Directory.Exists(Trial).Should().BeFalse();
    }

    private static Process Start(params string[] words)
    {
        ProcessStartInfo start = InterruptibleProcess.Describe("dotnet", [typeof(ToolProgram).Assembly.Location, .. words]);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        return Process.Start(start)!;
    }

    private static async Task WaitForAsync(Process process, string text)
    {
        string? line = string.Empty;
        while (line?.Contains(text, StringComparison.Ordinal) == false)
        {
            line = await process.StandardError.ReadLineAsync().WaitAsync(Longest);
        }

        line.Should().NotBeNull($"the trial was to write '{text}'");
    }

    /// <summary>Makes sure that processes of a trial are found while it runs, because none is found afterwards.</summary>
    private void ShouldSeeProcesses()
    {
        if (OperatingSystem.IsLinux())
        {
            ProcessesOf(Trial).Count(line => line.Contains(" run --kit ", StringComparison.Ordinal)).Should().Be(5, "a server, an authority and three clients");
        }
    }

    /// <summary>Finds the processes whose command line names a folder.</summary>
    private static IEnumerable<string> ProcessesOf(string folder)
    {
        foreach (string process in Directory.Exists("/proc") ? Directory.GetDirectories("/proc").Where(path => Digits().IsMatch(path)) : [])
        {
            string line;
            try
            {
                line = File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
            }
            catch (IOException)
            {
                continue;
            }

            if (line.Contains(folder, StringComparison.Ordinal))
            {
                yield return line;
            }
        }
    }

    [GeneratedRegex("/[0-9]+$")]
    private static partial Regex Digits();
}
