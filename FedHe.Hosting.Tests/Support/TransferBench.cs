using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Hosting.Tests.Support;

/// <summary>The small job, whose clients send a server long messages in chunks, request by request, so that a test decides what happens in between.</summary>
internal sealed class TransferBench : IDisposable
{
    public const int Chunk = TransferHead.MinChunkLength;

    private readonly List<HttpClient> _connections = [];

    public TransferBench(JobMode mode = JobMode.Committee)
    {
        Federation = new SmallFederation(mode);
        Round = new Round(Federation);
    }

    public SmallFederation Federation { get; }

    public Round Round { get; }

    /// <summary>The folder with the transfers of the server.</summary>
    public string Folder => Path.Combine(Federation.FolderOf("server"), "transfers");

    /// <summary>Starts a server that this machine alone reaches, and connects to it.</summary>
    public async Task<(TestServer Server, HttpClient Http)> StartAsync()
    {
        TestServer server = await TestServer.StartOpenAsync(Federation, configure: kestrel => kestrel.Limits.MinRequestBodyDataRate = null);
        HttpClient http = server.Connect(certificate: null);
        _connections.Add(http);
        return (server, http);
    }

    /// <summary>Starts a server, and runs the job until the first client has made an upload, which is not sent.</summary>
    public async Task<(TestServer Server, HttpClient Http, string Client, ReadOnlyMemory<byte> Upload)> OpenAsync()
    {
        await Round.JoinAsync();
        (TestServer server, HttpClient http) = await StartAsync();
        await Round.AnnounceAsync(http, server);
        (await Round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        return (server, http, Round.Uploads[^1].Client, Round.Uploads[^1].Upload);
    }

    public TransferHead Head(string client, ReadOnlyMemory<byte> message) => TransferHead.Sign(message.Span, Chunk, Federation.Identities[client]);

    /// <summary>Sends a message in chunks, from where an earlier transfer of it ended.</summary>
    public async Task<HttpStatusCode> SendAsync(HttpClient http, TestServer server, string client, ReadOnlyMemory<byte> message)
    {
        TransferHead head = Head(client, message);
        using HttpResponseMessage begun = await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        begun.StatusCode.Should().Be(HttpStatusCode.Created);
        begun.Headers.Location!.OriginalString.Should().EndWith($"/transfers/{head.Name}");
        return await http.GoOnAsync(server.TransfersOf(client), head, message, begun.Offset());
    }

    /// <summary>A message for the first attempt of a round, in which nothing but its beginning is right.</summary>
    public byte[] Message(string client, int length, MessageKind kind = MessageKind.Upload, int round = 1)
    {
        byte[] message = new byte[length];
        new Random(length).NextBytes(message);
        byte[] name = Encoding.ASCII.GetBytes(client);
        byte[] head =
        [
            .. "FdHe"u8, 65, 0, 1, 0, .. message.AsSpan(0, 32), .. BitConverter.GetBytes(length - 48L), (byte)kind, .. Federation.Job.JobId.ToByteArray(bigEndian: true),
            (byte)name.Length, 0, .. name, .. BitConverter.GetBytes(round), 1, 0, 0, 0,
        ];
        head.CopyTo(message, 0);
        return message;
    }

    /// <summary>Signs a changed head anew, with the digest of the digests behind it.</summary>
    public void Sign(byte[] head, string client, int chunks = 2)
    {
        byte[] digests = head[^(32 * chunks)..];
        SHA256.HashData((byte[])[.. "FedHe chunks v1\0"u8, .. digests]).CopyTo(head, head.Length - digests.Length - 64 - 32);
        byte[] fields = head[..^(64 + digests.Length)];
        Federation.SigningKeys[client].SignData((byte[])[.. "FedHe transfer v1\0"u8, .. fields], HashAlgorithmName.SHA256).CopyTo(head, fields.Length);
    }

    /// <summary>Sends the beginning of a chunk on a connection of its own, which stays open.</summary>
    public static async Task<TcpClient> BeginChunkAsync(TestServer server, string client, TransferHead head, ReadOnlyMemory<byte> message, int chunk, int sent)
    {
        var tcp = new TcpClient { LingerState = new LingerOption(true, 0) };
        await tcp.ConnectAsync(IPAddress.Loopback, server.Port);
        string path = new Uri($"{server.TransfersOf(client)}/{head.Name}").AbsolutePath;
        string request = string.Create(
            CultureInfo.InvariantCulture,
            $"PATCH {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {head.LengthOf(chunk)}\r\nUpload-Offset: {chunk * head.ChunkLength}\r\n\r\n");
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        await tcp.GetStream().WriteAsync(message.Slice(chunk * head.ChunkLength, sent));
        return tcp;
    }

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!condition())
        {
            await Task.Delay(5, limit.Token);
        }
    }

    /// <summary>Holds the job to its right end, with every upload in the audit log once.</summary>
    public void ShouldHaveEnded()
    {
        Round.ShouldHaveEndedWithTheAverage();
        AuditReport audit = AuditLog.Verify(File.ReadAllBytes(Path.Combine(Federation.FolderOf("server"), PartyFiles.AuditLog)), Federation.Job);
        audit.Faults.Should().BeEmpty();
        audit.Entries.Where(entry => entry.Kind == AuditKind.UploadAccepted).Select(entry => (entry.Find("client"), entry.Find("round"), entry.Find("attempt")))
            .Should().HaveCount(PartyNames.Clients.Count * SmallJob.Rounds).And.OnlyHaveUniqueItems();
    }

    public void Dispose()
    {
        Round.Dispose();
        _connections.ForEach(http => http.Dispose());
        Federation.Dispose();
    }
}
