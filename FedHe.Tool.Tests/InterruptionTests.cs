using System.Diagnostics;
using FedHe.TestKit.Architecture;
using FedHe.TestKit.Machines;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>Commands that end early, at the places where their state and their messages could come apart.</summary>
public sealed class InterruptionTests
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Client_ThatSavedItsUploadAndCouldNotSendIt_SendsTheSameUploadLater()
    {
        using Federation federation = await Federation.InvitedAsync();
        Block(federation["c1/outbox/server"]);
        string model = SmallModel.Write(federation["m.safetensors"], 1, 1);
        (await Fedhe.RunAsync(["encrypt", federation["c1"], "--model", model])).ExitCode.Should().Be(ExitCodes.Refused);
        File.Delete(federation["c1/outbox/server"]);
        await Fedhe.DoAsync("encrypt", federation["c1"], "--model", SmallModel.Write(federation["m.safetensors"], 2, 2));
        string[] uploads = Directory.GetFiles(federation["c1/outbox/server"], "*upload*");
        uploads.Select(File.ReadAllBytes).Should().HaveCountGreaterThan(0).And.AllSatisfy(bytes => bytes.Should().Equal(File.ReadAllBytes(uploads[0])));
        foreach (string client in Federation.Clients[1..])
        {
            await federation.UploadAsync(client);
        }

        await federation.DeliverToServerAsync("c1");
        await Fedhe.DoAsync("aggregate", federation["server"]);
        await federation.DeliverFromServerAsync();
        string path = (await Fedhe.DoAsync("decrypt", federation["c2"], "--json")).Json.GetProperty("model").GetString()!;
        SmallModel.Read(path).First.Should().BeApproximately((1 + 2 + 3 + 4) / 4.0, 1e-4, "the first upload of the round is the one that counts");
    }

    [Fact]
    public async Task Client_ThatOpenedTheModelAndCouldNotConfirmIt_ConfirmsLater()
    {
        using Federation federation = await Federation.InvitedAsync();
        foreach (string client in Federation.Clients)
        {
            await federation.UploadAsync(client);
        }

        await Fedhe.DoAsync("aggregate", federation["server"]);
        await federation.DeliverFromServerAsync();
        Block(federation["c1/outbox/server"]);
        (await Fedhe.RunAsync(["decrypt", federation["c1"]])).ExitCode.Should().Be(ExitCodes.Refused);
        File.Delete(federation["c1/outbox/server"]);
        await Fedhe.DoAsync("decrypt", federation["c1"]);
        federation.Files("c1/outbox/server", "*-confirmation.fedhe").Should().NotBeEmpty();
    }

    [Theory]
    [InlineData("c1")]
    [InlineData("c3")]
    public async Task Server_ThatAddedUpAndCouldNotSend_SendsLater(string blocked)
    {
        using Federation federation = await Federation.InvitedAsync();
        foreach (string client in Federation.Clients[..3])
        {
            await federation.UploadAsync(client);
        }

        (await Fedhe.RunAsync(["aggregate", federation["server"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
        await federation.DeliverFromServerAsync();
        await federation.UploadAsync("c4");

        // The upload that closes the round is acknowledged first; the aggregate is what cannot be written.
        Block(federation[$"server/outbox/{blocked}"]);
        (await Fedhe.RunAsync(["aggregate", federation["server"]])).ExitCode.Should().Be(ExitCodes.Refused);
        File.Delete(federation[$"server/outbox/{blocked}"]);
        await Fedhe.RunAsync(["aggregate", federation["server"]]);
        await federation.DeliverFromServerAsync();
        foreach (string client in Federation.Clients)
        {
            await Fedhe.DoAsync("decrypt", federation[client]);
        }
    }

    [Fact]
    public async Task EveryCommand_RunTwice_GivesTheSameRound()
    {
        using Federation federation = await Federation.AnnouncedAsync();
        await TwiceAsync("round", "open", federation["server"]);
        await federation.DeliverFromServerAsync();
        foreach (string client in Federation.Clients)
        {
            int number = 1 + Array.IndexOf(Federation.Clients, client);
            await TwiceAsync("encrypt", federation[client], "--model", SmallModel.Write(federation["m.safetensors"], number, 0));
            await federation.DeliverToServerAsync(client);
        }

        await TwiceAsync("aggregate", federation["server"]);
        await federation.DeliverFromServerAsync();
        foreach (string client in Federation.Clients)
        {
            await TwiceAsync("decrypt", federation[client]);
            await federation.DeliverToServerAsync(client);
        }

        await TwiceAsync("confirm", federation["server"]);
        await federation.DeliverFromServerAsync();
        foreach (string client in Federation.Clients)
        {
            await TwiceAsync("confirm", federation[client]);
            SmallModel.Read(federation[$"{client}/model/round-000001.safetensors"]).First.Should().BeApproximately(2.5, 1e-4);
            await federation.DeliverToServerAsync(client);
        }

        await TwiceAsync("round", "open", federation["server"]);
    }

    [Fact]
    public async Task Folder_InWhichACommandWorks_IsLeftAlone()
    {
        using Federation federation = await Federation.AnnouncedAsync();
        using var busy = new FileStream(federation["c1/state/lock"], FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        ToolResult second = await Fedhe.RunAsync(["announce", federation["c1"]]);
        second.ExitCode.Should().Be(ExitCodes.TryAgain);
        second.Errors.Should().Contain("Another command");
    }

    [Fact]
    public async Task State_ThatIsOlderThanTheFolderKnows_IsRefused()
    {
        using Federation federation = await Federation.AnnouncedAsync();
        await Fedhe.DoAsync("round", "open", federation["server"]);
        byte[] old = File.ReadAllBytes(federation["server/state/round.state"]);
        await federation.DeliverFromServerAsync();
        await federation.UploadAsync("c1");
        (await Fedhe.RunAsync(["aggregate", federation["server"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
        File.WriteAllBytes(federation["server/state/round.state"], old);
        (await Fedhe.RunAsync(["aggregate", federation["server"]])).ExitCode.Should().Be(ExitCodes.Refused);
    }

    /// <summary>An operator who restores a backup deletes the stamp of the newest state, which the backup cannot know.</summary>
    [Fact]
    public async Task Server_WithoutTheNewestStamp_ClosesNoRoundBeforeItHasHeardEveryInvitedClient()
    {
        using Federation federation = await Federation.InvitedAsync();
        foreach (string client in Federation.Clients[..3])
        {
            await federation.UploadAsync(client);
        }

        (await Fedhe.RunAsync(["aggregate", federation["server"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
        File.Delete(federation["server/state/newest.state"]);

        (await Fedhe.RunAsync(["aggregate", federation["server"], "--now"])).ExitCode.Should().Be(ExitCodes.TryAgain);

        federation.Files("server/outbox/c1", "*aggregate*").Should().BeEmpty("the lost server may have closed the round with other uploads");
    }

    [Fact]
    public async Task Process_KilledOrInterruptedWhileTraining_LosesNothing()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Fedhe.UsesPasswords = true;
        try
        {
            using Federation federation = await Federation.WithPasswordsAsync();
            foreach (string signal in new[] { "KILL", "INT" })
            {
                await InterruptAsync(federation, signal);
            }

            await federation.UploadAsync("c1");
        }
        finally
        {
            Fedhe.UsesPasswords = false;
        }
    }

    [Fact]
    public async Task Cancellation_WhileTraining_EndsTheTrainingCommandAndLosesNothing()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using Federation federation = await Federation.InvitedAsync();
        using var cancelled = new CancellationTokenSource();
        string pid = federation["pid"];
        Task<ToolResult> training = Fedhe.RunAsync(["train", federation["c1"], "--exec", $"sh -c 'echo $$ > {pid}.new; mv {pid}.new {pid}; sleep 600'"], cancelled.Token);
        while (!File.Exists(pid))
        {
            training.IsCompleted.Should().BeFalse();
            await Task.Delay(20);
        }

        await cancelled.CancelAsync();
        (await training).ExitCode.Should().Be(ExitCodes.Interrupted);
        IsRunning(File.ReadAllText(pid).Trim()).Should().BeFalse("the training command ends with the command that started it");
        await federation.UploadAsync("c1");
    }

    private static async Task InterruptAsync(Federation federation, string signal)
    {
        string pid = federation[$"pid-{signal}"];
        using Process process = StartTraining(federation["c1"], $"sh -c 'echo $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 600'");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        while (!File.Exists(pid))
        {
            process.HasExited.Should().BeFalse();
            await Task.Delay(20);
        }

        await SignalAsync(signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        string child = File.ReadAllText(pid).Trim();
        if (signal == "KILL")
        {
            // Nothing can end the training command with a command that is killed.
            await SignalAsync("KILL", child);
        }

        using var limit = new CancellationTokenSource(LongestEnd);
        await process.WaitForExitAsync(limit.Token);
        if (signal == "INT")
        {
            process.ExitCode.Should().Be(ExitCodes.Interrupted, await errors);
            IsRunning(child).Should().BeFalse($"the training command ends with the command that started it: {await errors}");
        }
    }

    private static async Task SignalAsync(string signal, string process)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", process]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Tells whether a process runs; one that has ended and that nobody has asked about does not.</summary>
    private static bool IsRunning(string process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static Process StartTraining(string folder, string command)
    {
        string tool = Path.Combine(SolutionDirectory.Path, "artifacts", "bin", "FedHe.Tool", Path.GetFileName(Path.GetDirectoryName(typeof(InterruptionTests).Assembly.Location))!, "FedHe.Tool.dll");
        ProcessStartInfo start = InterruptibleProcess.Describe("dotnet", [tool, "train", folder, "--exec", command]);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        start.Environment[Parties.Password.Variable] = Fedhe.PasswordForTests;
        return Process.Start(start)!;
    }

    /// <summary>Puts a file where a folder has to be, so that the first message cannot be written.</summary>
    private static void Block(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        File.WriteAllText(path, string.Empty);
    }

    private static async Task TwiceAsync(params string[] arguments)
    {
        await Fedhe.DoAsync(arguments);
        (await Fedhe.RunAsync(arguments)).ExitCode.Should().BeOneOf(ExitCodes.Done, ExitCodes.TryAgain);
    }
}
