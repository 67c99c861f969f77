using System.Net;
using System.Net.Sockets;
using System.Text;
using FedHe.Hosting.AspNetCore.Endpoints;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Server;

/// <summary>Requests that are too large, odd, slow or cut off.</summary>
public sealed class RequestTests : IDisposable
{
    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Fact]
    public async Task Body_LongerThanAnyMessage_IsRefusedUnread()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);

        // Nothing of the body is sent: the answer comes all the same.
        string answer = await AskAsync(server, $"POST {PathOf(server, "c1")} HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n");

        answer.Should().StartWith("HTTP/1.1 413").And.Contain("urn:fedhe:problem:too-long");
    }

    [Fact]
    public async Task Body_LongerThanItsKindAllows_IsRefusedAfterItsHead()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using FederationClient client = await _federation.CreateClientAsync("c1");
        byte[] head = client.Announce().ToArray();
        Array.Resize(ref head, 1024);

        // As long as an upload may be, and says that it is an announcement.
        string answer = await AskAsync(server, $"POST {PathOf(server, "c1")} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n", head);

        answer.Should().StartWith("HTTP/1.1 413").And.Contain("urn:fedhe:problem:too-long");
    }

    [Fact]
    public async Task Body_WithoutLength_IsRefused()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);

        string answer = await AskAsync(server, $"POST {PathOf(server, "c1")} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");

        answer.Should().StartWith("HTTP/1.1 411").And.Contain("urn:fedhe:problem:length-required");
    }

    [Fact]
    public async Task Headers_TooLarge_AreRefused()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);

        string answer = await AskAsync(server, $"GET {PathOf(server, "c1")}/next HTTP/1.1\r\nHost: x\r\nX-Long: {new string('x', 70_000)}\r\n\r\n");

        answer.Should().StartWith("HTTP/1.1 431");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(47)]
    [InlineData(300)]
    [InlineData(3000)]
    public async Task Body_OfNoMessage_IsMalformed(int length)
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);

        using HttpResponseMessage response = await http.PostAsync(server.MessagesOf("c1"), bytes);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.ProblemAsync()).Should().Be("malformed");
    }

    [Fact]
    public async Task Messages_Mutated_AreRefusedAndChangeNothing()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using FederationClient client = await _federation.CreateClientAsync("c1");
        using HttpClient http = server.Connect(certificate: null);
        byte[] message = client.Announce().ToArray();
        var random = new Random(11);
        for (int i = 0; i < 300; i++)
        {
            byte[] mutated = [.. message];
            mutated[random.Next(mutated.Length)] ^= (byte)(1 << random.Next(8));

            using HttpResponseMessage response = await http.PostAsync(server.MessagesOf("c1"), mutated.AsMemory(0, random.Next(1, mutated.Length + 1)));

            ((int)response.StatusCode).Should().BeOneOf([400, 403, 413, 422], $"mutation {i} of seed 11 is no message of c1");
        }

        (await http.NextAsync(server.MessagesOf("c1"))).Should().BeNull();
    }

    [Fact]
    public async Task Message_OfAServer_IsRefused()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using FederationClient client = await _federation.CreateClientAsync("c1");
        using HttpClient http = server.Connect(certificate: null);
        await http.PostAsync(server.MessagesOf("c1"), client.Announce());
        byte[] acknowledgement = (await http.NextAsync(server.MessagesOf("c1")))!.Value.Bytes;

        using HttpResponseMessage response = await http.PostAsync(server.MessagesOf("c1"), acknowledgement);

        (await response.ProblemAsync()).Should().Be("wrong-sender");
    }

    [Fact]
    public async Task Body_CutOff_LeavesNothing()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using FederationClient client = await _federation.CreateClientAsync("c1");
        ReadOnlyMemory<byte> message = client.Announce();
        using (TcpClient tcp = await SendAsync(server, $"POST {PathOf(server, "c1")} HTTP/1.1\r\nHost: x\r\nContent-Length: {message.Length}\r\n\r\n", message[..100].ToArray()))
        {
            // The other end is gone in the middle of its message.
            tcp.LingerState = new LingerOption(true, 0);
        }

        using HttpClient http = server.Connect(certificate: null);
        (await http.NextAsync(server.MessagesOf("c1"))).Should().BeNull();
        (await http.PostAsync(server.MessagesOf("c1"), message)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        Directory.EnumerateFiles(_federation.FolderOf("server"), "*.arrival.new").Should().BeEmpty();
    }

    [Fact]
    public async Task Body_ThatComesTooSlowly_IsGivenUp()
    {
        await using TestServer server = await TestServer.StartOpenAsync(
            _federation, configure: kestrel => kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 100_000, gracePeriod: TimeSpan.FromSeconds(1.5)));
        using FederationClient client = await _federation.CreateClientAsync("c1");
        byte[] message = client.Announce().ToArray();

        string answer = await AskAsync(server, $"POST {PathOf(server, "c1")} HTTP/1.1\r\nHost: x\r\nContent-Length: {message.Length}\r\n\r\n", message[..^1]);

        answer.Should().StartWith("HTTP/1.1 408").And.Contain("urn:fedhe:problem:too-slow");
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1500)]
    public async Task Body_ThatStandsStill_IsGivenUpWithItsSeat(int sent)
    {
        TimeSpan? ping = null;
        await using TestServer server = await TestServer.StartAsync(
            _federation,
            _federation.ServerSettings(hasPins: false),
            kestrel =>
            {
                ping = kestrel.Limits.Http2.KeepAlivePingDelay;
                kestrel.Limits.MinRequestBodyDataRate = null;
                kestrel.Listen(IPAddress.Loopback, 0);
            },
            services => services.AddSingleton<TimeProvider>(new HastyTime()));
        using FederationClient client = await _federation.CreateClientAsync("c1");
        byte[] message = client.Announce().ToArray();
        sent = Math.Min(sent, message.Length - 1);

        string answer = await AskAsync(server, $"POST {PathOf(server, "c1")} HTTP/1.1\r\nHost: x\r\nContent-Length: {message.Length}\r\n\r\n", message[..sent]);

        answer.Should().StartWith("HTTP/1.1 408").And.Contain("urn:fedhe:problem:too-slow");
        ping.Should().Be(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Poll_OfAConnectionThatIsGone_LosesNothing()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using FederationClient client = await _federation.CreateClientAsync("c1");
        using HttpClient http = server.Connect(certificate: null);
        using (await SendAsync(server, $"GET {PathOf(server, "c1")}/next?wait=20 HTTP/1.1\r\nHost: x\r\n\r\n"))
        {
            await http.PostAsync(server.MessagesOf("c1"), client.Announce());

            // Whether the answer went into the dead connection or not: nobody acknowledged it.
        }

        (await http.NextAsync(server.MessagesOf("c1"))).Should().NotBeNull();
    }

    [Fact]
    public async Task Poll_WaitsForAMessage_AndEndsWithIt()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using FederationClient client = await _federation.CreateClientAsync("c1");
        using HttpClient http = server.Connect(certificate: null);

        Task<(string Id, byte[] Bytes)?> waiting = http.NextAsync(server.MessagesOf("c1"), wait: 25);
        await http.PostAsync(server.MessagesOf("c1"), client.Announce());

        (await waiting).Should().NotBeNull();
    }

    [Fact]
    public async Task Message_HalfRead_GoesOnWhereItBrokeOff()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using FederationClient client = await _federation.CreateClientAsync("c1");
        using HttpClient http = server.Connect(certificate: null);
        await http.PostAsync(server.MessagesOf("c1"), client.Announce());
        (string id, byte[] whole) = (await http.NextAsync(server.MessagesOf("c1")))!.Value;

        using var request = new HttpRequestMessage(HttpMethod.Get, $"{server.MessagesOf("c1")}/{id}") { Headers = { Range = new(40, null) } };
        using HttpResponseMessage rest = await http.SendAsync(request);

        rest.StatusCode.Should().Be(HttpStatusCode.PartialContent);
        rest.Headers.ETag!.Tag.Should().Be($"\"{id}\"");
        (await rest.Content.ReadAsByteArrayAsync()).Should().Equal(whole[40..]);
    }

    [Fact]
    public async Task Arrivals_OfOneParty_AreLimited()
    {
        // Messages that stand still are not given up here.
        await using TestServer server = await TestServer.StartOpenAsync(_federation, configure: kestrel => kestrel.Limits.MinRequestBodyDataRate = null);
        using FederationClient client = await _federation.CreateClientAsync("c1");
        ReadOnlyMemory<byte> message = client.Announce();
        string head = $"POST {PathOf(server, "c1")} HTTP/1.1\r\nHost: x\r\nContent-Length: {message.Length}\r\n\r\n";
        using HttpClient http = server.Connect(certificate: null);

        // Those that came before may still be on their way to their endpoint, or were given up on a machine that has other work.
        var before = new List<TcpClient>();
        string problem = string.Empty;
        for (int i = 0; i < 1000 && problem.Length == 0; i++)
        {
            if (i % 100 == 0)
            {
                before.Add(await SendAsync(server, head, message[..50].ToArray()));
                before.Add(await SendAsync(server, head, message[..50].ToArray()));
            }

            using HttpResponseMessage third = await http.PostAsync(server.MessagesOf("c1"), message);
            problem = third.IsSuccessStatusCode ? string.Empty : await third.ProblemAsync();
        }

        before.ForEach(one => one.Dispose());
        problem.Should().Be("too-many");
    }

    [Fact]
    public void Problems_AreSentencesWithoutDetails()
    {
        Problem[] problems =
        [
            .. typeof(Problem).GetProperties(System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.Public).Select(property => (Problem)property.GetValue(null)!),
        ];

        problems.Should().HaveCountGreaterThan(8);
        problems.Select(problem => problem.Name).Should().OnlyHaveUniqueItems();
        problems.Should().OnlyContain(problem => problem.Title.EndsWith('.'));
    }

    /// <summary>A clock whose timers go off much too early.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
            => base.CreateTimer(callback, state, dueTime > TimeSpan.FromSeconds(10) ? dueTime / 100 : dueTime, period);
    }

    private static string PathOf(TestServer server, string party) => new Uri(server.MessagesOf(party)).AbsolutePath;

    private static async Task<string> AskAsync(TestServer server, string head, byte[]? body = null)
    {
        using TcpClient tcp = await SendAsync(server, head, body);
        byte[] answer = new byte[4096];
        string text = string.Empty;
        do
        {
            int length = await tcp.GetStream().ReadAsync(answer);
            text += Encoding.UTF8.GetString(answer, 0, length);
        }
        while (!text.StartsWith("HTTP/1.1 431", StringComparison.Ordinal) && !text.Contains('}', StringComparison.Ordinal));

        return text;
    }

    private static async Task<TcpClient> SendAsync(TestServer server, string head, byte[]? body = null)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, server.Port);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        await tcp.GetStream().WriteAsync(body ?? []);
        return tcp;
    }
}
