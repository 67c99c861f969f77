using System.Net;
using System.Net.Sockets;
using System.Text;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Transfers;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Server;

/// <summary>Long messages that come in chunks, and are interrupted at any point.</summary>
public sealed class TransferTests : IDisposable
{
    private const int Chunk = TransferBench.Chunk;

    private readonly TransferBench _bench = new();

    public void Dispose() => _bench.Dispose();

    /// <summary>The server reads all uploads of a round through one buffer, and each upload overwrites the bytes of the one before.</summary>
    [Theory]
    [InlineData(JobMode.Committee)]
    [InlineData(JobMode.RoundKeys)]
    [InlineData(JobMode.Direct)]
    public async Task Uploads_InChunks_AreAcceptedOnce(JobMode mode)
    {
        using var bench = new TransferBench(mode);
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await bench.OpenAsync();
        await using TestServer _ = server;
        do
        {
            (client, upload) = bench.Round.Uploads[^1];
            (await bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        }
        while (await bench.Round.AdvanceToUploadAsync(http, server));

        bench.ShouldHaveEnded();
        Directory.GetFiles(bench.Folder, "*.bytes").Should().BeEmpty();
    }

    /// <summary>A server is killed and started again behind every request of every upload, and no byte comes twice.</summary>
    [Fact]
    public async Task Server_ThatStartsAgainBehindEveryRequest_GoesOnFromItsDisk()
    {
        await _bench.Round.JoinAsync();
        TestServer server = await TestServer.StartOpenAsync(_bench.Federation);
        try
        {
            using (HttpClient first = server.Connect(certificate: null))
            {
                await _bench.Round.AnnounceAsync(first, server);
            }

            while (true)
            {
                using HttpClient http = server.Connect(certificate: null);
                if (!await _bench.Round.AdvanceToUploadAsync(http, server))
                {
                    break;
                }

                (string client, ReadOnlyMemory<byte> upload) = _bench.Round.Uploads[^1];
                TransferHead head = _bench.Head(client, upload);
                head.ChunkCount.Should().BeGreaterThan(2);

                // A client that is invited again has the same upload, which the server knows.
                bool isTaken = _bench.Round.Uploads.SkipLast(1).Any(earlier => earlier.Upload.Span.SequenceEqual(upload.Span));
                for (int step = 0; !isTaken; step++)
                {
                    using HttpClient next = server.Connect(certificate: null);
                    using HttpResponseMessage begun = await next.BeginTransferAsync(server.TransfersOf(client), _bench.Head(client, upload).ToBytes());
                    begun.StatusCode.Should().Be(HttpStatusCode.Created);
                    int chunk = Math.Min(step, head.ChunkCount);
                    begun.Offset().Should().Be(Math.Min(upload.Length, (long)chunk * Chunk), "what was flushed is there");
                    using HttpResponseMessage answer = chunk < head.ChunkCount
                        ? await next.AppendAsync(server.TransfersOf(client), head, upload, chunk)
                        : await next.CompleteAsync(server.TransfersOf(client), head.Name);
                    answer.IsSuccessStatusCode.Should().BeTrue();
                    isTaken = answer.StatusCode == HttpStatusCode.Accepted;
                    await server.DisposeAsync();
                    server = await TestServer.StartOpenAsync(_bench.Federation);
                }

                using HttpClient last = server.Connect(certificate: null);
                using HttpResponseMessage known = await last.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
                if (known.StatusCode == HttpStatusCode.Created)
                {
                    // The round is not over, and the answer might have been lost.
                    known.IsComplete().Should().BeTrue();
                    (await last.CompleteAsync(server.TransfersOf(client), head.Name)).StatusCode.Should().Be(HttpStatusCode.Accepted);
                }
            }
        }
        finally
        {
            await server.DisposeAsync();
        }

        _bench.ShouldHaveEnded();
    }

    [Fact]
    public async Task Connection_ThatBreaksWithinAChunk_CostsThatChunk()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        await using TestServer _ = server;
        TransferHead head = _bench.Head(client, upload);
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        await http.AppendAsync(server.TransfersOf(client), head, upload, 0);
        using (await TransferBench.BeginChunkAsync(server, client, head, upload, 1, sent: 1000))
        {
            // The other end is gone in the middle of the chunk.
        }

        using HttpResponseMessage offset = await http.AskOffsetAsync(server.TransfersOf(client), head.Name);
        (offset.Offset(), offset.IsComplete()).Should().Be((Chunk, false));
        (await http.GoOnAsync(server.TransfersOf(client), head, upload, Chunk)).Should().Be(HttpStatusCode.Accepted);
    }

