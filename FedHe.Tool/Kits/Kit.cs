using FedHe.Hosting.Folders;
using FedHe.Hosting.Parties;
using FedHe.Hosting.PostgreSql.Options;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Job;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;
using Microsoft.Extensions.Configuration;

namespace FedHe.Tool.Kits;

/// <summary>A kit is the folder from which one party of a job is started: its name and role, its secrets, the job, the address of the server, and its saved state.</summary>
internal sealed class Kit
{
    /// <summary>The section of the settings that is the command's own.</summary>
    public const string Section = "Kit";

    private readonly IConfigurationSection _host;

    private Kit(string location, PartyRole role, string party, string jobName, long? samples, ClientPromise? promise, string? joins, IConfigurationRoot all)
    {
        IConfigurationSection host = all.GetSection(KitSettings.Host);
        Database = role == PartyRole.Server ? KitDatabase.Read(all) : null;
        ServerCertificates =
        [
            .. all.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Certificate:Path"]).Append(all["Kestrel:Certificates:Default:Path"])
                .Where(path => !string.IsNullOrWhiteSpace(path)).Select(path => Path.GetFullPath(path!, location)).Distinct(StringComparer.Ordinal),
        ];
        Joins = joins;
        (Location, Role, Party, JobName, Samples, Promise) = (location, role, party, jobName, samples, promise);
        ReportsMetrics = bool.TryParse(host[nameof(FedHePartyOptions.ReportMetrics)], out bool reports) && reports;
        (Server, ServerKeys) = (host["Server"], [.. host.GetSection("ServerKeys").GetChildren().Select(pin => pin.Value).OfType<string>()]);
        _host = host;
    }

    private Kit(Kit other)
    {
        (Location, Role, Party, JobName, Samples, Promise) = (other.Location, other.Role, other.Party, other.JobName, other.Samples, other.Promise);
        (Server, ServerKeys, ServerCertificates, ReportsMetrics, Database, Joins, _host)
            = (other.Server, other.ServerKeys, other.ServerCertificates, other.ReportsMetrics, other.Database, other.Joins, other._host);
    }

    public string Location { get; }

    public PartyRole Role { get; }

    /// <summary>The name of the party.</summary>
    public string Party { get; }

    /// <summary>The name of the job in hosts.</summary>
    public string JobName { get; }

    /// <summary>The number of samples that the kit says a client has, or null where it says none.</summary>
    public long? Samples { get; }

    /// <summary>What a client demands of its job by differential privacy, or null for nothing.</summary>
    public ClientPromise? Promise { get; }

    /// <summary>The fingerprint of a client that joins a job which was described without it, or null.</summary>
    public string? Joins { get; }

    /// <summary>The address of the server that the party calls, or null for the server itself.</summary>
    public string? Server { get; }

    /// <summary>Whether the settings have a client report the metrics of its trainings.</summary>
    public bool ReportsMetrics { get; }

    /// <summary>The database that a server is kept in, or null for the folder of its kit.</summary>
    public FedHePostgreSqlOptions? Database { get; private init; }

    /// <summary>The pins of the server's certificate.</summary>
    public IReadOnlyList<string> ServerKeys { get; }

    /// <summary>The paths of the certificates that the settings of a server name.</summary>
    public IReadOnlyList<string> ServerCertificates { get; }

    /// <summary>The folder in which the host of the party works.</summary>
    public string Folder => PathOf(KitFiles.Party);

    public string PathOf(string name) => Path.Combine(Location, name);

    /// <summary>Opens a kit.</summary>
    /// <param name="location">The path of the kit.</param>
    /// <param name="roles">The roles that it may have; none for all.</param>
    public static Kit Open(string location, params PartyRole[] roles)
    {
        string path = Path.GetFullPath(location);
        string settings = Path.Combine(path, KitFiles.Settings);
        if (!File.Exists(settings))
        {
            throw ToolException.Refused($"{path} is no kit: it has no {KitFiles.Settings}. Name one of the folders that 'fedhe provision' made.");
        }

        IConfigurationRoot all = Read(settings);
        IConfigurationSection section = all.GetSection(Section);
        if (!Enum.TryParse(section["Role"], out PartyRole role) || !Enum.IsDefined(role) || section["Party"] is not { Length: > 0 } party || section["Job"] is not { Length: > 0 } job)
        {
            throw ToolException.Refused($"{settings} has no section {Section} with Role, Party and Job, which 'fedhe provision' wrote. Take the file of the kit again.");
        }

        if (roles.Length > 0 && !roles.Contains(role))
        {
            throw ToolException.Refused($"{path} is the kit of {Describe(role)}; this command is for {string.Join(" or ", roles.Select(Describe))}.");
        }

        return new Kit(path, role, party, job, SamplesOf(section["Samples"], settings), KitPromise.Read(section, settings), section[KitSettings.Joins], all);
    }

    /// <summary>Returns the kit of a server with another database, or the same kit for none.</summary>
    /// <param name="connection">The connection string, or null.</param>
    public Kit In(string? connection) => connection is null ? this
        : Role != PartyRole.Server ? throw ToolException.Usage($"{DatabaseOption.Name} is for the server alone: no other party is kept in a database.")
        : new Kit(this) { Database = KitDatabase.At(connection, Database) };

    /// <summary>Reads the job of the kit, while its host runs or not.</summary>
    public FederationJob ReadJob() => JobFile.Read(Path.Combine(Folder, PartyFiles.Job));

    /// <summary>Reads how many of which administrators must approve what the authority of the kit does, or null where nobody has to.</summary>
    public ApprovalRules? ReadApprovalRules()
    {
        var options = new FedHeKeyAuthorityOptions();
        _host.Bind(options);
        return options.ReadRules();
    }

    /// <summary>Describes a role in a sentence.</summary>
    private static string Describe(PartyRole role) => role switch
    {
        PartyRole.Server => "the server",
        PartyRole.Authority => "the authority",
        PartyRole.Administrator => "an administrator",
        _ => "a client",
    };

    private static IConfigurationRoot Read(string settings)
    {
        try
        {
            return new ConfigurationBuilder().AddJsonFile(settings, optional: false, reloadOnChange: false).Build();
        }
        catch (Exception fault) when (fault is InvalidDataException or FormatException)
        {
            throw ToolException.Refused($"{settings} is no JSON: {fault.InnerException?.Message ?? fault.Message}", fault);
        }
    }

    private static long? SamplesOf(string? text, string settings)
        => string.IsNullOrEmpty(text) ? null
            : SampleCount.TryParse(text, out long samples) ? samples
            : throw ToolException.Refused($"{settings} has {Section}:Samples that is no whole number above 0. Write the number of samples that the client trains with.");
}
