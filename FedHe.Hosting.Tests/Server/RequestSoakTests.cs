using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Messages;
using FedHe.TestKit.Hostile;

namespace FedHe.Hosting.Tests.Server;

/// <summary>
/// A long attack on the endpoints, with whole requests that are spoilt anywhere. The environment variable FEDHE_SOAK_REQUESTS sets their number (a million
/// before a release), FEDHE_SOAK_SEED the seed.
/// </summary>
public sealed class RequestSoakTests : IDisposable
{
    private const int DefaultRequests = 1500;
    private const int DefaultSeed = 20261130;
    private const int AtOnce = 128;

    // A request that says more than it has is waited for: it ends when its sender does.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly TransferBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Requests_SpoiltAnywhere_AreAnsweredAndChangeNothing()
    {
        int count = Setting("FEDHE_SOAK_REQUESTS", DefaultRequests);
        var hostile = new HostileBytes(Setting("FEDHE_SOAK_SEED", DefaultSeed));
        (TestServer server, HttpClient http) = await _bench.StartAsync();
        await using TestServer _ = server;
        using FederationClient client = await _bench.Federation.CreateClientAsync("c1");
        byte[][] requests = [.. Requests(server, client)];
        string[] before = FilesOfTheServer();
        byte[] state = await ReadStateAsync();
        int[] classes = new int[6];
        for (int i = 0; i < count; i += AtOnce)
        {
            byte[][] spoilt = [.. Enumerable.Range(i, Math.Min(AtOnce, count - i)).Select(at => hostile.Next(requests[at % requests.Length]).ToArray())];
            int[] answers = await Task.WhenAll(spoilt.Select(request => AskAsync(server, request)));
            foreach ((int at, int status) in answers.Index())
            {
                status.Should().Match(answer => answer < 500 || answer == 501 || answer == 505, $"request {i + at} of seed {hostile.Seed} is none for Kestrel, or refused");
                classes[status / 100]++;
            }
        }

        classes[4].Should().BeGreaterThan(count / 4, "many are refused with an answer");
        server.Log.Entries.Should().NotContain(entry => entry.Event == 407 || entry.Event == 403, "nothing threw");
        FilesOfTheServer().Should().Equal(before);
        (await ReadStateAsync()).Should().Equal(state);
        (await http.GetStringAsync(new Uri($"{server.Address}/health/ready"))).Should().Be("Healthy");
    }

    /// <summary>Requests of all endpoints, none of which changes anything as it is: the messages are another client's, or nobody's.</summary>
    private IEnumerable<byte[]> Requests(TestServer server, FederationClient client)
    {
        string jobs = new Uri(server.PartyOf("c2")).AbsolutePath;
        byte[] announcement = client.Announce().ToArray();
        byte[] head = _bench.Head("c1", _bench.Message("c1", 3 * TransferBench.Chunk)).ToBytes();
        string name = new('a', 64);
        yield return Request("POST", $"{jobs}/messages", body: announcement);
        yield return Request("POST", $"{jobs}/messages", body: _bench.Message("c2", 2000));
        yield return Request("POST", $"{jobs}/messages", body: _bench.Message("c2", 300, MessageKind.Confirmation));
        yield return Request("GET", $"{jobs}/messages/next?wait=0&after={Guid.Empty:N}-1");
        yield return Request("GET", $"{jobs}/messages/{Guid.Empty:N}-1", "Range: bytes=5-9\r\nIf-Match: \"x\"\r\n");
        yield return Request("DELETE", $"{jobs}/messages/{Guid.Empty:N}-1");
        yield return Request("POST", $"{jobs}/transfers", body: head);
        yield return Request("HEAD", $"{jobs}/transfers/{name}");
        yield return Request("PATCH", $"{jobs}/transfers/{name}", "Upload-Offset: 4096\r\n", new byte[100]);
        yield return Request("POST", $"{jobs}/transfers/{name}");
        yield return Request("POST", $"{jobs}/plan", body: announcement);
        yield return Request("GET", $"{jobs}/certificates/1");
        yield return Request("GET", "/fedhe/v1/health/ready");
    }

    private static byte[] Request(string method, string path, string headers = "", byte[]? body = null)
        =>
        [
            .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {body?.Length ?? 0}\r\n\r\n")),
            .. body ?? [],
        ];

    /// <summary>Sends a request on a connection of its own, and returns the status of the answer, or 0 where there is none.</summary>
    private static async Task<int> AskAsync(TestServer server, byte[] request)
    {
        using var tcp = new TcpClient { LingerState = new LingerOption(true, 0) };
        await tcp.ConnectAsync(IPAddress.Loopback, server.Port);
        byte[] answer = new byte[512];
        try
        {
            await tcp.Client.SendAsync(request);
            using var patience = new CancellationTokenSource(Patience);
            int length = await tcp.Client.ReceiveAsync(answer, patience.Token);
            return length > 12 && int.TryParse(Encoding.ASCII.GetString(answer, 9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int status) && status < 600 ? status : 0;
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException)
        {
            return 0;
        }
    }

    private string[] FilesOfTheServer()
        => [.. Directory.EnumerateFiles(_bench.Federation.FolderOf("server"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private Task<byte[]> ReadStateAsync() => File.ReadAllBytesAsync(Path.Combine(_bench.Federation.FolderOf("server"), PartyFiles.State));

    private static int Setting(string variable, int otherwise)
        => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
