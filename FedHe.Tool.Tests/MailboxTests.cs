using System.Diagnostics;
using System.Text;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>What somebody does who can write into a mailbox, and nowhere else: no command writes outside of it, hangs or stops working.</summary>
public sealed class MailboxTests
{
    [Fact]
    public async Task Refused_AsALink_LeadsNoFileIntoTheFolderOfThatParty()
    {
        using Federation federation = await Federation.InvitedAsync();
        byte[] identity = File.ReadAllBytes(Path.Combine(federation["c1"], "state", "identity.sealed"));
        Directory.CreateSymbolicLink(Path.Combine(federation["c1"], "inbox", "refused"), "../state");
        File.WriteAllText(Path.Combine(federation["c1"], "inbox", "identity.sealed"), "junk");

        await Fedhe.RunAsync(["decrypt", federation["c1"]]);

        File.ReadAllBytes(Path.Combine(federation["c1"], "state", "identity.sealed")).Should().Equal(identity);
        federation.Files("c1/refused").Should().Equal("identity.sealed");
    }

    [Fact]
    public async Task Deliver_IntoOrOutOfALink_IsRefused()
    {
        using Federation federation = await Federation.InvitedAsync();
        string mine = Directory.CreateDirectory(federation["mine"]).FullName;
        File.WriteAllText(Path.Combine(mine, "letter"), "mine");
        string box = Path.Combine(federation["c1"], "outbox", "server");
        Directory.Delete(box, recursive: true);
        Directory.CreateSymbolicLink(box, mine);

        (await Fedhe.RunAsync(["deliver", federation["c1"], federation["server"]])).ExitCode.Should().Be(ExitCodes.Refused);

        File.Exists(Path.Combine(mine, "letter")).Should().BeTrue();
    }

    [Fact]
    public async Task Deliver_OverAPlantedTemporaryFile_WritesThroughNoLink()
    {
        using Federation federation = await Federation.InvitedAsync();
        await federation.UploadAsync("c1");
        await Fedhe.DoAsync("announce", federation["c1"]);
        string name = federation.Files("c1/outbox/server").Single();
        string state = Path.Combine(federation["server"], "state", "identity.sealed");
        byte[] identity = File.ReadAllBytes(state);
        File.CreateSymbolicLink(Path.Combine(federation["server"], "inbox", $"{name}.new"), state);

        await federation.DeliverToServerAsync("c1");

        File.ReadAllBytes(state).Should().Equal(identity);
    }

    [Fact]
    public async Task Inbox_WithPipesLinksAndEndlessFiles_DoesNotKeepTheServerFromItsWork()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using Federation federation = await Federation.InvitedAsync();
        foreach (string client in Federation.Clients)
        {
            await federation.UploadAsync(client);
        }

        string inbox = Path.Combine(federation["server"], "inbox");
        using (Process pipe = Process.Start("mkfifo", Path.Combine(inbox, "a-pipe")))
        {
            await pipe.WaitForExitAsync();
        }

        File.CreateSymbolicLink(Path.Combine(inbox, "b-device"), "/dev/zero");
        File.CreateSymbolicLink(Path.Combine(inbox, "c-nothing"), "nothing");
        Directory.CreateSymbolicLink(Path.Combine(inbox, "d-circle"), ".");
        using (FileStream endless = File.Create(Path.Combine(inbox, "e-endless")))
        {
            endless.SetLength(Array.MaxLength + 1L);
        }

        await Fedhe.DoAsync("aggregate", federation["server"]);

