using System.Diagnostics;
using System.Globalization;
using System.Net;
using FedHe.Crypto.Identities;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Transfers;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Server;

/// <summary>Transfers that are refused, and leave nothing.</summary>
public sealed class TransferRefusalTests : IDisposable
{
    private const int Chunk = TransferBench.Chunk;

    private readonly TransferBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Transfer_OfAnotherClient_IsRefused()
    {
        await using TestServer server = await TestServer.StartAsync(_bench.Federation);
        byte[] message = _bench.Message("c1", 3 * Chunk);
        TransferHead head = _bench.Head("c1", message);
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
        (TestServer server, HttpClient http) = await _bench.StartAsync();
        await using TestServer _ = server;
        using ClientIdentity pretender = ClientIdentity.Create(new ClientId("c1"));
        var head = TransferHead.Sign(_bench.Message("c1", 3 * Chunk), Chunk, pretender);

        (await ProblemAsync(http.BeginTransferAsync(server.TransfersOf("c1"), head.ToBytes()))).Should().Be("wrong-sender");
        Directory.GetFiles(_bench.Folder).Should().BeEmpty();
    }

    [Fact]
    public async Task Heads_AndNames_Mutated_AreRefusedAndLeaveNothing()
    {
        (TestServer server, HttpClient http) = await _bench.StartAsync();
        await using TestServer _ = server;
        byte[] head = _bench.Head("c1", _bench.Message("c1", 3 * Chunk)).ToBytes();
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
            ((int)(await http.AppendAsync($"{server.TransfersOf("c1")}/{hostile}", "0", new byte[4])).StatusCode).Should().BeOneOf([400, 404, 405], "of {0}", hostile);
        }

