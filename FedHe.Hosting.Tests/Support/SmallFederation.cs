using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedHe.Crypto;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Hosting.Certificates;
using FedHe.Hosting.Epochs;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using Microsoft.Extensions.DependencyInjection;
using PartyFiles = FedHe.Hosting.Folders.PartyFiles;

namespace FedHe.Hosting.Tests.Support;

/// <summary>
/// The small job of four clients, who are its committee or share an authority's key, with a folder and a certificate for every party.
/// </summary>
internal sealed class SmallFederation : IDisposable
{
    public const string Authority = "@authority";

    private readonly HeContext? _context;
    private readonly KeyAuthority? _scheme;
    private readonly GroupKeyAuthority? _group;

    private readonly Dictionary<string, ClientIdentity> _identities;
    private readonly Dictionary<string, X509Certificate2> _certificates;

    public SmallFederation(JobMode mode = JobMode.Committee, int rounds = SmallJob.Rounds, TimeSpan? waitingTime = null)
    {
        _context = SmallJob.CreateContext(mode);
        Root = Directory.CreateTempSubdirectory("fedhe-hosting-").FullName;
        SigningKeys = PartyNames.Clients.ToDictionary(name => name, _ => ECDsa.Create(ECCurve.NamedCurves.nistP256));
        _identities = PartyNames.Clients.ToDictionary(name => name, name => new ClientIdentity(new ClientId(name), SigningKeys[name]));
        ClientRoster roster = ClientRoster.Of(_identities.Values);
        using var server = ServerIdentity.Create();
        var jobId = Guid.NewGuid();
        _scheme = _context is null ? null : new KeyAuthority(jobId, _context, roster, new RosterAuthenticator());
        _group = _context is null ? new GroupKeyAuthority(jobId, SmallJob.RoundKeys, roster, new RosterAuthenticator()) : null;
        Job = SmallJob.Describe(jobId, _scheme?.Info ?? _group!.Info, server.VerificationKey, roster, mode, rounds, waitingTime);
        ServerCertificate = TestCertificate.Create("server");
        _certificates = PartyNames.Clients.Append(Authority).ToDictionary(name => name, name => TestCertificate.Create(name.Trim('@')));
        Write("server", folder => folder.Replace(PartyFiles.Identity, bytes => server.Save(bytes, Protector)));
        Write(Authority, folder => folder.Replace(PartyFiles.AuthorityKeys, bytes =>
        {
            _scheme?.Save(bytes, Protector);
            _group?.Save(bytes, Protector);
        }));
        foreach ((string name, ClientIdentity identity) in _identities)
        {
            Write(name, folder => folder.Replace(PartyFiles.Identity, bytes => identity.Save(bytes, Protector)));
        }

        foreach ((string name, X509Certificate2 certificate) in _certificates)
        {
            certificate.WritePem(Path.Combine(FolderOf(name), "certificate.pem"));
        }
    }

    public string Root { get; }

    /// <summary>Whether the server keeps its sums in files.</summary>
    public bool HasSumsInFiles { get; init; }

    public FederationJob Job { get; }

    public KeyStoreProtector Protector { get; } = new(RandomNumberGenerator.GetBytes(KeyStoreProtector.KeySizeInBytes));

    public IReadOnlyDictionary<string, ClientIdentity> Identities => _identities;

    /// <summary>The signing keys of the clients that the job was described with, for what no client of FedHe would sign.</summary>
    public IReadOnlyDictionary<string, ECDsa> SigningKeys { get; }

    public IReadOnlyDictionary<string, X509Certificate2> Certificates => _certificates;

    public X509Certificate2 ServerCertificate { get; }

    public string FolderOf(string party) => Path.Combine(Root, party.Trim('@'));

    public string PinOf(string party) => CertificatePin.Of(Certificates[party]).ToString();

    /// <summary>Makes the folder and the certificate of a client that is on no roster, and sends its card to the authority.</summary>
    /// <returns>The card.</returns>
    public ClientCard Introduce(string name)
    {
        var identity = ClientIdentity.Create(new ClientId(name));
        _identities.Add(name, identity);
        _certificates.Add(name, TestCertificate.Create(name));
        Write(name, folder => folder.Replace(PartyFiles.Identity, bytes => identity.Save(bytes, Protector)));
        _certificates[name].WritePem(Path.Combine(FolderOf(name), "certificate.pem"));
        ClientCard card = ClientCard.Of(identity);
        string cards = Path.Combine(FolderOf(Authority), PartyFiles.Cards);
        Directory.CreateDirectory(cards);
        File.WriteAllBytes(Path.Combine(cards, $"{name}.card"), card.Write());
        return card;
    }

    /// <summary>Writes what the operator of the authority wants of the next epoch, whole as a file that is renamed is.</summary>
    public void Request(string json)
    {
        string path = Path.Combine(FolderOf(Authority), PartyFiles.EpochRequest);
        File.WriteAllText($"{path}.tmp", json);
        File.Move($"{path}.tmp", path, overwrite: true);
    }

    /// <summary>Tells whether the authority has a file.</summary>
    public bool HasAtTheAuthority(string file) => File.Exists(Path.Combine(FolderOf(Authority), file));

    /// <summary>The configuration of the server, with the pins of all parties or without any.</summary>
    public Dictionary<string, string?> ServerSettings(bool hasPins = true)
    {
        var settings = new Dictionary<string, string?> { ["FedHe:Jobs:small:Folder"] = FolderOf("server"), ["FedHe:Jobs:small:SumsInFiles"] = HasSumsInFiles.ToString() };
        foreach (string client in hasPins ? PartyNames.Clients : [])
        {
            settings[$"FedHe:Jobs:small:ClientKeys:{client}:0"] = PinOf(client);
        }

        if (hasPins)
        {
            settings["FedHe:Jobs:small:AuthorityKeys:0"] = PinOf(Authority);
        }

        return settings;
    }

    /// <summary>Chooses the scheme of the job, where it has one.</summary>
    public void UseScheme(FederationBuilder federation)
    {
        if (_context is not null)
        {
            federation.UseCkks((CkksParameters)_context.Parameters);
        }
    }

    /// <summary>Makes a client with its keys, without a host.</summary>
    public async Task<FederationClient> CreateClientAsync(string name)
    {
        using var request = new KeyRequest(Job, Identities[name]);
        ClientKeys keys = _context is null
            ? request.Open((await _group!.HandleAsync(request.Bytes)).Answer)
            : request.Open(_context, (await _scheme!.HandleAsync(request.Bytes)).Answer);
        return new FederationClient(new FederationClientSetup
        {
            Job = Job,
            Identity = Identities[name],
            Keys = keys,
            Trainer = new SteadyTrainer(name),
            InitialModel = SmallModel.Initial,
        });
    }

    public void Dispose()
    {
        _scheme?.Dispose();
        _group?.Dispose();
        _context?.Dispose();
        ServerCertificate.Dispose();
        Identities.Values.ToList().ForEach(identity => identity.Dispose());
        Certificates.Values.ToList().ForEach(certificate => certificate.Dispose());
        Directory.Delete(Root, recursive: true);
    }

    private void Write(string party, Action<PartyFolder> write)
    {
        using PartyFolder folder = PartyFolder.Open(FolderOf(party));
        folder.Replace(PartyFiles.Job, Job.WriteTo);
        write(folder);
    }
}
