using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FedHe.Hosting.Certificates;
using FedHe.Tool.Output;

namespace FedHe.Tool.Watching;

/// <summary>A dashboard source asks the dashboard of a server how a job stands.</summary>
internal sealed class DashboardSource : IWatchSource
{
    // What a server says of a thousand clients is a hundredth of it.
    private const int LongestSnapshot = 64 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    private readonly HttpClient _http;
    private readonly DashboardPlace _place;
    private readonly X509Certificate2? _certificate;

    public DashboardSource(DashboardPlace place)
    {
        _place = place;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = Patience,

            // Without TLS the server is on this machine, and no proxy may see what goes there.
            UseProxy = place.Address.Scheme == Uri.UriSchemeHttps,
        };
        if (place.Certificate is string certificate)
        {
            _certificate = X509Certificate2.CreateFromPemFile(certificate, place.CertificateKey);
            handler.SslOptions.ClientCertificates = [_certificate];
        }

        if (place.ServerKey is CertificatePin pin)
        {
            // The name and the issuer of a pinned certificate say no more; its dates do.
            handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 own
                && own.NotBefore.ToUniversalTime() <= Now && Now <= own.NotAfter.ToUniversalTime() && CertificatePin.Of(own) == pin;
        }

        _http = new HttpClient(handler) { MaxResponseContentBufferSize = LongestSnapshot, Timeout = Patience };
        if (place.Token is string token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>Asks for the snapshot.</summary>
    /// <exception cref="HttpRequestException">The server does not answer at the moment.</exception>
    public async Task<WatchedJob?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await _http.GetAsync(new Uri($"{_place.Address.AbsoluteUri.TrimEnd('/')}/snapshot"), cancellationToken);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => Read(await response.Content.ReadAsByteArrayAsync(cancellationToken)),
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => throw ToolException.Refused(
                    $"The dashboard answers {(int)response.StatusCode}: it does not let you in. Give the token or the certificate that its policy asks for."),
                >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests => throw new HttpRequestException($"the server answers {(int)response.StatusCode}"),
                _ => throw NoDashboard($"it answers {(int)response.StatusCode}"),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException("the server did not answer in time");
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _certificate?.Dispose();
    }

    private static DateTime Now => TimeProvider.System.GetUtcNow().UtcDateTime;

    private WatchedJob Read(byte[] json)
    {
        Snapshot? snapshot;
        try
        {
            snapshot = JsonSerializer.Deserialize<Snapshot>(json, Options);
        }
        catch (JsonException fault)
        {
            throw NoDashboard("what it answers is no snapshot", fault);
        }

        if (snapshot is null || !snapshot.Jobs.All(IsWhole))
        {
            throw NoDashboard("what it answers is no snapshot");
        }

        string names = string.Join(", ", snapshot.Jobs.Select(job => job.Name));
        WatchedJob[] found = [.. snapshot.Jobs.Where(job => _place.Job is null || job.Name == _place.Job)];
        return found.Length switch
        {
            1 => found[0],
            0 => throw ToolException.Refused($"The dashboard has no job '{_place.Job}'. Its jobs: {names}."),
            _ => throw ToolException.Usage($"The dashboard has several jobs. Name one of them with --job: {names}."),
        };
    }

    /// <summary>Tells whether nothing in a list is missing, which the reader of JSON does not look at.</summary>
    private static bool IsWhole(WatchedJob? job) => job is not null && !job.Parties.Contains(null!) && !job.Refusals.Contains(null!)
        && job.Metrics.All(round => round is not null && round.Reports.All(report => report is not null));

    private ToolException NoDashboard(string why, Exception? cause = null)
        => ToolException.Refused($"{_place.Address} is no dashboard of FedHe: {why}. Name the address that MapFedHeDashboard has, such as https://fedhe.example:8443/fedhe/dashboard.", cause);

    private sealed record Snapshot(IReadOnlyList<WatchedJob> Jobs);
}
