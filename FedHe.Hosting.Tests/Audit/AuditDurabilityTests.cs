using System.Globalization;
using System.Net;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Persistence;
using PartyFiles = FedHe.Hosting.Folders.PartyFiles;

namespace FedHe.Hosting.Tests.Audit;

/// <summary>A process may end at any moment: the log of the next one has neither a hole nor an entry twice.</summary>
public sealed class AuditDurabilityTests : IDisposable
{
    private readonly SmallFederation _federation = new();

    private string Folder => _federation.FolderOf("server");

    private string LogPath => Path.Combine(Folder, PartyFiles.AuditLog);

    public void Dispose() => _federation.Dispose();

    /// <summary>
    /// The moments at which a process may end while it takes an upload: the entries are prepared, the change is appended, it is noted as the newest, a part
    /// of the entries is appended, all is done.
    /// </summary>
    [Theory]
    [InlineData("prepared", false)]
    [InlineData("appended", false)]
    [InlineData("saved", false)]
    [InlineData("torn", true)]
    [InlineData("done", false)]
    public async Task Upload_WhoseServerEnds_IsInTheLogOnce(string moment, bool isRepaired)
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        string before = $"{Folder}-before", after = $"{Folder}-after";
        await using (TestServer server = await TestServer.StartOpenAsync(_federation))
        {
            using HttpClient http = server.Connect(certificate: null);
            await round.AnnounceAsync(http, server);
            (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
            Copy(Folder, before);
            (await http.PostAsync(server.MessagesOf(round.Uploads[^1].Client), round.Uploads[^1].Upload)).StatusCode.Should().Be(HttpStatusCode.Accepted);
            Copy(Folder, after);
        }

        Directory.Delete(Folder, recursive: true);
        Copy(moment == "prepared" ? before : after, Folder);
        File.Copy(Path.Combine(after, PartyFiles.NewestAudit), Path.Combine(Folder, PartyFiles.NewestAudit), overwrite: true);
        if (moment == "appended")
        {
            File.Copy(Path.Combine(before, PartyFiles.NewestState), Path.Combine(Folder, PartyFiles.NewestState), overwrite: true);
        }

        byte[] old = await File.ReadAllBytesAsync(Path.Combine(before, PartyFiles.AuditLog));
        byte[] full = await File.ReadAllBytesAsync(Path.Combine(after, PartyFiles.AuditLog));
        await File.WriteAllBytesAsync(LogPath, moment switch
        {
            "torn" => full[..(old.Length + ((full.Length - old.Length) / 2))],
            "done" => full,
            _ => old,
        });

        // Two lives, in which the upload comes again.
        for (int life = 0; life < 2; life++)
        {
            await using TestServer server = await TestServer.StartOpenAsync(_federation);
            using HttpClient http = server.Connect(certificate: null);
            (await http.PostAsync(server.MessagesOf(round.Uploads[^1].Client), round.Uploads[^1].Upload)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        }

        AuditReport report = AuditLog.Verify(await File.ReadAllBytesAsync(LogPath), _federation.Job);
        report.Faults.Should().BeEmpty();
        report.Entries.Should().ContainSingle(entry => entry.Kind == AuditKind.UploadAccepted);
        report.Entries.Any(entry => entry.Kind == AuditKind.Repaired).Should().Be(isRepaired);
    }

    [Fact]
    public async Task Log_WhileTheDiskFails_GoesOnWithoutAHole()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using (TestServer server = await TestServer.StartOpenAsync(_federation))
        {
            using HttpClient http = server.Connect(certificate: null);
            await round.AnnounceAsync(http, server);
            (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
            (string client, ReadOnlyMemory<byte> upload) = round.Uploads[^1];

            // The state can be saved and the log cannot.
            byte[] log = await File.ReadAllBytesAsync(LogPath);
            File.Delete(LogPath);
            Directory.CreateDirectory(LogPath);
            using (HttpResponseMessage refused = await http.PostAsync(server.MessagesOf(client), upload))
            {
                refused.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
                refused.Headers.Contains("FedHe-Audit").Should().BeFalse();
            }

            Directory.Delete(LogPath);
            await File.WriteAllBytesAsync(LogPath, log);
            (await http.PostAsync(server.MessagesOf(client), upload)).StatusCode.Should().Be(HttpStatusCode.Accepted);
            await round.RunToEndAsync(http, server);
        }

        AuditReport report = AuditLog.Verify(await File.ReadAllBytesAsync(LogPath), _federation.Job);
        report.Faults.Should().BeEmpty();
        report.Entries.Where(entry => entry.Kind == AuditKind.UploadAccepted).Select(entry => (entry.Find("client"), entry.Find("round"), entry.Find("attempt"))).Should().OnlyHaveUniqueItems();
        report.Entries.Should().Contain(entry => entry.Kind == AuditKind.Resumed).And.Contain(entry => entry.Kind == AuditKind.Concluded);
    }

    [Theory]
    [InlineData("change")]
    [InlineData("cut")]
    [InlineData("delete")]
    [InlineData("forge what was left")]
    public async Task Log_ThatSomebodyHandled_StopsTheServer(string how)
    {
        await using (TestServer server = await TestServer.StartOpenAsync(_federation))
        {
            using var client = await _federation.CreateClientAsync("c1");
            using HttpClient http = server.Connect(certificate: null);
            await http.PostAsync(server.MessagesOf("c1"), client.Announce());
        }

        string[] lines = await File.ReadAllLinesAsync(LogPath);
        switch (how)
        {
            case "change":
                await File.WriteAllTextAsync(LogPath, string.Join('\n', lines).Replace("\"rounds\":\"2\"", "\"rounds\":\"3\"", StringComparison.Ordinal) + "\n");
                break;
            case "cut":
                await File.WriteAllTextAsync(LogPath, lines[0] + "\n");
                break;
            case "forge what was left":
                // Entries that nobody signed, as if a process had ended before it appended them.
                StateStamp.TryRead(await File.ReadAllBytesAsync(Path.Combine(Folder, PartyFiles.State)), out StateStamp? stamp).Should().BeTrue();
                StateStamp saved = stamp!.Value;
                string forged = lines[^1].Replace($"\"number\":{lines.Length}", $"\"number\":{lines.Length + 1}", StringComparison.Ordinal);
                await File.WriteAllTextAsync(
                    Path.Combine(Folder, PartyFiles.NewestAudit),
                    string.Create(CultureInfo.InvariantCulture, $"{saved.Life} {saved.LifeId:N} {saved.Version} {saved.Round} {saved.Attempt}\n{forged}\n"));
                break;
            default:
                File.Delete(LogPath);
                break;
        }

        (await FluentActions.Awaiting(() => TestServer.StartOpenAsync(_federation)).Should().ThrowAsync<HostingException>())
            .Which.Error.Should().Be(HostingError.FileRefused);
    }

    [Fact]
    public async Task Log_ThatIsLost_BeginsAnewAndSaysSo()
    {
        await using (await TestServer.StartOpenAsync(_federation))
        {
            // The job begins.
        }

        File.Delete(LogPath);
        File.Delete(Path.Combine(Folder, PartyFiles.NewestAudit));
        await using (await TestServer.StartOpenAsync(_federation))
        {
            // The job goes on.
        }

        AuditReport report = AuditLog.Verify(await File.ReadAllBytesAsync(LogPath), _federation.Job);
        report.IsIntact.Should().BeTrue();
        report.Entries[0].Kind.Should().Be(AuditKind.Began);
        report.Entries[0].Find("state").Should().StartWith("life 1");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        }

        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock"))
        {
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }
}
