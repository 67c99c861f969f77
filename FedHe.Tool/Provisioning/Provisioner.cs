using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.Protection;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Models;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;
using PartyFolder = FedHe.Tool.Folders.PartyFolder;

namespace FedHe.Tool.Provisioning;

/// <summary>A provisioner makes the kits of all parties of a job, in an unfinished folder that is renamed when everything is there.</summary>
/// <param name="project">The project.</param>
/// <param name="protectorOf">Makes what protects secrets under a password.</param>
/// <param name="time">The clock, for certificates.</param>
internal sealed class Provisioner(Project project, Func<string, ISecretProtector> protectorOf, TimeProvider time) : IDisposable
{
    private readonly Dictionary<string, KitSecrets> _secrets = new(StringComparer.Ordinal);
    private readonly Dictionary<ClientId, ClientIdentity> _identities = [];
    private readonly Dictionary<string, AdministratorIdentity> _administrators = new(StringComparer.Ordinal);
    private readonly ServerIdentity _server = ServerIdentity.Create();

    /// <summary>The pin of the server's certificate, once kits are made.</summary>
    public string ServerPin => PinOf(PartyFolder.ServerName);

    /// <summary>Makes the kits.</summary>
    /// <param name="folder">The path of the folder to make, which has a folder for each party then.</param>
    public ProvisionedJob Provision(string folder) => NewFolder.Make(folder, Make);

    public void Dispose()
    {
        foreach (IDisposable secret in _secrets.Values.Cast<IDisposable>().Concat(_identities.Values).Concat(_administrators.Values).Append(_server))
        {
            secret.Dispose();
        }
    }

    private ProvisionedJob Make(string folder)
    {
        string start = Path.Combine(folder, KitFiles.Start);
        AtomicFile.Replace(start, project.Model.Span);
        ProvisionedJob made;
        using (SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(start))
        {
            SafetensorsModel model = SafetensorsModel.Describe(checkpoint, project.ModelOptions);
            made = Make(folder, model, model.ReadParameters());
        }

        File.Delete(start);
        return made;
    }

    private ProvisionedJob Make(string folder, SafetensorsModel model, ModelParameters initial)
    {
        ClientRoster roster = MakeIdentities();
        var maker = new JobMaker(project.Job, roster, initial);
        (JobKeys keys, FederationJob job) = maker.Make(_server.VerificationKey, maker.Keys.IsDrawn ? Draw(roster) : roster.Clients);
        using (keys)
        {
            var made = new ProvisionedJob(job, maker.Keys, FederationPlan.Create(job, keys.PublicContext), model);
            WriteServer(folder, job);
            WriteAuthority(folder, job, keys);
            foreach (ProjectClient client in project.Clients)
            {
                WriteClient(folder, job, client);
            }

            foreach (ProjectAdministrator administrator in project.Approvals?.Administrators ?? [])
            {
                WriteAdministrator(folder, job, administrator);
            }

            return made;
        }
    }

    private ClientRoster MakeIdentities()
    {
        _secrets[PartyFolder.ServerName] = KitSecrets.Create(PartyFolder.ServerName, project.Server.IdnHost, project.CertificateDays, time);
        _secrets[PartyFolder.AuthorityName] = KitSecrets.Create(PartyFolder.AuthorityName, host: null, project.CertificateDays, time);
        var roster = new Dictionary<ClientId, VerificationKey>();
        foreach (ProjectClient client in project.Clients)
        {
            if (client.Card is KitCard card)
            {
                roster[client.Client] = card.Card.Key;
                continue;
            }

            _secrets[client.Client.Value] = KitSecrets.Create(client.Client.Value, host: null, project.CertificateDays, time);
            _identities[client.Client] = ClientIdentity.Create(client.Client);
            roster[client.Client] = _identities[client.Client].VerificationKey;
        }

        return new ClientRoster(roster);
    }

    /// <summary>Draws the order in which clients become members. Whoever provisions has all keys, and so the draw too.</summary>
    private IReadOnlyList<ClientId> Draw(ClientRoster roster)
    {
        if (_identities.Count < project.Clients.Count)
        {
            throw ToolException.Refused(
                "The members of this committee are fewer than the clients and have to be drawn, which clients with a card of their own cannot take part in here. Write keys: authority, or a "
                + "committee of all clients.");
        }

        var drawId = Guid.NewGuid();
        List<DrawTicket> tickets = [.. _identities.Values.Select(identity => new DrawTicket(drawId, roster, identity))];
        try
        {
            ReadOnlyMemory<byte>[] commitments = [.. tickets.Select(ticket => ticket.Commitment)];
            return CommitteeDraw.Read(drawId, roster, commitments, tickets.Select(ticket => ticket.Reveal(commitments))).Order;
        }
        finally
        {
            tickets.ForEach(ticket => ticket.Dispose());
        }
    }

