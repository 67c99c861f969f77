using FedHe.Hosting.Epochs;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Protection;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;
using PartyFolder = FedHe.Tool.Folders.PartyFolder;

namespace FedHe.Tool.Provisioning;

/// <summary>An own kit is the kit of a client that makes its identity and its certificate itself, so that the provisioner sees neither.</summary>
/// <remarks>
/// The client sends its card to the provisioner, and takes what is not secret from the kit that comes back.
/// </remarks>
internal static class OwnKit
{
    private static readonly string[] Public = [KitFiles.Settings, KitFiles.Readme, KitFiles.Start, Path.Combine(KitFiles.Party, PartyFiles.Job)];

    /// <summary>Makes the secrets of a client, and its card.</summary>
    public static KitCard Create(string folder, ClientId client, int days, Func<string, ISecretProtector> protectorOf, TimeProvider time)
    {
        using var identity = ClientIdentity.Create(client);
        using var secrets = KitSecrets.Create(client.Value, host: null, days, time);
        return NewFolder.Make(folder, unfinished =>
        {
            string inner = Path.Combine(unfinished, KitFiles.Party);
            PartyFolder.CreatePrivate(inner);
            secrets.Write(unfinished);
            using (var protector = new FolderSecrets(protectorOf(secrets.Password)))
            {
                AtomicFile.Replace(Path.Combine(inner, PartyFiles.Identity), SavedBytes.Of(bytes => identity.Save(bytes, protector)));
            }

            var card = new KitCard(ClientCard.Of(identity), secrets.Pin);
            AtomicFile.Replace(Path.Combine(unfinished, CardOf(client.Value)), card.Write());
            return card;
        });
    }

    /// <summary>Takes what is not secret from the kit that was provisioned for a card.</summary>
    /// <param name="folder">The folder with the client's secrets.</param>
    /// <param name="from">The kit that came.</param>
    /// <param name="digest">The digest of the job, as somebody told it by another way.</param>
    public static Kit Join(string folder, string from, string digest)
    {
        var kit = Kit.Open(from, PartyRole.Client, PartyRole.Administrator);
        FederationJob job = kit.ReadJob();
        if (!string.Equals(job.Digest.ToString(), digest.Trim(), StringComparison.OrdinalIgnoreCase))
        {
            throw ToolException.Refused($"The job in {kit.Location} has the digest {job.Digest}, and not the one that was told. Somebody changed it on its way, or it is another job: ask.");
        }

        string card = Path.Combine(folder, CardOf(kit.Party));
        if (kit.Role == PartyRole.Administrator)
        {
            RefuseOthers(card, kit.Party);
        }
        else
        {
            RefuseOthers(card, kit, job);
        }

        // A client that joins again finishes what was interrupted; its keys and models belong to one job.
        string known = Path.Combine(folder, KitFiles.Party, PartyFiles.Job);
        if (File.Exists(known) && JobFile.Read(known).Digest != job.Digest)
        {
            throw ToolException.Refused($"{Path.GetFullPath(folder)} is in another job already. Make another folder for this one, with 'fedhe kit new' and a card of its own.");
        }

        // Nothing is taken of a kit whose client would refuse its own job.
        if (kit.Role == PartyRole.Client)
        {
            KitPromise.Require(kit, job);
        }

        // The settings, by which the folder becomes a kit, come last.
        foreach (string name in Public.Reverse().Where(name => kit.Role == PartyRole.Client || name != KitFiles.Start))
        {
            AtomicFile.Copy(Path.Combine(kit.Location, name), Path.Combine(folder, name));
        }

        return Kit.Open(folder, kit.Role);
    }

    private static void RefuseOthers(string card, Kit kit, FederationJob job)
    {
        // A job that the client joins later does not name it; the kit says for which card it was made.
        var client = new ClientId(kit.Party);
        KitCard? own = KitCard.Read(card);
        bool isNamed = job.Roster.TryGetKey(client, out VerificationKey? listed);
        if (own is null || own.Card.Client != client || (isNamed ? !listed!.Equals(own.Card.Key) : kit.Joins is null || KitApprovals.Plain(kit.Joins) != KitApprovals.Plain(own.Card.Fingerprint)))
        {
            throw ToolException.Refused($"The job does not name the client whose card is {card}: it names another key or another client. Send the card again, and have the job described anew.");
        }
    }

    /// <summary>Refuses the kit of another administrator. The job names none of them: only the settings of the authority do.</summary>
    private static void RefuseOthers(string card, string administrator)
    {
        if (AdministratorCard.Read(card)?.Name != administrator)
        {
            throw ToolException.Refused($"This is the kit of the administrator {administrator}, and there is no card {card}. Name the folder that 'fedhe kit new --administrator' made for {administrator}.");
        }
    }

    /// <summary>The name of the file of a card.</summary>
    public static string CardOf(string name) => $"{name}.card";
}
