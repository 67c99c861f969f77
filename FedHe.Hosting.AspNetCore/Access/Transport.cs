using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace FedHe.Hosting.AspNetCore.Access;

/// <summary>Tells how a request or an address is protected on its way.</summary>
internal static class Transport
{
    /// <summary>Tells whether a connection has TLS of its own, or both of its ends are on this machine.</summary>
    public static bool IsProtected(HttpContext context)
        => context.Features.Get<ITlsHandshakeFeature>() is not null || IsFromThisMachine(context);

    /// <summary>Tells whether both ends of a connection are addresses of this machine alone.</summary>
    public static bool IsFromThisMachine(HttpContext context)
        => context.Connection is { LocalIpAddress: IPAddress local, RemoteIpAddress: IPAddress remote }
            && IPAddress.IsLoopback(local) && IPAddress.IsLoopback(remote);

    /// <summary>Tells whether an address that a server listens on has TLS.</summary>
    public static bool HasTls(string address) => address.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Tells whether an address that a server listens on is one of this machine alone.</summary>
    public static bool IsLoopback(string address) => Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.IsLoopback;
}
