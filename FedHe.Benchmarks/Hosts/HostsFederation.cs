using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Hosting.Certificates;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Protection;

namespace FedHe.Benchmarks.Hosts;

/// <summary>A hosts federation is a job of one round with the folder of its server, and with keys and certificates of all clients.</summary>
internal sealed class HostsFederation : IDisposable
{
    public const string JobName = "load";
    public const string Settings = "settings.json";
    public const string DatabaseSection = "PostgreSql";
    public const string ServerCertificateFile = "server.pfx";

    private const int MostMembers = 7;
    private const int ExactBits = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private readonly HeContext? _context;
    private readonly KeyAuthority? _scheme;
    private readonly GroupKeyAuthority? _group;
    private readonly ClientIdentity[] _identities;
    private readonly X509Certificate2[] _certificates;
    private readonly string _root = Directory.CreateTempSubdirectory("fedhe-hosts-").FullName;

    public HostsFederation(int clients, int parameters, bool hasCommittee, HostsDatabase? database = null)
    {
        Database = database;
        var layout = new ModelLayout(new TensorSpec("weights", ElementType.Float32, [parameters], bound: 4));
        Initial = ModelParameters.CreateBuilder(layout).Set<float>("weights", new float[parameters]).Build();
        _identities = [.. Enumerable.Range(0, clients).Select(client => ClientIdentity.Create(new ClientId(string.Create(CultureInfo.InvariantCulture, $"client-{client:D5}"))))];
        _certificates = [.. _identities.Select(identity => CreateCertificate(identity.Client.Value))];
        ServerCertificate = CreateCertificate("server");
        ClientRoster roster = ClientRoster.Of(_identities);
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Clear, maxWeight: MostSamples);
        var settings = new FederationSettings { Rounds = 1, ClientsPerRound = clients, Quorum = clients, RoundDeadline = Patience, WaitingTime = Patience };
        using var server = ServerIdentity.Create();
        var jobId = Guid.NewGuid();
        if (hasCommittee)
        {
            KeyAdditiveParameters roundKeys = FederationJob.PlanRoundKeys(settings, terms);
            _group = new GroupKeyAuthority(jobId, roundKeys, roster, new RosterAuthenticator());
        }
        else
        {
            _context = new CkksScheme().CreateContext(CkksParameters.ForExactIntegers(ExactBits, clients));
            _scheme = new KeyAuthority(jobId, _context, roster, new RosterAuthenticator());
        }

        Job = new FederationJob(
            jobId,
            _group?.Info ?? _scheme!.Info,
            server.VerificationKey,
            roster,
            terms,
            FederationJob.DigestOf(Initial),
            settings,
            committee: hasCommittee ? new CommitteeTerms(_identities.Take(MostMembers).Select(identity => identity.Client)) : null);
        WriteServer(server);
    }

    /// <summary>The largest number of samples of a client.</summary>
    public static int MostSamples => 50;

    /// <summary>The folder of the server's process.</summary>
    public string Folder => _root;

    /// <summary>The database that the server is kept in, or null for its folder.</summary>
    public HostsDatabase? Database { get; }

    public FederationJob Job { get; }

    public ModelParameters Initial { get; }

    public X509Certificate2 ServerCertificate { get; }

    public IReadOnlyList<ClientIdentity> Identities => _identities;

    public IReadOnlyList<X509Certificate2> Certificates => _certificates;

    public static string StateFolderOf(string folder) => Path.Combine(folder, "server");

    /// <summary>Asks the authority for the keys of a client.</summary>
    public async Task<ClientKeys> RequestKeysAsync(ClientIdentity identity)
    {
        using var request = new KeyRequest(Job, identity);
        Task<AuthorityStep> answer = _group?.HandleAsync(request.Bytes) ?? _scheme!.HandleAsync(request.Bytes);
        ReadOnlyMemory<byte> bytes = (await answer.ConfigureAwait(false)).Answer;
        return _context is null ? request.Open(bytes) : request.Open(_context, bytes);
    }

    /// <summary>Reads the audit log of the server, wherever it is kept.</summary>
    public byte[] ReadAuditLog()
        => Database is null ? File.ReadAllBytes(Path.Combine(StateFolderOf(_root), PartyFiles.AuditLog))
            : Database.TryRead(Job.JobId, PartyFiles.AuditLog) ?? throw new InvalidOperationException("The server has written no audit log.");

    public void Dispose()
    {
        _group?.Dispose();
        _scheme?.Dispose();
        _context?.Dispose();
        Array.ForEach(_identities, identity => identity.Dispose());
        Array.ForEach(_certificates, certificate => certificate.Dispose());
        ServerCertificate.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private static X509Certificate2 CreateCertificate(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private void WriteServer(ServerIdentity server)
    {
        string password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        string folder = StateFolderOf(_root);
        using (PartyFolder party = PartyFolder.Open(folder))
        using (var protector = new PasswordProtector(password))
        {
            party.Replace(PartyFiles.Job, Job.WriteTo);
            party.Replace(PartyFiles.Identity, bytes => server.Save(bytes, protector));
        }

        string passwordFile = Path.Combine(_root, "password");
        File.WriteAllText(passwordFile, password);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(passwordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.WriteAllBytes(Path.Combine(_root, ServerCertificateFile), ServerCertificate.Export(X509ContentType.Pkcs12));
        var pins = _identities.Zip(_certificates).ToDictionary(pair => pair.First.Client.Value, pair => (string[])[CertificatePin.Of(pair.Second).ToString()]);
        var job = new { Folder = folder, PasswordFile = passwordFile, ClientKeys = pins };
        var section = new Dictionary<string, object> { ["Jobs"] = new Dictionary<string, object> { [JobName] = job } };
        var settings = new Dictionary<string, object> { ["FedHe"] = section, ["Clients"] = _identities.Length };
        if (Database is not null)
        {
            settings[DatabaseSection] = Database.Options;
        }

        File.WriteAllText(Path.Combine(_root, Settings), JsonSerializer.Serialize(settings));
    }
}
