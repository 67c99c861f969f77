using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FedHe.Hosting.Certificates;
using FedHe.Hosting.Parties;

namespace FedHe.Hosting.Connections;

/// <summary>Makes the HTTP client of a party, with its certificate and its idea of the server's.</summary>
internal static class ServerConnection
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(20);

    public static HttpClient Create(FedHePartyOptions options, TimeProvider time) => Over(CreateHandler(options, time));

    /// <summary>Makes the HTTP client over a handler.</summary>
    public static HttpClient Over(HttpMessageHandler handler) => new(new BrokenConnectionHandler(handler))
    {
        DefaultRequestVersion = System.Net.HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,

        // Every request has a limit of its own.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Makes the handler below the HTTP client.</summary>
    public static SocketsHttpHandler CreateHandler(FedHePartyOptions options, TimeProvider time)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,

            // Without TLS the server is on this machine, and no proxy may see what goes there.
            UseProxy = options.Server!.Scheme == Uri.UriSchemeHttps,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = ConnectionLifetime,

            // A connection whose other end is gone is found out although nothing is sent.
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingDelay,
        };
        if (options.Certificate is string certificate)
        {
            handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, options.CertificateKey)];
        }

        CertificatePin[] pins = [.. options.ServerKeys.Select(text => CertificatePin.TryParse(text, out CertificatePin? pin) ? pin.Value : default)];
        if (pins.Length > 0)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) => IsPinned(presented, pins, time);
        }

        return handler;
    }

    /// <summary>Tells whether a server has a key that was named. Its name and its issuer say no more then; its dates do.</summary>
    private static bool IsPinned(X509Certificate? presented, CertificatePin[] pins, TimeProvider time)
        => presented is X509Certificate2 certificate
            && certificate.NotBefore.ToUniversalTime() <= time.GetUtcNow().UtcDateTime && time.GetUtcNow().UtcDateTime <= certificate.NotAfter.ToUniversalTime()
            && pins.Contains(CertificatePin.Of(certificate));
}