        Directory.GetFiles(_bench.Folder).Should().BeEmpty();
        server.Log.Entries.Should().NotContain(entry => entry.Event == 407, "nothing threw");
    }

    [Fact]
    public async Task Chunks_ThatAreNotTheNextOne_AreRefusedAndChangeNothing()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        await using TestServer _ = server;
        TransferHead head = _bench.Head(client, upload);
        string transfer = $"{server.TransfersOf(client)}/{head.Name}";
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        await http.AppendAsync(server.TransfersOf(client), head, upload, 0);
        ReadOnlyMemory<byte> chunk = upload.Slice(Chunk, head.LengthOf(1));
        byte[] damaged = chunk.ToArray();
        damaged[^1] ^= 1;
        (string? Offset, ReadOnlyMemory<byte> Bytes, string Problem)[] cases =
        [
            (null, chunk, "malformed"),
            ("-4096", chunk, "malformed"),
            ("4096.0", chunk, "malformed"),
            ("99999999999999999999999", chunk, "malformed"),
            ("0", upload[..Chunk], "wrong-offset"),
            ("1", chunk, "wrong-offset"),
            ("8192", chunk, "wrong-offset"),
            (upload.Length.ToString(CultureInfo.InvariantCulture), chunk, "wrong-offset"),
            (long.MaxValue.ToString(CultureInfo.InvariantCulture), chunk, "wrong-offset"),
            ("4096", chunk[1..], "wrong-chunk"),
            ("4096", upload.Slice(Chunk, Chunk + 1), "wrong-chunk"),
            ("4096", damaged, "damaged-chunk"),
            ("4096", upload[..Chunk], "damaged-chunk"),
            ("4096", upload.Slice(Chunk + 1, Chunk), "damaged-chunk"),
        ];

        foreach ((string? offset, ReadOnlyMemory<byte> bytes, string problem) in cases)
        {
            using HttpResponseMessage refused = await http.AppendAsync(transfer, offset, bytes);
            (await refused.ProblemAsync()).Should().Be(problem, "of {0}", offset);
            if (problem == "wrong-offset")
            {
                refused.Offset().Should().Be(Chunk);
            }
        }

        var random = new Random(23);
        for (int i = 0; i < 1500; i++)
        {
            using HttpResponseMessage refused = await http.AppendAsync(
                transfer,
                random.NextInt64(-Chunk, 4 * upload.Length).ToString(CultureInfo.InvariantCulture),
                chunk[random.Next(1, chunk.Length)..]);
            ((int)refused.StatusCode).Should().BeOneOf([400, 409], $"request {i} of seed 23");
        }

        (await ProblemAsync(http.CompleteAsync(server.TransfersOf(client), head.Name))).Should().Be("incomplete");
        (await http.GoOnAsync(server.TransfersOf(client), head, upload, Chunk)).Should().Be(HttpStatusCode.Accepted);
        server.Log.Entries.Should().NotContain(entry => entry.Event == 407, "nothing threw");
    }

    [Fact]
    public async Task Transfers_OfAClient_AreFew_AndTheOldestMakesRoom()
    {
        (TestServer server, HttpClient http) = await _bench.StartAsync();
        await using TestServer _ = server;
        TransferHead[] heads = [.. Enumerable.Range(0, 4).Select(i => _bench.Head("c1", _bench.Message("c1", (3 * Chunk) + i)))];
        foreach (TransferHead head in heads)
        {
            (await http.BeginTransferAsync(server.TransfersOf("c1"), head.ToBytes())).StatusCode.Should().Be(HttpStatusCode.Created);
        }

        Directory.GetFiles(_bench.Folder, "*.bytes").Should().HaveCount(TransferFolder.MostUnfinished);
        (await http.AskOffsetAsync(server.TransfersOf("c1"), heads[1].Name)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await http.AskOffsetAsync(server.TransfersOf("c1"), heads[2].Name)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        using HttpClient other = server.Connect(certificate: null);
        (await other.BeginTransferAsync(server.TransfersOf("c2"), _bench.Head("c2", _bench.Message("c2", 3 * Chunk)).ToBytes())).StatusCode.Should().Be(HttpStatusCode.Created);
        (await http.AskOffsetAsync(server.TransfersOf("c1"), heads[2].Name)).StatusCode.Should().Be(HttpStatusCode.NoContent, "another client takes no room of this one");
    }

    [Fact]
    public async Task Head_OfALongerMessageThanItsKindAllows_IsRefused()
    {
        (TestServer server, HttpClient http) = await _bench.StartAsync();
        await using TestServer _ = server;
        HostedJob job = server.Services.GetRequiredService<FedHeServer>().Jobs.Single();
        byte[] tooLong = _bench.Message("c1", (int)job.Limits.LongestFromClient + 1);
        byte[] announcement = _bench.Message("c1", 2 * Chunk, MessageKind.Announcement);

        (await ProblemAsync(http.BeginTransferAsync(server.TransfersOf("c1"), TransferHead.Sign(tooLong, Chunk, _bench.Federation.Identities["c1"]).ToBytes()))).Should().Be("too-long");
        (await ProblemAsync(http.BeginTransferAsync(server.TransfersOf("c1"), TransferHead.Sign(announcement, Chunk, _bench.Federation.Identities["c1"]).ToBytes()))).Should().Be("too-long");
        (await ProblemAsync(http.BeginTransferAsync(server.TransfersOf("c1"), new byte[job.Limits.LongestHead + 1]))).Should().Be("too-long");
        Directory.GetFiles(_bench.Folder).Should().BeEmpty();
    }

    /// <summary>No client is invited to such a round, and its end, with which the room would be free again, is far away.</summary>
    [Fact]
    public async Task Head_OfARoundThatMayNeverCome_ReservesNoRoom()
    {
        (TestServer server, HttpClient http) = await _bench.StartAsync();
        await using TestServer _ = server;
        int known = server.Status.Round;
        foreach (int round in (int[])[known + 2, known + 3, int.MaxValue])
        {
            byte[] message = _bench.Message("c1", 3 * Chunk, round: round);

            (await ProblemAsync(http.BeginTransferAsync(server.TransfersOf("c1"), _bench.Head("c1", message).ToBytes()))).Should().Be("malformed", "of round {0} behind {1}", round, known);
        }

        Directory.GetFiles(_bench.Folder).Should().BeEmpty();

        // What the server says of itself may be a step behind.
        byte[] next = _bench.Message("c1", 3 * Chunk, round: known + 1);
        (await http.BeginTransferAsync(server.TransfersOf("c1"), _bench.Head("c1", next).ToBytes())).StatusCode.Should().Be(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Disk_WithoutRoom_IsSaidBeforeTheFirstChunk()
    {
        (TestServer server, HttpClient http) = await _bench.StartAsync();
        await using TestServer _ = server;
        byte[] message = _bench.Message("c1", 3 * Chunk);
        TransferHead head = _bench.Head("c1", message);
        Directory.Move(_bench.Folder, $"{_bench.Folder}-away");

        using (HttpResponseMessage refused = await http.BeginTransferAsync(server.TransfersOf("c1"), head.ToBytes()))
        {
            refused.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
            (await refused.ProblemAsync()).Should().Be("no-room");
        }

        (await http.AskOffsetAsync(server.TransfersOf("c1"), head.Name)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        Directory.Move($"{_bench.Folder}-away", _bench.Folder);
        (await http.BeginTransferAsync(server.TransfersOf("c1"), head.ToBytes())).StatusCode.Should().Be(HttpStatusCode.Created);
        if (OperatingSystem.IsLinux())
        {
            RoomOf(Directory.GetFiles(_bench.Folder, "*.bytes").Single()).Should().BeGreaterThanOrEqualTo(message.Length, "the room is taken at the beginning");
        }
    }

    [Fact]
    public async Task Message_ThatIsAnotherOneThanItsHeadSays_IsRefusedAndDeleted()
    {
        (TestServer server, HttpClient http) = await _bench.StartAsync();
        await using TestServer running = server;

        // Signed by a client with software of its own: the head of an upload, and the chunks of an announcement.
        byte[] announcement = _bench.Message("c1", 2 * Chunk, MessageKind.Announcement);
        byte[] head = TransferHead.Sign(announcement, Chunk, _bench.Federation.Identities["c1"]).ToBytes();
        head[49] = (byte)MessageKind.Upload;
        (head[70], head[74]) = (1, 1);
        _bench.Sign(head, "c1");
        TransferHead.TryRead(head, out TransferHead? forged, out _).Should().BeTrue();
        (await http.BeginTransferAsync(server.TransfersOf("c1"), head)).StatusCode.Should().Be(HttpStatusCode.Created);

        for (int chunk = 0; chunk < forged!.ChunkCount; chunk++)
        {
            (await http.AppendAsync(server.TransfersOf("c1"), forged, announcement, chunk)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        }

        (await ProblemAsync(http.CompleteAsync(server.TransfersOf("c1"), forged.Name))).Should().Be("malformed");
        Directory.GetFiles(_bench.Folder).Should().BeEmpty();
    }

    /// <summary>An upload that the server refuses leaves nothing.</summary>
    [Fact]
    public async Task Message_ThatTheServerRefuses_IsAnsweredSo_AndDeleted()
    {
        (TestServer server, HttpClient http) = await _bench.StartAsync();
        await using TestServer _ = server;

        (await _bench.SendAsync(http, server, "c1", _bench.Message("c1", 2 * Chunk))).Should().Be(HttpStatusCode.UnprocessableContent);

        Directory.GetFiles(_bench.Folder).Should().BeEmpty();
    }

    /// <summary>A client that lies in a head that it signed itself: what it then brings is refused chunk by chunk, or as an upload, and nothing of it is folded in.</summary>
    [Theory]
    [InlineData("the digest of a chunk", "damaged-chunk")]
    [InlineData("two chunks", "damaged-chunk")]
    [InlineData("a byte of the update, which the head knows", null)]
    [InlineData("two pieces of the update, which the head knows", null)]
    public async Task Head_ThatLies_BringsNothingIn(string lie, string? problem)
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        await using TestServer disposed = server;
        byte[] message = upload.ToArray();
        if (lie.StartsWith("a byte", StringComparison.Ordinal))
        {
            message[2 * Chunk] ^= 1;
        }
        else if (problem is null)
        {
            upload.Slice(Chunk, Chunk).CopyTo(message.AsMemory(2 * Chunk));
            upload.Slice(2 * Chunk, Chunk).CopyTo(message.AsMemory(Chunk));
        }

        byte[] head = _bench.Head(client, message).ToBytes();
        int count = _bench.Head(client, message).ChunkCount;
        Span<byte> digests = head.AsSpan(head.Length - (32 * count));
        if (lie.StartsWith("the digest", StringComparison.Ordinal))
        {
            digests[32] ^= 1;
        }
        else if (problem is not null)
        {
            byte[] second = digests[32..64].ToArray();
            digests[64..96].CopyTo(digests[32..]);
            second.CopyTo(digests[64..]);
        }

        _bench.Sign(head, client, count);
        TransferHead.TryRead(head, out TransferHead? lying, out _).Should().BeTrue();
        string transfers = server.TransfersOf(client);
        (await http.BeginTransferAsync(transfers, head)).StatusCode.Should().Be(HttpStatusCode.Created);
        for (int chunk = 0; chunk < (problem is null ? count : 1); chunk++)
        {
            (await http.AppendAsync(transfers, lying!, message, chunk)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        }

        if (problem is not null)
        {
            (await ProblemAsync(http.AppendAsync(transfers, lying!, message, 1))).Should().Be(problem);
            (await ProblemAsync(http.CompleteAsync(transfers, lying!.Name))).Should().Be("incomplete");
        }
        else
        {
            (await http.CompleteAsync(transfers, lying!.Name)).StatusCode.Should().Be(HttpStatusCode.UnprocessableContent, "the update is not the one that its client signed");
        }

        (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted, "the right one is new to the server");
    }

    private static async Task<string> ProblemAsync(Task<HttpResponseMessage> request)
    {
        using HttpResponseMessage response = await request;
        return await response.ProblemAsync();
    }

    /// <summary>The bytes that a file takes on the disk, which are more than its length where room was taken before.</summary>
    private static long RoomOf(string path)
    {
        using var stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%b", path]) { RedirectStandardOutput = true })!;
        return 512 * long.Parse(stat.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
    }
}
