using System.Net;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Hosting.Tests.Server;

/// <summary>A server whose disk is really full, at every write behind an upload.</summary>
public sealed class FullDiskTests
{
    private const long DiskLength = 4 * 1024 * 1024;

    [SmallDiskTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Upload_WhileTheDiskIsFull_CountsOnceWhenThereIsRoom(bool hasSumsInFiles)
    {
        using var federation = new SmallFederation { HasSumsInFiles = hasSumsInFiles };
        using var disk = new SmallDisk(federation.FolderOf("server"), DiskLength);
        using var round = new Round(federation);
        await round.JoinAsync();
        await using TestServer server = await TestServer.StartOpenAsync(federation);
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        var refused = new HashSet<int>();
        while (await round.AdvanceToUploadAsync(http, server))
        {
            // With each page more another write is the one that fails.
            HttpStatusCode status = default;
            for (int pages = 0; status != HttpStatusCode.Accepted; pages++)
            {
                disk.FillUpTo(pages);
                status = await Round.PostAsync(http, server, round.Uploads[^1]);
                if (status != HttpStatusCode.Accepted)
                {
                    status.Should().Be(HttpStatusCode.InsufficientStorage);
                    refused.Add(pages);
                }
            }

            disk.Clear();
        }

        refused.Should().HaveCountGreaterThan(2, "an upload takes more than two pages in the files of a server");
        round.ShouldHaveEndedWithTheAverage();
        string sums = Path.Combine(federation.FolderOf("server"), PartyFiles.Sums);
        (Directory.Exists(sums) && Directory.EnumerateFiles(sums, "*.sum").Any()).Should().Be(hasSumsInFiles);
        AuditReport audit = AuditLog.Verify(await File.ReadAllBytesAsync(Path.Combine(federation.FolderOf("server"), PartyFiles.AuditLog)), federation.Job);
        audit.Faults.Should().BeEmpty();
        audit.Entries.Count(entry => entry.Kind == AuditKind.UploadAccepted).Should().Be(PartyNames.Clients.Count * SmallJob.Rounds);
    }
}
