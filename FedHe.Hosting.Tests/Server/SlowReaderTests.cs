using System.Net;
using System.Net.Sockets;
using System.Text;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Server;

/// <summary>Parties that ask for a long message and do not read the answer.</summary>
public sealed class SlowReaderTests : IDisposable
{
    private const int Readers = 24;
    private const int Length = 16 * 1024 * 1024;

    // What a connection holds on its way from the disk: some buffers, and far less than a message.
    private const long MostForEach = 2 * 1024 * 1024;

    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Fact]
    public async Task Readers_ThatStandStill_HoldNeitherMemoryNorTheJob()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation, configure: kestrel => kestrel.Limits.MinResponseDataRate = null);
        byte[] message = new byte[Length];
        new Random(3).NextBytes(message);
        server.Services.GetRequiredService<FedHeServer>().Jobs.Single().MailboxOf("c1").Put(message);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var readers = new List<TcpClient>();
        try
        {
            for (int i = 0; i < Readers; i++)
            {
                readers.Add(await AskAsync(server));
            }

            (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(Readers * MostForEach, "a message is read from the disk as fast as its reader takes it");
            using var round = new Round(_federation);
            using HttpClient http = server.Connect(certificate: null);
            await round.JoinAsync();
            await round.AnnounceAsync(http, server);
            (await http.NextAsync(server.MessagesOf("c2"))).Should().NotBeNull("the others are served");
            (await http.NextAsync(server.MessagesOf("c1")))!.Value.Bytes.Should().Equal(message, "and so is a party whose other connections stand still");
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }
    }

    /// <summary>Asks for the message, and reads the beginning of the answer alone.</summary>
    private static async Task<TcpClient> AskAsync(TestServer server)
    {
        var tcp = new TcpClient { LingerState = new LingerOption(true, 0), ReceiveBufferSize = 4096 };
        await tcp.ConnectAsync(IPAddress.Loopback, server.Port);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {new Uri(server.MessagesOf("c1")).AbsolutePath}/next HTTP/1.1\r\nHost: x\r\n\r\n"));
        byte[] beginning = new byte[12];
        await tcp.GetStream().ReadExactlyAsync(beginning);
        Encoding.ASCII.GetString(beginning).Should().Be("HTTP/1.1 200");
        return tcp;
    }
}