        federation.Files("server/refused").Should().Equal("e-endless");
    }

    [Fact]
    public async Task Guard_OfAServerFolderWithALinkOutsideTheInbox_Refuses()
    {
        using Federation federation = await Federation.InvitedAsync();
        Directory.CreateSymbolicLink(Path.Combine(federation["server"], "backup"), federation["c1"]);
        ToolResult result = await Fedhe.RunAsync(["aggregate", federation["server"]]);
        (result.ExitCode, result.Errors).Should().Match<(int Code, string Errors)>(one => one.Code == ExitCodes.Refused && one.Errors.Contains("symbolic link", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Guard_OfAKeyThatIsCalledLock_FindsIt()
    {
        using Federation federation = await Federation.InvitedAsync();
        string backup = Directory.CreateDirectory(Path.Combine(federation["server"], "backup")).FullName;
        File.Copy(Path.Combine(federation["c1"], "state", "keys.sealed"), Path.Combine(backup, "lock"));
        (await Fedhe.RunAsync(["aggregate", federation["server"]])).ExitCode.Should().Be(ExitCodes.Refused);
    }

    [Fact]
    public async Task Join_WithTheRightDigestBesideJunk_TakesTheRightJob()
    {
        using Federation federation = await Federation.InvitedAsync();
        await Fedhe.DoAsync("keys", "client", federation["late"], "c1", "--samples", "1");
        File.WriteAllBytes(Path.Combine(federation["late"], "inbox", "a"), [.. JobPackage.Magic, .. "garbage"u8]);
        File.Copy(Path.Combine(federation["c1"], "state", "job.fedhe"), Path.Combine(federation["late"], "inbox", "job"));
        string digest = File.ReadAllText(Path.Combine(federation["authority"], "job.digest"));

        ToolResult result = await Fedhe.RunAsync(["keys", "join", federation["late"], "--expect", digest]);

        result.Errors.Should().Contain("roster", "the job was read, and names another key for this client");
    }

    [Fact]
    public async Task Join_WithTheJobWithoutItsModelOrWithAnother_TakesTheOneWithItsModel()
    {
        using Federation federation = await Federation.InvitedAsync();
        await Fedhe.DoAsync("keys", "client", federation["late"], "c1", "--samples", "1");
        byte[] job = File.ReadAllBytes(Path.Combine(federation["c1"], "state", "job.fedhe"));
        byte[] changed = [.. job];
        changed[^1] ^= 1;
        string inbox = Path.Combine(federation["late"], "inbox");
        string[] join = ["keys", "join", federation["late"], "--expect", File.ReadAllText(Path.Combine(federation["authority"], "job.digest"))];

        File.Copy(Path.Combine(federation["server"], "state", "job.fedhe"), Path.Combine(inbox, "a"));
        (await Fedhe.RunAsync(join)).ExitCode.Should().Be(ExitCodes.TryAgain, "the model is missing");
        File.WriteAllBytes(Path.Combine(inbox, "a"), changed);
        (await Fedhe.RunAsync(join)).Errors.Should().Contain("damaged", "the model is another one");
        File.WriteAllBytes(Path.Combine(inbox, "b"), job);
        (await Fedhe.RunAsync(join)).Errors.Should().Contain("roster", "the job was read, and names another key for this client");
    }

    [Theory]
    [InlineData("..")]
    [InlineData("server")]
    [InlineData("authority")]
    [InlineData("c1")]
    public async Task Card_OfAClient_HasANameThatBecomesAFolder(string name)
    {
        using Federation federation = await Federation.InvitedAsync();
        await Fedhe.DoAsync("keys", "client", federation["new"], "other", "--samples", "1");
        string path = Directory.GetFiles(Path.Combine(federation["new"], "outbox", "authority")).Single();
        byte[] card = Encoding.UTF8.GetBytes(File.ReadAllText(path).Replace("\"other\"", $"\"{name}\"", StringComparison.Ordinal));
        (PartyCard.TryRead(card) is not null).Should().Be(name == "c1");
    }

    [Fact]
    public async Task Folder_OfAClientWhoseCardWasLost_SendsItAgain()
    {
        using Federation federation = await Federation.InvitedAsync();
        await Fedhe.DoAsync("keys", "client", federation["new"], "other", "--samples", "1");
        string box = Path.Combine(federation["new"], "outbox", "authority");
        PartyCard first = PartyCard.TryRead(File.ReadAllBytes(Directory.GetFiles(box).Single()))!;
        Directory.Delete(box, recursive: true);

        await Fedhe.DoAsync("keys", "client", federation["new"], "other", "--samples", "1");

        PartyCard.TryRead(File.ReadAllBytes(Directory.GetFiles(box).Single()))!.Fingerprint.Should().Be(first.Fingerprint);
        (await Fedhe.RunAsync(["keys", "client", federation["new"], "another", "--samples", "1"])).ExitCode.Should().Be(ExitCodes.Refused);
    }

    [Fact]
    public async Task Out_OverAFolderOrBesideForeignFiles_LeavesNothingOfTheModelAndTakesNothing()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using Federation federation = await Federation.InvitedAsync();
        Directory.CreateDirectory(federation["out"]);
        File.WriteAllText(federation["out.new"], "mine");

        FluentActions.Invoking(() => AtomicFile.Replace(federation["out"], "model"u8)).Should().Throw<Exception>();

        File.ReadAllText(federation["out.new"]).Should().Be("mine");
        Directory.GetFiles(federation.Location, "out*").Should().ContainSingle();
    }
}