    private void WriteServer(string folder, FederationJob job)
    {
        string kit = Begin(folder, PartyRole.Server, PartyFolder.ServerName, job);
        Seal(kit, PartyFolder.ServerName, PartyFiles.Identity, protector => SavedBytes.Of(bytes => _server.Save(bytes, protector)));
        AtomicFile.Replace(Path.Combine(kit, KitFiles.Settings), KitSettings.OfServer(
            project.Name,
            project.Listen,
            project.Clients.Select(client => (client.Client.Value, (client.Card?.Pin ?? _secrets[client.Client.Value].Pin).ToString())),
            PinOf(PartyFolder.AuthorityName),
            project.Database));
    }

    private void WriteAuthority(string folder, FederationJob job, JobKeys keys)
    {
        string kit = Begin(folder, PartyRole.Authority, PartyFolder.AuthorityName, job);
        Seal(kit, PartyFolder.AuthorityName, PartyFiles.AuthorityKeys, keys.Save);
        WriteSettings(kit, PartyRole.Authority, PartyFolder.AuthorityName, samples: null, promise: null, MakeRules());
    }

    /// <summary>Makes the signing keys of administrators that did not make their own, and the rules of the authority.</summary>
    private ApprovalRules? MakeRules()
    {
        if (project.Approvals is not ProjectApprovals approvals)
        {
            return null;
        }

        foreach (ProjectAdministrator one in approvals.Administrators.Where(one => one.Card is null))
        {
            _administrators[one.Name] = AdministratorIdentity.Create(one.Name);
        }

        return new ApprovalRules(
            approvals.Needed, approvals.Administrators.Select(one => KeyValuePair.Create(one.Name, one.Card?.Key ?? _administrators[one.Name].VerificationKey)));
    }

    private void WriteAdministrator(string folder, FederationJob job, ProjectAdministrator administrator)
    {
        string kit = Path.Combine(folder, administrator.Name);
        string inner = Path.Combine(kit, KitFiles.Party);
        PartyFolder.CreatePrivate(kit);
        PartyFolder.CreatePrivate(inner);
        AtomicFile.Replace(Path.Combine(inner, PartyFiles.Job), SavedBytes.Of(job.WriteTo));
        AtomicFile.Replace(Path.Combine(kit, KitFiles.Readme), KitReadme.OfAdministrator(administrator.Name, project.Name, job.Digest.ToString()));
        AtomicFile.Replace(Path.Combine(kit, KitFiles.Settings), KitSettings.OfAdministrator(administrator.Name, project.Name));
        if (_administrators.TryGetValue(administrator.Name, out AdministratorIdentity? identity))
        {
            AdministratorKit.WriteSecrets(kit, identity, protectorOf);
        }
    }

    private void WriteClient(string folder, FederationJob job, ProjectClient client)
    {
        string name = client.Client.Value;
        string kit = Begin(folder, PartyRole.Client, name, job);
        AtomicFile.Replace(Path.Combine(kit, KitFiles.Start), project.Model.Span);
        WriteSettings(kit, PartyRole.Client, name, client.Samples, KitPromise.Of(job));
        if (client.Card is null)
        {
            ClientIdentity identity = _identities[client.Client];
            Seal(kit, name, PartyFiles.Identity, protector => SavedBytes.Of(bytes => identity.Save(bytes, protector)));
        }
    }

    /// <summary>Makes the folder of a kit with what is not secret, and the certificate with its key.</summary>
    private string Begin(string folder, PartyRole role, string party, FederationJob job)
    {
        string kit = Path.Combine(folder, party);
        string inner = Path.Combine(kit, KitFiles.Party);
        PartyFolder.CreatePrivate(kit);
        PartyFolder.CreatePrivate(inner);
        AtomicFile.Replace(Path.Combine(inner, PartyFiles.Job), SavedBytes.Of(job.WriteTo));
        KitSecrets? secrets = _secrets.GetValueOrDefault(party);
        AtomicFile.Replace(Path.Combine(kit, KitFiles.Readme), KitReadme.Of(role, party, project.Name, job.Digest.ToString(), project.Server, role == PartyRole.Client ? KitPromise.Of(job) : null, secrets?.Until, hasDatabase: role == PartyRole.Server && project.Database is not null));
        secrets?.Write(kit);
        return kit;
    }

    private void Seal(string kit, string party, string name, Func<FolderSecrets, byte[]> save)
    {
        using var protector = new FolderSecrets(protectorOf(_secrets[party].Password));
        AtomicFile.Replace(Path.Combine(kit, KitFiles.Party, name), save(protector));
    }

    private void WriteSettings(string kit, PartyRole role, string party, long? samples, ClientPromise? promise, ApprovalRules? approvals = null)
        => AtomicFile.Replace(Path.Combine(kit, KitFiles.Settings), KitSettings.OfParty(
            role, party, project.Name, samples, project.Server, PinOf(PartyFolder.ServerName), promise, project.LastRetry, approvals));

    private string PinOf(string party) => _secrets[party].Pin.ToString();
}
