using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FedHe.Hosting.Certificates;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Protection;

namespace HospitalNetwork;

/// <summary>
/// The folders of all parties, made in one place. Between hospitals each party makes its identity and its certificate itself and sends the
/// public halves to whoever describes the job, and everybody compares the digest of the job.
/// </summary>
internal sealed class Folders(string root, int port)
{
    public const string Settings = "settings.json";
    public const string LastRound = "last round";
    public const string Server = "server";
    public const string Authority = "authority";

    public static IReadOnlyDictionary<string, Patients> Hospitals { get; } = new Dictionary<string, Patients>
    {
        ["east"] = new(From: -1, Count: 200),
        ["north"] = new(From: 0, Count: 50),
        ["south"] = new(From: -0.5, Count: 100),
        ["west"] = new(From: 0.25, Count: 80),
    };

    private readonly Dictionary<string, string> _pins = [];

    public string PathOf(string party) => Path.Combine(root, party);

    public void Make()
    {
        foreach (string party in (string[])[Server, Authority, .. Hospitals.Keys])
        {
            Directory.CreateDirectory(PathOf(party));
            _pins[party] = MakeCertificate(party);
        }

        List<ClientIdentity> identities = [.. Hospitals.Keys.Select(name => ClientIdentity.Create(new ClientId(name)))];
        using var server = ServerIdentity.Create();
        ClientRoster roster = ClientRoster.Of(identities);
        var settings = new FederationSettings { Rounds = 5, ClientsPerRound = 4, Quorum = 4 };
        var terms = new AggregationTerms(Line.Layout, Weighting.Clear, maxWeight: 1000);
        var jobId = Guid.NewGuid();
        using var authority = new GroupKeyAuthority(jobId, FederationJob.PlanRoundKeys(settings, terms), roster, new RosterAuthenticator());
        var job = new FederationJob(
            jobId, authority.Info, server.VerificationKey, roster, terms, FederationJob.DigestOf(Line.Initial), settings, committee: CommitteeTerms.OfAll(roster));

        Write(Server, job, PartyFiles.Identity, server.Save);
        Write(Authority, job, PartyFiles.AuthorityKeys, authority.Save);
        foreach (ClientIdentity identity in identities)
        {
            using (identity)
            {
                Write(identity.Client.Value, job, PartyFiles.Identity, identity.Save);
                Hospitals[identity.Client.Value].Write(PathOf(identity.Client.Value));
            }
        }

        WriteSettings();
    }

    private void Write(string party, FederationJob job, string name, Action<System.Buffers.IBufferWriter<byte>, ISecretProtector> save)
    {
        string password = RandomNumberGenerator.GetHexString(32);
        string file = Path.Combine(PathOf(party), "password");
        File.WriteAllText(file, password);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        using var protector = new PasswordProtector(password);
        using PartyFolder folder = PartyFolder.Open(PathOf(party));
        folder.Replace(PartyFiles.Job, job.WriteTo);
        folder.Replace(name, bytes => save(bytes, protector));
    }

    private void WriteSettings()
    {
        var logging = new { LogLevel = new { Default = "Warning" }, Console = new { FormatterName = "simple", FormatterOptions = new { SingleLine = true } } };
        string certificate = Path.Combine(PathOf(Server), "certificate.pem");
        Write(Server, new
        {
            Logging = logging,
            Kestrel = new { Endpoints = new { Https = new { Url = $"https://127.0.0.1:{port}", Certificate = new { Path = certificate, KeyPath = certificate } } } },
            FedHe = new
            {
                Jobs = new
                {
                    line = new
                    {
                        Folder = PathOf(Server),
                        PasswordFile = Path.Combine(PathOf(Server), "password"),
                        ClientKeys = Hospitals.Keys.ToDictionary(name => name, name => new[] { _pins[name] }),
                        AuthorityKeys = new[] { _pins[Authority] },
                    },
                },
            },
        });
        foreach (string party in (string[])[Authority, .. Hospitals.Keys])
        {
            Write(party, new
            {
                Logging = logging,
                FedHe = new
                {
                    Server = $"https://127.0.0.1:{port}/fedhe/v1",
                    Folder = PathOf(party),
                    PasswordFile = Path.Combine(PathOf(party), "password"),
                    Certificate = Path.Combine(PathOf(party), "certificate.pem"),
                    ServerKeys = new[] { _pins[Server] },
                    LastRetry = "00:00:01",
                },
            });
        }
    }

    private void Write(string party, object settings) => File.WriteAllText(Path.Combine(PathOf(party), Settings), JsonSerializer.Serialize(settings));

    /// <summary>Makes a certificate that its owner signs: who is who follows from its pin, so nobody needs to issue it.</summary>
    private string MakeCertificate(string party)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={party}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllText(Path.Combine(PathOf(party), "certificate.pem"), $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return CertificatePin.Of(certificate).ToString();
    }
}
