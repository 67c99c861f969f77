namespace FedHe.Hosting.Parties;

/// <summary>Party options are what a client or a key authority needs in a host, and are validated when it starts.</summary>
public class FedHePartyOptions
{
    /// <summary>
    /// The address of the server, with the path that it maps FedHe to, such as <c>https://server.example:8443/fedhe/v1</c>. Without TLS
    /// only an address of this machine is accepted.
    /// </summary>
    public Uri? Server { get; set; }

    /// <summary>The folder of the party, which only its account can look into: see <see cref="Folders.PartyFiles"/>.</summary>
    public string? Folder { get; set; }

    /// <summary>The file with the password of the secrets in the folder, where the host registers no protector of its own.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>The file with the party's certificate for TLS, in PEM; null where it shows a token.</summary>
    public string? Certificate { get; set; }

    /// <summary>The file with the private key of the certificate, in PEM; null where the certificate's own file has it.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>
    /// The pins of the server's certificates, of which it must show one; none where authorities that this machine trusts issued its
    /// certificate: see <see cref="Certificates.CertificatePin"/>.
    /// </summary>
    public IList<string> ServerKeys { get; } = [];

    /// <summary>The time for which one request waits for a message, from 1 second to 2 minutes.</summary>
    public TimeSpan LongPoll { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>The wait before a failed request is tried the first time again.</summary>
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait between two tries.</summary>
    public TimeSpan LastRetry { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The length of the chunks that a longer message of a client is sent in, in bytes: a power of two from 4 KiB to 64 MiB. A connection that breaks costs
    /// one chunk at most. Shorter messages are sent with one request.
    /// </summary>
    public int ChunkLength { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Whether a client sends the metrics of its trainings (<c>LocalTrainingResult.Metrics</c>) to the server, which reads them in the clear and shows them. Metrics leak about the data
    /// that they were measured on, so a client sends none by itself; in a job with privacy terms, which pay for no metrics, a client that is told to does not start.
    /// </summary>
    public bool ReportMetrics { get; set; }

    /// <summary>
    /// The length of the longest request with chunks, in bytes: from 4 KiB to 64 MiB. A request brings as many whole chunks as fit, and at least one; the server
    /// counts each when it has come. Shorter requests are for proxies that limit them, or hold each back until it is complete.
    /// </summary>
    public int RequestLength { get; set; } = 64 * 1024 * 1024;
}
