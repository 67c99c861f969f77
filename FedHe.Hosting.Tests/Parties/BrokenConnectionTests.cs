using System.Net.Sockets;
using FedHe.Hosting.Connections;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>A connection whose other end has gone before the first request is a failure like any other, after which a party tries again.</summary>
public sealed class BrokenConnectionTests
{
    [Fact]
    public async Task Connection_WhoseOtherEndIsGone_IsAFailedRequest()
    {
        using HttpClient client = ServerConnection.Over(new Gone());
        Func<Task> send = () => client.GetAsync(new Uri("https://server.example/"));

        (await send.Should().ThrowAsync<HttpRequestException>()).WithInnerException<SocketException>();
    }

    private sealed class Gone : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            => Task.FromException<HttpResponseMessage>(new SocketException((int)SocketError.NotConnected));
    }
}