    /// <summary>Each chunk of a request counts when it has come, whatever becomes of the rest.</summary>
    [Fact]
    public async Task Chunks_OfOneRequest_CountEach()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        await using TestServer _ = server;
        TransferHead head = _bench.Head(client, upload);
        head.ChunkCount.Should().BeGreaterThan(4);
        string transfers = server.TransfersOf(client);
        await http.BeginTransferAsync(transfers, head.ToBytes());
        string transfer = $"{transfers}/{head.Name}";
        foreach ((int length, HttpStatusCode status) in ((int, HttpStatusCode)[])
        [
            (Chunk - 1, HttpStatusCode.Conflict),
            (Chunk + 1, HttpStatusCode.Conflict),
            ((2 * Chunk) - 1, HttpStatusCode.Conflict),
            (upload.Length - 1, HttpStatusCode.Conflict),
        ])
        {
            (await http.AppendAsync(transfer, "0", upload[..length])).StatusCode.Should().Be(status, "{0} bytes", length);
        }

        (await http.AppendAsync(transfer, "0", (byte[])[.. upload.Span, .. new byte[Chunk]])).StatusCode.Should().Be(HttpStatusCode.Conflict, "the message ends before");
        byte[] damaged = upload[..(3 * Chunk)].ToArray();
        damaged[Chunk] ^= 1;
        (await http.AppendAsync(transfer, "0", damaged)).StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await http.AskOffsetAsync(transfers, head.Name)).Offset().Should().Be(Chunk, "the first was right, and nothing counts behind the second");

        using HttpResponseMessage two = await http.AppendAsync(transfer, $"{Chunk}", upload.Slice(Chunk, 2 * Chunk));
        (two.StatusCode, two.Offset()).Should().Be((HttpStatusCode.NoContent, 3 * Chunk));
        using HttpResponseMessage rest = await http.AppendAsync(transfer, $"{3 * Chunk}", upload[(3 * Chunk)..]);
        (rest.StatusCode, rest.Offset()).Should().Be((HttpStatusCode.NoContent, upload.Length));
        (await http.CompleteAsync(transfers, head.Name)).StatusCode.Should().Be(HttpStatusCode.Accepted);
    }

    /// <summary>A connection is dead, and the server does not know it: the next request need not wait for its end.</summary>
    [Fact]
    public async Task Chunk_ThatStandsStill_IsOvertakenByTheNextRequest()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        await using TestServer _ = server;
        TransferHead head = _bench.Head(client, upload);
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        using TcpClient still = await TransferBench.BeginChunkAsync(server, client, head, upload, 0, sent: 1000);
        Transfer transfer = server.Services.GetRequiredService<FedHeServer>().Jobs.Single().Transfers.Find(client, head.Name)!;
        await TransferBench.UntilAsync(() => transfer.IsInUse);

        (await http.GoOnAsync(server.TransfersOf(client), head, upload, 0)).Should().Be(HttpStatusCode.Accepted);

        byte[] answer = new byte[2048];
        int length = await still.GetStream().ReadAsync(answer);
        Encoding.UTF8.GetString(answer, 0, length).Should().StartWith("HTTP/1.1 409").And.Contain("urn:fedhe:problem:overtaken");
    }

    [Fact]
    public async Task Chunk_SentManyTimesAtOnce_CountsOnce()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        await using TestServer _ = server;
        TransferHead head = _bench.Head(client, upload);
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        for (int chunk = 0; chunk < head.ChunkCount; chunk++)
        {
            HttpStatusCode?[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => StatusOfAsync(http.AppendAsync(server.TransfersOf(client), head, upload, chunk))));
            answers.Should().BeSubsetOf([HttpStatusCode.NoContent, HttpStatusCode.Conflict, HttpStatusCode.TooManyRequests, null]);
            using HttpResponseMessage offset = await http.AskOffsetAsync(server.TransfersOf(client), head.Name);
            if (offset.Offset() < (long)chunk * Chunk + head.LengthOf(chunk))
            {
                // Each was overtaken by another one that was refused.
                chunk--;
            }
        }

        HttpResponseMessage[] completions = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => http.CompleteAsync(server.TransfersOf(client), head.Name)));
        completions.Should().Contain(answer => answer.StatusCode == HttpStatusCode.Accepted)
            .And.OnlyContain(answer => answer.StatusCode == HttpStatusCode.Accepted || answer.StatusCode == HttpStatusCode.TooManyRequests);
        await _bench.Round.RunToEndAsync(http, server);
        await server.DisposeAsync();
        _bench.ShouldHaveEnded();
    }

    /// <summary>Of an upload the server says no more than that it has it. Any other message may come again because what followed from it was lost.</summary>
    [Fact]
    public async Task Message_OtherThanAnUpload_ThatComesAgain_ReachesTheServerAgain()
    {
        _bench.Round.HeldBack.Add(MessageKind.BoxReport);
        (TestServer server, HttpClient http, _, _) = await _bench.OpenAsync();
        await using TestServer running = server;
        await Round.PostAsync(http, server, _bench.Round.Uploads[^1]);
        await _bench.Round.RunToEndAsync(http, server);
        (string client, ReadOnlyMemory<byte> report) = _bench.Round.Held[0];
        for (int time = 0; time < 3; time++)
        {
            (await _bench.SendAsync(http, server, client, report)).Should().Be(HttpStatusCode.Accepted);

            (string id, byte[] answer) = (await http.AllAsync(server.MessagesOf(client))).Should().ContainSingle("the report came for the time {0}", time + 1).Subject;
            MessageInfo.TryRead(answer, out MessageInfo? info).Should().BeTrue();
            info!.Kind.Should().Be(MessageKind.Acknowledgement);
            await http.DeleteMessageAsync(server.MessagesOf(client), id);
        }

        Directory.GetFiles(_bench.Folder, "*.head").Should().ContainSingle("one message has one transfer");
        _bench.Round.HeldBack.Clear();
        foreach ((string Client, ReadOnlyMemory<byte> Message) held in _bench.Round.Held)
        {
            await Round.PostAsync(http, server, held);
        }

        await _bench.Round.RunToEndAsync(http, server);
        _bench.ShouldHaveEnded();
    }

    [Fact]
    public async Task Transfer_WhoseRoundIsOver_Ends_AndIsNotBegunAgain()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        await using TestServer _ = server;
        TransferHead unfinished = TransferHead.Sign(upload.Span, 2 * Chunk, _bench.Federation.Identities[client]);
        (await http.BeginTransferAsync(server.TransfersOf(client), unfinished.ToBytes())).StatusCode.Should().Be(HttpStatusCode.Created);
        (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        await _bench.Round.RunToEndAsync(http, server);

        await TransferBench.UntilAsync(() => Directory.GetFiles(_bench.Folder).Length == 0);
        (await http.AskOffsetAsync(server.TransfersOf(client), unfinished.Name)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        using HttpResponseMessage refused = await http.BeginTransferAsync(server.TransfersOf(client), unfinished.ToBytes());
        (await refused.ProblemAsync()).Should().Be("refused");
        Directory.GetFiles(_bench.Folder).Should().BeEmpty();
    }

    /// <summary>Returns the status of an answer, or null where the server refused the request and closed the connection before all of the request had left.</summary>
    private static async Task<HttpStatusCode?> StatusOfAsync(Task<HttpResponseMessage> request)
    {
        try
        {
            using HttpResponseMessage response = await request;
            return response.StatusCode;
        }
        catch (HttpRequestException fault) when (fault.StatusCode is null)
        {
            return null;
        }
    }
}
