using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Identities;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Transfers;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Server;

/// <summary>Long messages that come in chunks, and are interrupted at any point.</summary>
public sealed class TransferTests : IDisposable
{
    private const int Chunk = TransferHead.MinChunkLength;

    private SmallFederation _federation = new();

    private string Folder => Path.Combine(_federation.FolderOf("server"), "transfers");

    public void Dispose() => _federation.Dispose();

    /// <summary>The server reads all uploads of a round through one buffer, and each upload overwrites the bytes of the one before.</summary>
    [Theory]
    [InlineData(JobMode.Committee)]
    [InlineData(JobMode.RoundKeys)]
    [InlineData(JobMode.Direct)]
    public async Task Uploads_InChunks_AreAcceptedOnce(JobMode mode)
    {
        _federation.Dispose();
        _federation = new SmallFederation(mode);
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        while (await round.AdvanceToUploadAsync(http, server))
        {
            (string client, ReadOnlyMemory<byte> upload) = round.Uploads[^1];
            (await SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        }

        ShouldHaveEnded(round);
        Directory.GetFiles(Folder, "*.bytes").Should().BeEmpty();
    }

    /// <summary>A server is killed and started again behind every request of every upload, and no byte comes twice.</summary>
    [Fact]
    public async Task Server_ThatStartsAgainBehindEveryRequest_GoesOnFromItsDisk()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        TestServer server = await TestServer.StartOpenAsync(_federation);
        try
        {
            using (HttpClient first = server.Connect(certificate: null))
            {
                await round.AnnounceAsync(first, server);
            }

            while (true)
            {
                using HttpClient http = server.Connect(certificate: null);
                if (!await round.AdvanceToUploadAsync(http, server))
                {
                    break;
                }

                (string client, ReadOnlyMemory<byte> upload) = round.Uploads[^1];
                TransferHead head = Head(client, upload);
                head.ChunkCount.Should().BeGreaterThan(2);

                // A client that is invited again has the same upload, which the server knows.
                bool isTaken = round.Uploads.SkipLast(1).Any(earlier => earlier.Upload.Span.SequenceEqual(upload.Span));
                for (int step = 0; !isTaken; step++)
                {
                    using HttpClient next = server.Connect(certificate: null);
                    using HttpResponseMessage begun = await next.BeginTransferAsync(server.TransfersOf(client), Head(client, upload).ToBytes());
                    begun.StatusCode.Should().Be(HttpStatusCode.Created);
                    int chunk = Math.Min(step, head.ChunkCount);
                    begun.Offset().Should().Be(Math.Min(upload.Length, (long)chunk * Chunk), "what was flushed is there");
                    using HttpResponseMessage answer = chunk < head.ChunkCount
                        ? await next.AppendAsync(server.TransfersOf(client), head, upload, chunk)
                        : await next.CompleteAsync(server.TransfersOf(client), head.Name);
                    answer.IsSuccessStatusCode.Should().BeTrue();
                    isTaken = answer.StatusCode == HttpStatusCode.Accepted;
                    await server.DisposeAsync();
                    server = await TestServer.StartOpenAsync(_federation);
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

        ShouldHaveEnded(round);
    }

    /// <summary>A process ends while it writes a chunk: the room is there, and something is in it.</summary>
    [Fact]
    public async Task Chunk_ThatIsTorn_DoesNotCount()
    {
        (Round round, TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await OpenAsync();
        TransferHead head = Head(client, upload);
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        await http.AppendAsync(server.TransfersOf(client), head, upload, 0);
        await server.DisposeAsync();
        foreach (int torn in (int[])[0, 1, Chunk - 1, Chunk])
        {
            string path = Directory.GetFiles(Folder, "*.bytes").Single();
            await using (FileStream file = File.OpenWrite(path))
            {
                file.Position = Chunk;
                await file.WriteAsync(upload.Slice(Chunk, torn));
            }

            await using TestServer restarted = await TestServer.StartOpenAsync(_federation);
            using HttpClient next = restarted.Connect(certificate: null);
            using HttpResponseMessage offset = await next.AskOffsetAsync(restarted.TransfersOf(client), head.Name);
            offset.Offset().Should().Be(torn == Chunk ? 2 * Chunk : Chunk, "{0} bytes of the second chunk were written", torn);
        }

        await using TestServer last = await TestServer.StartOpenAsync(_federation);
        using HttpClient end = last.Connect(certificate: null);
        (await end.GoOnAsync(last.TransfersOf(client), head, upload, 2 * Chunk)).Should().Be(HttpStatusCode.Accepted);
        round.Dispose();
        http.Dispose();
    }

    /// <summary>A process ends between the state that has the upload and the note that it was taken.</summary>
    [Fact]
    public async Task Server_ThatEndsBeforeItNotesWhatItTook_CountsItOnce()
    {
        (Round round, TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await OpenAsync();
        TransferHead head = Head(client, upload);
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        for (int chunk = 0; chunk < head.ChunkCount; chunk++)
        {
            await http.AppendAsync(server.TransfersOf(client), head, upload, chunk);
        }

        string path = Directory.GetFiles(Folder, "*.bytes").Single();
        byte[] bytes = await File.ReadAllBytesAsync(path);
        (await http.CompleteAsync(server.TransfersOf(client), head.Name)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        await server.DisposeAsync();
        File.Delete(Path.ChangeExtension(path, "taken"));
        await File.WriteAllBytesAsync(path, bytes);

        await using TestServer restarted = await TestServer.StartOpenAsync(_federation);
        using HttpClient next = restarted.Connect(certificate: null);
        using HttpResponseMessage begun = await next.BeginTransferAsync(restarted.TransfersOf(client), head.ToBytes());
        (begun.Offset(), begun.IsComplete()).Should().Be((upload.Length, false));
        (await next.CompleteAsync(restarted.TransfersOf(client), head.Name)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        await round.RunToEndAsync(next, restarted);
        await restarted.DisposeAsync();
        ShouldHaveEnded(round);
        round.Dispose();
        http.Dispose();
    }

    /// <summary>A server that is set back has lost what it took later, and must get it again.</summary>
    [Fact]
    public async Task Server_ThatIsSetBack_ForgetsWhatItTookLater()
    {
        (Round round, TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await OpenAsync();
        TransferHead head = Head(client, upload);
        string[] saved = [PartyFiles.State, PartyFiles.Changes, PartyFiles.NewestState, PartyFiles.AuditLog, PartyFiles.NewestAudit];
        var before = saved.Select(file => Path.Combine(_federation.FolderOf("server"), file)).Where(File.Exists).ToDictionary(path => path, File.ReadAllBytes);
        (await SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        await server.DisposeAsync();
        File.Delete(Path.Combine(_federation.FolderOf("server"), PartyFiles.Changes));
        foreach ((string path, byte[] bytes) in before)
        {
            await File.WriteAllBytesAsync(path, bytes);
        }

        await using TestServer restored = await TestServer.StartOpenAsync(_federation);
        using HttpClient next = restored.Connect(certificate: null);
        using HttpResponseMessage begun = await next.BeginTransferAsync(restored.TransfersOf(client), head.ToBytes());
        (begun.Offset(), begun.IsComplete()).Should().Be((0, false));
        (await next.GoOnAsync(restored.TransfersOf(client), head, upload, 0)).Should().Be(HttpStatusCode.Accepted);
        round.Dispose();
        http.Dispose();
    }

    [Fact]
    public async Task Connection_ThatBreaksWithinAChunk_CostsThatChunk()
    {
        (Round round, TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await OpenAsync();
        await using TestServer _ = server;
        TransferHead head = Head(client, upload);
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        await http.AppendAsync(server.TransfersOf(client), head, upload, 0);
        using (await BeginChunkAsync(server, client, head, upload, 1, sent: 1000))
        {
            // The other end is gone in the middle of the chunk.
        }

        using HttpResponseMessage offset = await http.AskOffsetAsync(server.TransfersOf(client), head.Name);
        (offset.Offset(), offset.IsComplete()).Should().Be((Chunk, false));
        (await http.GoOnAsync(server.TransfersOf(client), head, upload, Chunk)).Should().Be(HttpStatusCode.Accepted);
        round.Dispose();
        http.Dispose();
    }

    /// <summary>A connection is dead, and the server does not know it: the next request need not wait for its end.</summary>
    [Fact]
    public async Task Chunk_ThatStandsStill_IsOvertakenByTheNextRequest()
    {
        (Round round, TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await OpenAsync();
        await using TestServer _ = server;
        TransferHead head = Head(client, upload);
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        using TcpClient still = await BeginChunkAsync(server, client, head, upload, 0, sent: 1000);
        Transfer transfer = server.Services.GetRequiredService<FedHeServer>().Jobs.Single().Transfers.Find(client, head.Name)!;
        await UntilAsync(() => transfer.IsInUse);

        (await http.GoOnAsync(server.TransfersOf(client), head, upload, 0)).Should().Be(HttpStatusCode.Accepted);

        byte[] answer = new byte[2048];
        int length = await still.GetStream().ReadAsync(answer);
        Encoding.UTF8.GetString(answer, 0, length).Should().StartWith("HTTP/1.1 409").And.Contain("urn:fedhe:problem:overtaken");
        round.Dispose();
        http.Dispose();
    }

    [Fact]
    public async Task Transfer_OfAnotherClient_IsRefused()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        byte[] message = Message("c1", 3 * Chunk);
        TransferHead head = Head("c1", message);
        using HttpClient owner = server.ConnectAs("c1");
        using HttpClient other = server.ConnectAs("c2");
        (await owner.BeginTransferAsync(server.TransfersOf("c1"), head.ToBytes())).StatusCode.Should().Be(HttpStatusCode.Created);

        // At the owner's address, and at its own.
        string[] problems =
        [
            await ProblemAsync(other.BeginTransferAsync(server.TransfersOf("c1"), head.ToBytes())),
            await ProblemAsync(other.AppendAsync(server.TransfersOf("c1"), head, message, 0)),
            await ProblemAsync(other.CompleteAsync(server.TransfersOf("c1"), head.Name)),
            await ProblemAsync(other.BeginTransferAsync(server.TransfersOf("c2"), head.ToBytes())),
            await ProblemAsync(other.AppendAsync(server.TransfersOf("c2"), head, message, 0)),
            await ProblemAsync(other.CompleteAsync(server.TransfersOf("c2"), head.Name)),
        ];

        problems.Should().Equal("not-authorized", "not-authorized", "not-authorized", "wrong-sender", "no-transfer", "no-transfer");
        (await other.AskOffsetAsync(server.TransfersOf("c1"), head.Name)).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await other.AskOffsetAsync(server.TransfersOf("c2"), head.Name)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        using HttpResponseMessage offset = await owner.AskOffsetAsync(server.TransfersOf("c1"), head.Name);
        offset.Offset().Should().Be(0);
    }

    /// <summary>Where callers are known by nothing, the signature of the head says whose transfer it is.</summary>
    [Fact]
    public async Task Head_SignedBySomebodyElse_IsRefused()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        using ClientIdentity pretender = ClientIdentity.Create(new ClientId("c1"));
        var head = TransferHead.Sign(Message("c1", 3 * Chunk), Chunk, pretender);

        (await ProblemAsync(http.BeginTransferAsync(server.TransfersOf("c1"), head.ToBytes()))).Should().Be("wrong-sender");
        Directory.GetFiles(Folder).Should().BeEmpty();
    }

    [Fact]
    public async Task Heads_AndNames_Mutated_AreRefusedAndLeaveNothing()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        byte[] head = Head("c1", Message("c1", 3 * Chunk)).ToBytes();
        var random = new Random(17);
        for (int i = 0; i < 1500; i++)
        {
            byte[] mutated = [.. head];
            mutated[random.Next(mutated.Length)] ^= (byte)(1 << random.Next(8));

            using HttpResponseMessage response = await http.BeginTransferAsync(server.TransfersOf("c1"), mutated.AsMemory(0, i % 2 == 0 ? mutated.Length : random.Next(1, mutated.Length)));

            ((int)response.StatusCode).Should().BeOneOf([400, 403, 413], $"mutation {i} of seed 17 is no head of c1");
        }

        string name = new('a', 64);
        foreach (string hostile in (string[])["..%2f..%2fround.state", "%2e%2e", "..", name[1..], $"{name}a", $"{name[..62]}..", $"{name[..62]}%2f", $"{name[..63]}%00", new string('\u00e9', 64)])
        {
            ((int)(await http.PostAsync(new Uri($"{server.TransfersOf("c1")}/{hostile}"), content: null)).StatusCode).Should().BeOneOf([400, 404, 405], "of {0}", hostile);
            ((int)(await http.AppendAsync($"{server.TransfersOf("c1")}/{hostile}", "0", null, new byte[4])).StatusCode).Should().BeOneOf([400, 404, 405], "of {0}", hostile);
        }

        Directory.GetFiles(Folder).Should().BeEmpty();
        server.Log.Entries.Should().NotContain(entry => entry.Event == 407, "nothing threw");
    }

    [Fact]
    public async Task Chunks_ThatAreNotTheNextOne_AreRefusedAndChangeNothing()
    {
        (Round round, TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await OpenAsync();
        await using TestServer _ = server;
        TransferHead head = Head(client, upload);
        string transfer = $"{server.TransfersOf(client)}/{head.Name}";
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        await http.AppendAsync(server.TransfersOf(client), head, upload, 0);
        string right = DigestOf(head, 1);
        ReadOnlyMemory<byte> chunk = upload.Slice(Chunk, head.LengthOf(1));
        byte[] damaged = chunk.ToArray();
        damaged[^1] ^= 1;
        (string? Offset, string? Digest, ReadOnlyMemory<byte> Bytes, string Problem)[] cases =
        [
            (null, right, chunk, "malformed"),
            ("-4096", right, chunk, "malformed"),
            ("4096.0", right, chunk, "malformed"),
            ("99999999999999999999999", right, chunk, "malformed"),
            ("4096", null, chunk, "malformed"),
            ("4096", "sha-256=:AAAA:", chunk, "malformed"),
            ("4096", right.Replace("sha-256", "sha-512", StringComparison.Ordinal), chunk, "malformed"),
            ("4096", right[..^1], chunk, "malformed"),
            ("0", DigestOf(head, 0), upload[..Chunk], "wrong-offset"),
            ("1", right, chunk, "wrong-offset"),
            ("8192", DigestOf(head, 2), chunk, "wrong-offset"),
            (upload.Length.ToString(CultureInfo.InvariantCulture), right, chunk, "wrong-offset"),
            (long.MaxValue.ToString(CultureInfo.InvariantCulture), right, chunk, "wrong-offset"),
            ("4096", DigestOf(head, 0), chunk, "wrong-chunk"),
            ("4096", right, chunk[1..], "wrong-chunk"),
            ("4096", right, upload.Slice(Chunk, Chunk + 1), "wrong-chunk"),
            ("4096", right, damaged, "damaged-chunk"),
        ];

        foreach ((string? offset, string? digest, ReadOnlyMemory<byte> bytes, string problem) in cases)
        {
            using HttpResponseMessage refused = await http.AppendAsync(transfer, offset, digest, bytes);
            (await refused.ProblemAsync()).Should().Be(problem, "of {0} and {1}", offset, digest);
            if (problem == "wrong-offset")
            {
                refused.Offset().Should().Be(Chunk);
            }
        }

        var random = new Random(23);
        for (int i = 0; i < 1500; i++)
        {
            byte[] digest = new byte[Digest.SizeInBytes];
            random.NextBytes(digest);
            using HttpResponseMessage refused = await http.AppendAsync(
                transfer,
                random.NextInt64(-Chunk, 4 * upload.Length).ToString(CultureInfo.InvariantCulture),
                i % 3 == 0 ? right : $"sha-256=:{Convert.ToBase64String(digest)}:",
                chunk[random.Next(1, chunk.Length)..]);
            ((int)refused.StatusCode).Should().BeOneOf([400, 409], $"request {i} of seed 23");
        }

        (await ProblemAsync(http.CompleteAsync(server.TransfersOf(client), head.Name))).Should().Be("incomplete");
        (await http.GoOnAsync(server.TransfersOf(client), head, upload, Chunk)).Should().Be(HttpStatusCode.Accepted);
        server.Log.Entries.Should().NotContain(entry => entry.Event == 407, "nothing threw");
        round.Dispose();
        http.Dispose();
    }

    [Fact]
    public async Task Chunk_SentManyTimesAtOnce_CountsOnce()
    {
        (Round round, TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await OpenAsync();
        await using TestServer _ = server;
        TransferHead head = Head(client, upload);
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        for (int chunk = 0; chunk < head.ChunkCount; chunk++)
        {
            HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => http.AppendAsync(server.TransfersOf(client), head, upload, chunk)));
            answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.NoContent || answer.StatusCode == HttpStatusCode.Conflict || answer.StatusCode == HttpStatusCode.TooManyRequests);
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
        await round.RunToEndAsync(http, server);
        await server.DisposeAsync();
        ShouldHaveEnded(round);
        round.Dispose();
        http.Dispose();
    }

    [Fact]
    public async Task Transfers_OfAClient_AreFew_AndTheOldestMakesRoom()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        TransferHead[] heads = [.. Enumerable.Range(0, 4).Select(i => Head("c1", Message("c1", (3 * Chunk) + i)))];
        foreach (TransferHead head in heads)
        {
            (await http.BeginTransferAsync(server.TransfersOf("c1"), head.ToBytes())).StatusCode.Should().Be(HttpStatusCode.Created);
        }

        Directory.GetFiles(Folder, "*.bytes").Should().HaveCount(TransferFolder.MostUnfinished);
        (await http.AskOffsetAsync(server.TransfersOf("c1"), heads[1].Name)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await http.AskOffsetAsync(server.TransfersOf("c1"), heads[2].Name)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        using HttpClient other = server.Connect(certificate: null);
        (await other.BeginTransferAsync(server.TransfersOf("c2"), Head("c2", Message("c2", 3 * Chunk)).ToBytes())).StatusCode.Should().Be(HttpStatusCode.Created);
        (await http.AskOffsetAsync(server.TransfersOf("c1"), heads[2].Name)).StatusCode.Should().Be(HttpStatusCode.NoContent, "another client takes no room of this one");
    }

    [Fact]
    public async Task Head_OfALongerMessageThanItsKindAllows_IsRefused()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        HostedJob job = server.Services.GetRequiredService<FedHeServer>().Jobs.Single();
        byte[] tooLong = Message("c1", job.LongestMessage);
        byte[] announcement = Message("c1", MessageKind.Announcement, 2 * Chunk);

        (await ProblemAsync(http.BeginTransferAsync(server.TransfersOf("c1"), TransferHead.Sign(tooLong, Chunk, _federation.Identities["c1"]).ToBytes()))).Should().Be("too-long");
        (await ProblemAsync(http.BeginTransferAsync(server.TransfersOf("c1"), TransferHead.Sign(announcement, Chunk, _federation.Identities["c1"]).ToBytes()))).Should().Be("too-long");
        (await ProblemAsync(http.BeginTransferAsync(server.TransfersOf("c1"), new byte[job.LongestHead + 1]))).Should().Be("too-long");
        Directory.GetFiles(Folder).Should().BeEmpty();
    }

    [Fact]
    public async Task Transfer_WhoseRoundIsOver_Ends_AndIsNotBegunAgain()
    {
        (Round round, TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await OpenAsync();
        await using TestServer _ = server;
        TransferHead unfinished = TransferHead.Sign(upload.Span, 2 * Chunk, _federation.Identities[client]);
        (await http.BeginTransferAsync(server.TransfersOf(client), unfinished.ToBytes())).StatusCode.Should().Be(HttpStatusCode.Created);
        (await SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        await round.RunToEndAsync(http, server);

        await UntilAsync(() => Directory.GetFiles(Folder).Length == 0);
        (await http.AskOffsetAsync(server.TransfersOf(client), unfinished.Name)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await ProblemAsync(http.BeginTransferAsync(server.TransfersOf(client), unfinished.ToBytes()))).Should().Be("refused");
        Directory.GetFiles(Folder).Should().BeEmpty();
        round.Dispose();
        http.Dispose();
    }

    [Fact]
    public async Task Disk_WithoutRoom_IsSaidBeforeTheFirstChunk()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        byte[] message = Message("c1", 3 * Chunk);
        TransferHead head = Head("c1", message);
        Directory.Move(Folder, $"{Folder}-away");

        using (HttpResponseMessage refused = await http.BeginTransferAsync(server.TransfersOf("c1"), head.ToBytes()))
        {
            refused.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
            (await refused.ProblemAsync()).Should().Be("no-room");
        }

        (await http.AskOffsetAsync(server.TransfersOf("c1"), head.Name)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        Directory.Move($"{Folder}-away", Folder);
        (await http.BeginTransferAsync(server.TransfersOf("c1"), head.ToBytes())).StatusCode.Should().Be(HttpStatusCode.Created);
        if (OperatingSystem.IsLinux())
        {
            RoomOf(Directory.GetFiles(Folder, "*.bytes").Single()).Should().BeGreaterThanOrEqualTo(message.Length, "the room is taken at the beginning");
        }
    }

    [Fact]
    public async Task Message_ThatIsAnotherOneThanItsHeadSays_IsRefusedAndDeleted()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);

        // Signed by a client with software of its own: the head of an upload, and the chunks of an announcement.
        byte[] announcement = Message("c1", MessageKind.Announcement, 2 * Chunk);
        byte[] head = TransferHead.Sign(announcement, Chunk, _federation.Identities["c1"]).ToBytes();
        head[49] = (byte)MessageKind.Upload;
        (head[70], head[74]) = (1, 1);
        Sign(head, "c1");
        TransferHead.TryRead(head, out TransferHead? forged, out _).Should().BeTrue();
        (await http.BeginTransferAsync(server.TransfersOf("c1"), head)).StatusCode.Should().Be(HttpStatusCode.Created);

        for (int chunk = 0; chunk < forged!.ChunkCount; chunk++)
        {
            (await http.AppendAsync(server.TransfersOf("c1"), forged, announcement, chunk)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        }

        (await ProblemAsync(http.CompleteAsync(server.TransfersOf("c1"), forged.Name))).Should().Be("malformed");
        Directory.GetFiles(Folder).Should().BeEmpty();
    }

    /// <summary>An upload that the server refuses leaves nothing.</summary>
    [Fact]
    public async Task Message_ThatTheServerRefuses_IsAnsweredSo_AndDeleted()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);

        (await SendAsync(http, server, "c1", Message("c1", 2 * Chunk))).Should().Be(HttpStatusCode.UnprocessableContent);

        Directory.GetFiles(Folder).Should().BeEmpty();
    }

    private static async Task<string> ProblemAsync(Task<HttpResponseMessage> request)
    {
        using HttpResponseMessage response = await request;
        return await response.ProblemAsync();
    }

    private static string DigestOf(TransferHead head, int chunk)
    {
        byte[] digest = new byte[Digest.SizeInBytes];
        head.DigestOf(chunk).CopyTo(digest);
        return $"sha-256=:{Convert.ToBase64String(digest)}:";
    }

    /// <summary>The bytes that a file takes on the disk, which are more than its length where room was taken before.</summary>
    private static long RoomOf(string path)
    {
        using var stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%b", path]) { RedirectStandardOutput = true })!;
        return 512 * long.Parse(stat.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!condition())
        {
            await Task.Delay(5, limit.Token);
        }
    }

    /// <summary>Sends the beginning of a chunk on a connection of its own, which stays open.</summary>
    private static async Task<TcpClient> BeginChunkAsync(TestServer server, string client, TransferHead head, ReadOnlyMemory<byte> message, int chunk, int sent)
    {
        var tcp = new TcpClient { LingerState = new LingerOption(true, 0) };
        await tcp.ConnectAsync(IPAddress.Loopback, server.Port);
        string path = new Uri($"{server.TransfersOf(client)}/{head.Name}").AbsolutePath;
        string request = string.Create(
            CultureInfo.InvariantCulture,
            $"PATCH {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {head.LengthOf(chunk)}\r\nUpload-Offset: {chunk * head.ChunkLength}\r\nContent-Digest: {DigestOf(head, chunk)}\r\n\r\n");
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        await tcp.GetStream().WriteAsync(message.Slice(chunk * head.ChunkLength, sent));
        return tcp;
    }

    private async Task<(Round Round, TestServer Server, HttpClient Http, string Client, ReadOnlyMemory<byte> Upload)> OpenAsync()
    {
        var round = new Round(_federation);
        await round.JoinAsync();
        TestServer server = await TestServer.StartOpenAsync(_federation, configure: kestrel => kestrel.Limits.MinRequestBodyDataRate = null);
        HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        return (round, server, http, round.Uploads[^1].Client, round.Uploads[^1].Upload);
    }

    private TransferHead Head(string client, ReadOnlyMemory<byte> message) => TransferHead.Sign(message.Span, Chunk, _federation.Identities[client]);

    private async Task<HttpStatusCode> SendAsync(HttpClient http, TestServer server, string client, ReadOnlyMemory<byte> message)
    {
        TransferHead head = Head(client, message);
        using HttpResponseMessage begun = await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        begun.StatusCode.Should().Be(HttpStatusCode.Created);
        begun.Headers.Location!.OriginalString.Should().EndWith($"/transfers/{head.Name}");
        return await http.GoOnAsync(server.TransfersOf(client), head, message, begun.Offset());
    }

    /// <summary>An upload for the first attempt of the first round, in which nothing but its beginning is right.</summary>
    private byte[] Message(string client, int length) => Message(client, MessageKind.Upload, length);

    private byte[] Message(string client, MessageKind kind, int length)
    {
        byte[] message = new byte[length];
        new Random(length).NextBytes(message);
        byte[] name = Encoding.ASCII.GetBytes(client);
        byte[] head =
        [
            .. "FdHe"u8, 65, 0, 1, 0, .. message.AsSpan(0, 32), .. BitConverter.GetBytes(length - 48L), (byte)kind, .. _federation.Job.JobId.ToByteArray(bigEndian: true),
            (byte)name.Length, 0, .. name, 1, 0, 0, 0, 1, 0, 0, 0,
        ];
        head.CopyTo(message, 0);
        return message;
    }

    /// <summary>Signs a changed head anew, behind which two digests stand.</summary>
    private void Sign(byte[] head, string client)
    {
        byte[] fields = head[..^(64 + 64)];
        _federation.SigningKeys[client].SignData((byte[])[.. "FedHe transfer v1\0"u8, .. fields], HashAlgorithmName.SHA256).CopyTo(head, fields.Length);
    }

    private void ShouldHaveEnded(Round round)
    {
        round.ShouldHaveEndedWithTheAverage();
        AuditReport audit = AuditLog.Verify(File.ReadAllBytes(Path.Combine(_federation.FolderOf("server"), PartyFiles.AuditLog)), _federation.Job);
        audit.Faults.Should().BeEmpty();
        audit.Entries.Where(entry => entry.Kind == AuditKind.UploadAccepted).Select(entry => (entry.Find("client"), entry.Find("round"), entry.Find("attempt")))
            .Should().HaveCount(PartyNames.Clients.Count * SmallJob.Rounds).And.OnlyHaveUniqueItems();
    }
}
