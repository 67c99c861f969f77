using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

public sealed class KeyTests
{
    [Theory]
    [InlineData("c1/state/keys.sealed")]
    [InlineData("c1/state/identity.sealed")]
    [InlineData("authority/state/authority.sealed")]
    public async Task Server_WithAKeyInItsFolder_RefusesEveryCommand(string key)
    {
        using Federation federation = await Federation.InvitedAsync();
        File.Copy(federation[key], federation["server/inbox/innocent.fedhe"]);
        foreach (string[] command in new string[][] { ["aggregate"], ["round", "open"], ["confirm"] })
        {
            ToolResult refused = await Fedhe.RunAsync([.. command, federation["server"]]);
            refused.ExitCode.Should().Be(ExitCodes.Refused);
            refused.Errors.Should().Contain("innocent.fedhe is a key");
        }

        File.Delete(federation["server/inbox/innocent.fedhe"]);
        (await Fedhe.RunAsync(["aggregate", federation["server"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
    }

    [Fact]
    public async Task Server_WithAGrantInItsFolder_Refuses()
    {
        using Federation federation = await Federation.AnnouncedAsync();
        using Federation other = await Federation.AnnouncedAsync();
        File.Delete(other["c1/state/keys.sealed"]);
        await Fedhe.DoAsync("keys", "join", other["c1"], "--trust-mailbox");
        await Fedhe.DoAsync("deliver", other["c1"], other["authority"]);
        await Fedhe.DoAsync("keys", "grant", other["authority"]);
        string grant = Directory.GetFiles(other["authority/outbox/c1"], "*keygrant*").Single();
        File.Copy(grant, federation["server/inbox/grant.fedhe"]);
        (await Fedhe.RunAsync(["aggregate", federation["server"]])).Errors.Should().Contain("grant of keys");
        await Fedhe.DoAsync("deliver", other["authority"], other["c1"]);
        await Fedhe.DoAsync("keys", "open", other["c1"]);
    }

    [Fact]
    public async Task ServerFolder_HoldsNothingThatOpensAnUpload()
    {
        using Federation federation = await Federation.InvitedAsync();
        foreach (string file in Directory.GetFiles(federation["server"], "*.sealed", SearchOption.AllDirectories))
        {
            (await Fedhe.DoAsync("inspect", file, "--json")).Json.GetProperty("secret").GetString().Should().Be("identity of a server");
        }
    }

    [Fact]
    public async Task Join_AnotherJobThanExpected_IsRefused()
    {
        using Federation federation = await Federation.AnnouncedAsync();
        ToolResult refused = await Fedhe.RunAsync(["keys", "join", federation["c1"], "--expect", new string('0', 64)]);
        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain("another job than expected");
        (await Fedhe.RunAsync(["keys", "join", federation["c1"]])).ExitCode.Should().Be(ExitCodes.WrongUsage);
    }

    [Fact]
    public async Task Job_OfOtherKeysThanTheClients_IsRefusedByTheClient()
    {
        using Federation federation = await Federation.AnnouncedAsync();
        Directory.Delete(federation["c1"], recursive: true);
        await Fedhe.DoAsync("keys", "client", federation["c1"], "c1", "--samples", "1");
        File.Copy(federation["c2/state/job.fedhe"], federation["c1/inbox/job.fedhe"]);
        ToolResult refused = await Fedhe.RunAsync(["keys", "join", federation["c1"], "--trust-mailbox"]);
        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain("wrong card");
        Directory.Delete(federation["server"], recursive: true);
        await Fedhe.DoAsync("keys", "server", federation["server"]);
        File.Copy(federation["c2/state/job.fedhe"], federation["server/inbox/job.fedhe"]);
        (await Fedhe.RunAsync(["keys", "join", federation["server"], "--trust-mailbox"])).ExitCode.Should().Be(ExitCodes.Refused);
    }

    [Fact]
    public async Task StateFolder_IsItsOwnersAlone()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using Federation federation = await Federation.AnnouncedAsync();
        await Fedhe.DoAsync("keys", "client", federation["new"], "new", "--samples", "1");
        File.GetUnixFileMode(federation["new/state"]).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (await Fedhe.RunAsync(["keys", "client", federation["new"], "another", "--samples", "1"])).ExitCode.Should().Be(ExitCodes.Refused, "a folder is not made over another one");
    }

    [Fact]
    public async Task Password_WrongOrMissing_IsSaid()
    {
        using Federation federation = await Federation.InvitedAsync();
        string file = federation["password"];
        File.WriteAllText(file, "another password\n");
        (await Fedhe.RunAsync(["announce", federation["c1"], "--password-file", file])).ExitCode.Should().Be(ExitCodes.Refused);
        File.WriteAllText(file, "short");
        (await Fedhe.RunAsync(["announce", federation["c1"], "--password-file", file])).ExitCode.Should().Be(ExitCodes.WrongUsage);
        (await Fedhe.RunAsync(["announce", federation["c1"], "--password-file", federation["none"]])).ExitCode.Should().Be(ExitCodes.WrongUsage);
        File.WriteAllText(file, Fedhe.PasswordForTests + "\r\n");
        await Fedhe.DoAsync("announce", federation["c1"], "--password-file", file, "--samples", "7");
    }

    [Fact]
    public async Task Server_OfAJob_GetsTheDescriptionAndNoModel()
    {
        using Federation federation = await Federation.AnnouncedAsync();
        byte[] model = File.ReadAllBytes(federation["start.safetensors"]);
        byte[] ofClient = File.ReadAllBytes(federation["c1/state/job.fedhe"]);
        ofClient.AsSpan().IndexOf(model).Should().BePositive();
        foreach (string file in Directory.GetFiles(federation["server"], "*", SearchOption.AllDirectories))
        {
            File.ReadAllBytes(file).AsSpan().IndexOf(model).Should().Be(-1, file);
        }

        JobPackage.DigestOf(File.ReadAllBytes(federation["server/state/job.fedhe"])).Should().Be(JobPackage.DigestOf(ofClient));
    }
}
