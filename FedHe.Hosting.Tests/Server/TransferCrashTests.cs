using System.Net;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.Tests.Server;

/// <summary>Processes that end at any point of a transfer, and what the next one makes of their files.</summary>
public sealed class TransferCrashTests : IDisposable
{
    private const int Chunk = TransferBench.Chunk;

    private readonly TransferBench _bench = new();

    public void Dispose() => _bench.Dispose();

    /// <summary>A process ends while it writes a chunk: the room is there, and something is in it.</summary>
    [Fact]
    public async Task Chunk_ThatIsTorn_DoesNotCount()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        TransferHead head = _bench.Head(client, upload);
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        await http.AppendAsync(server.TransfersOf(client), head, upload, 0);
        await server.DisposeAsync();
        foreach (int torn in (int[])[0, 1, Chunk - 1, Chunk])
        {
            string path = Directory.GetFiles(_bench.Folder, "*.bytes").Single();
            // The server that has ended may still bring what it wrote to the disk.
            await using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                file.Position = Chunk;
                await file.WriteAsync(upload.Slice(Chunk, torn));
            }

            await using TestServer restarted = await TestServer.StartOpenAsync(_bench.Federation);
            using HttpClient next = restarted.Connect(certificate: null);
            using HttpResponseMessage offset = await next.AskOffsetAsync(restarted.TransfersOf(client), head.Name);
            offset.Offset().Should().Be(torn == Chunk ? 2 * Chunk : Chunk, "{0} bytes of the second chunk were written", torn);
        }

        await using TestServer last = await TestServer.StartOpenAsync(_bench.Federation);
        using HttpClient end = last.Connect(certificate: null);
        (await end.GoOnAsync(last.TransfersOf(client), head, upload, 2 * Chunk)).Should().Be(HttpStatusCode.Accepted);
    }

    /// <summary>A process ends between the state that has the upload and the note that it was taken.</summary>
    [Fact]
    public async Task Server_ThatEndsBeforeItNotesWhatItTook_CountsItOnce()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        TransferHead head = _bench.Head(client, upload);
        string path = await EndBehindTheStateAsync(server, http, client, upload);
        File.Delete(Path.ChangeExtension(path, "taken"));

        await using TestServer restarted = await TestServer.StartOpenAsync(_bench.Federation);
        using HttpClient next = restarted.Connect(certificate: null);
        using HttpResponseMessage begun = await next.BeginTransferAsync(restarted.TransfersOf(client), head.ToBytes());
        (begun.Offset(), begun.IsComplete()).Should().Be((upload.Length, false));
        (await next.CompleteAsync(restarted.TransfersOf(client), head.Name)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        await _bench.Round.RunToEndAsync(next, restarted);
        await restarted.DisposeAsync();
        _bench.ShouldHaveEnded();
    }

    /// <summary>A process ends between the note that it took an upload and the deletion of the bytes, which nobody would delete before the end of the round.</summary>
    [Fact]
    public async Task Bytes_OfAnUploadThatWasTaken_DoNotOutliveTheProcess()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        string path = await EndBehindTheStateAsync(server, http, client, upload);

        await using TestServer restarted = await TestServer.StartOpenAsync(_bench.Federation);

        File.Exists(path).Should().BeFalse();
        using HttpClient next = restarted.Connect(certificate: null);
        using HttpResponseMessage begun = await next.BeginTransferAsync(restarted.TransfersOf(client), _bench.Head(client, upload).ToBytes());
        (begun.Offset(), begun.IsComplete()).Should().Be((upload.Length, true));
    }

    /// <summary>A server that is set back has lost what it took later, and must get it again.</summary>
    [Fact]
    public async Task Server_ThatIsSetBack_ForgetsWhatItTookLater()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        TransferHead head = _bench.Head(client, upload);
        string[] saved = [PartyFiles.State, PartyFiles.Changes, PartyFiles.NewestState, PartyFiles.AuditLog, PartyFiles.NewestAudit];
        var before = saved.Select(file => Path.Combine(_bench.Federation.FolderOf("server"), file)).Where(File.Exists).ToDictionary(path => path, File.ReadAllBytes);
        (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        await server.DisposeAsync();
        File.Delete(Path.Combine(_bench.Federation.FolderOf("server"), PartyFiles.Changes));
        foreach ((string path, byte[] bytes) in before)
        {
            await File.WriteAllBytesAsync(path, bytes);
        }

        await using TestServer restored = await TestServer.StartOpenAsync(_bench.Federation);
        using HttpClient next = restored.Connect(certificate: null);
        using HttpResponseMessage begun = await next.BeginTransferAsync(restored.TransfersOf(client), head.ToBytes());
        (begun.Offset(), begun.IsComplete()).Should().Be((upload.Length, false));
        (await next.GoOnAsync(restored.TransfersOf(client), head, upload, upload.Length)).Should().Be(HttpStatusCode.Accepted);
    }

    /// <summary>Sends an upload, and ends the server as if it had been killed when it had saved and noted the upload, whose bytes are still there.</summary>
    /// <returns>The path of the bytes.</returns>
    private async Task<string> EndBehindTheStateAsync(TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload)
    {
        TransferHead head = _bench.Head(client, upload);
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        string path = Directory.GetFiles(_bench.Folder, "*.bytes").Single();
        (await http.GoOnAsync(server.TransfersOf(client), head, upload, offset: 0)).Should().Be(HttpStatusCode.Accepted);
        await server.DisposeAsync();
        File.Exists(path).Should().BeTrue("the log refers to it");
        return path;
    }
}
