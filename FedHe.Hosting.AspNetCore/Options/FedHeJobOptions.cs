namespace FedHe.Hosting.AspNetCore.Options;

/// <summary>Job options are the folder of a job's server, and who its clients and its key authority are.</summary>
public sealed class FedHeJobOptions
{
    /// <summary>
    /// The folder of the server for this job, which only its account can look into: see <see cref="Folders.PartyFiles"/>.
    /// </summary>
    public string? Folder { get; set; }

    /// <summary>The file with the password of the server's identity, where the host registers no protector of its own.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>
    /// Whether the sums of rounds are files in the folder, so that the server's memory does not grow with the model; by default they are in memory, and in saved states. A job whose state is in a database
    /// cannot have them: its server may go on elsewhere, without the folder.
    /// </summary>
    public bool SumsInFiles { get; set; }

    /// <summary>
    /// The pins of the certificates of each client on the roster, one or several: see <see cref="Certificates.CertificatePin"/>. Empty where
    /// callers show tokens.
    /// </summary>
    public IDictionary<string, string[]> ClientKeys { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal);

    /// <summary>The pins of the certificates of the job's key authority; empty where it answers no requests through this server.</summary>
    public IList<string> AuthorityKeys { get; } = [];

    /// <summary>The tokens that callers show in place of certificates, or null.</summary>
    public FedHeBearerOptions? Bearer { get; set; }
}
