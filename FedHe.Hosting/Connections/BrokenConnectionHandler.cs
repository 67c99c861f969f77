using System.Net.Sockets;

namespace FedHe.Hosting.Connections;

/// <summary>A broken connection handler makes every failure of a connection one that callers try again after.</summary>
/// <remarks>
/// The runtime asks a new connection for its other end, and where that has gone already, as when a server is killed, its <see cref="SocketException"/> comes out as it is and not as the cause of an
/// <see cref="HttpRequestException"/>.
/// </remarks>
internal sealed class BrokenConnectionHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException fault)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "The connection ended at its beginning.", fault);
        }
    }
}
