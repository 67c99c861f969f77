using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedHe.Hosting.Certificates;
using FedHe.Hosting.Epochs;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Protection;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Models;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;
using PartyFolder = FedHe.Tool.Folders.PartyFolder;

namespace FedHe.Tool.Provisioning;

/// <summary>Makes the kit of a client that joins a job which runs: from its project, and from the kit of any party, which has the job and the pin of the server.</summary>
/// <param name="project">The project, which names the client.</param>
/// <param name="from">The kit of another party.</param>
/// <param name="protectorOf">Makes what protects secrets under a password.</param>
/// <param name="time">The clock, for the certificate.</param>
internal sealed class LateKit(Project project, Kit from, Func<string, ISecretProtector> protectorOf, TimeProvider time)
{
    private const string Elsewhere = "Name the kit of the authority or of a client with --from, which has the pin of the server.";

    /// <summary>Makes the kit, and the card of the client in it.</summary>
    /// <param name="name">The name of the client.</param>
    /// <param name="folder">The path of the folder to make.</param>
    public KitCard Make(ClientId name, string folder)
    {
        FederationJob job = Check(name);
        ProjectClient client = project.Clients.First(one => one.Client == name);
        return NewFolder.Make(folder, kit =>
        {
            string inner = Path.Combine(kit, KitFiles.Party);
            PartyFolder.CreatePrivate(inner);
            AtomicFile.Replace(Path.Combine(kit, KitFiles.Start), project.Model.Span);
            CheckModel(Path.Combine(kit, KitFiles.Start), job);
            AtomicFile.Replace(Path.Combine(inner, PartyFiles.Job), SavedBytes.Of(job.WriteTo));
            using KitSecrets? secrets = client.Card is null ? KitSecrets.Create(name.Value, host: null, project.CertificateDays, time) : null;
            KitCard card = client.Card ?? WriteSecrets(kit, name, secrets!);
            AtomicFile.Replace(Path.Combine(kit, OwnKit.CardOf(name.Value)), card.Write());
            AtomicFile.Replace(Path.Combine(kit, KitFiles.Readme), KitReadme.Of(
                PartyRole.Client, name.Value, project.Name, job.Digest.ToString(), project.Server, promise: null, secrets?.Until, isLate: true));
            AtomicFile.Replace(Path.Combine(kit, KitFiles.Settings), KitSettings.OfParty(
                PartyRole.Client, name.Value, project.Name, client.Samples, project.Server, ServerPin(), promise: null, project.LastRetry, joins: card.Card.Fingerprint));
            return card;
        });
    }

    private KitCard WriteSecrets(string kit, ClientId name, KitSecrets secrets)
    {
        using var identity = ClientIdentity.Create(name);
        secrets.Write(kit);
        using var protector = new FolderSecrets(protectorOf(secrets.Password));
        AtomicFile.Replace(Path.Combine(kit, KitFiles.Party, PartyFiles.Identity), SavedBytes.Of(bytes => identity.Save(bytes, protector)));
        return new KitCard(ClientCard.Of(identity), secrets.Pin);
    }

    /// <summary>Returns the job, unless the client cannot join it.</summary>
    private FederationJob Check(ClientId name)
    {
        FederationJob job = from.ReadJob();
        if (from.JobName != project.Name || (from.Server is string server && new Uri(server).GetLeftPart(UriPartial.Authority) != project.Server.GetLeftPart(UriPartial.Authority)))
        {
            throw ToolException.Refused($"{from.Location} is a kit of another job or server than the project describes. Name a kit of this one with --from.");
        }

        KitEpochs.RequireSeveral(job);
        if (project.Clients.All(client => client.Client != name))
        {
            throw ToolException.Refused($"The project names no client '{name}'. Write it among its clients, such as {name}: {{ samples: 100 }}.");
        }

        return KitEpochs.Latest(from, job).Roster.TryGetKey(name, out _)
            ? throw ToolException.Refused($"'{name}' is a client of the job already. A client that joins needs a name that no other one has, also where one of this name has lost its kit.")
            : job;
    }

    /// <summary>Refuses another model than the one that all clients started from.</summary>
    private void CheckModel(string start, FederationJob job)
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(start);
        if (FederationJob.DigestOf(SafetensorsModel.Describe(checkpoint, project.ModelOptions).ReadParameters()) != job.InitialModelDigest)
        {
            throw ToolException.Refused("The model of the project is not the one that the clients of the job started from. Put that one in its place.");
        }
    }

    private string ServerPin()
    {
        if (from.Role != PartyRole.Server)
        {
            return from.ServerKeys is [string pin, ..] ? pin : throw ToolException.Refused($"{from.Location} has no pin of the server. {Elsewhere}");
        }

        return from.ServerCertificates.Select(PinOf).Distinct().ToArray() is [string own] ? own
            : throw ToolException.Refused($"{from.PathOf(KitFiles.Settings)} names no certificate of the server, or several with different keys. {Elsewhere}");
    }

    private string PinOf(string path)
    {
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(path);
            return CertificatePin.Of(certificate).ToString();
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw ToolException.Refused($"{path}, which {from.PathOf(KitFiles.Settings)} names as the server's certificate, is missing or has no certificate that can be read without a password. {Elsewhere}", fault);
        }
    }
}
