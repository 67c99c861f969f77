using System.Globalization;
using System.Text;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Protection;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Parties;
using PartyFolder = FedHe.Tool.Folders.PartyFolder;

namespace FedHe.Tool.Provisioning;

/// <summary>Makes what an administrator of a key authority needs to approve: a signing key under a random password, and beside it the job.</summary>
internal static class AdministratorKit
{
    /// <summary>Makes the secrets of an administrator in a folder of the administrator's own, and the card for whoever provisions.</summary>
    public static AdministratorCard Create(string folder, string name, Func<string, ISecretProtector> protectorOf)
    {
        using var identity = AdministratorIdentity.Create(name);
        return NewFolder.Make(folder, unfinished =>
        {
            PartyFolder.CreatePrivate(Path.Combine(unfinished, KitFiles.Party));
            WriteSecrets(unfinished, identity, protectorOf);
            var card = new AdministratorCard(name, identity.VerificationKey);
            AtomicFile.Replace(Path.Combine(unfinished, OwnKit.CardOf(name)), card.Write());
            return card;
        });
    }

    /// <summary>Writes the signing key, and the password that it is under, into the folder of a kit.</summary>
    public static void WriteSecrets(string kit, AdministratorIdentity identity, Func<string, ISecretProtector> protectorOf)
    {
        string password = KitSecrets.DrawPassword();
        AtomicFile.Replace(Path.Combine(kit, KitFiles.Password), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{password}\n")));
        using var protector = new FolderSecrets(protectorOf(password));
        AtomicFile.Replace(Path.Combine(kit, KitFiles.Party, PartyFiles.Identity), SavedBytes.Of(bytes => identity.Save(bytes, protector)));
    }

    /// <summary>Reads the signing key of an administrator from a kit.</summary>
    public static AdministratorIdentity ReadIdentity(Kit kit, Func<string, ISecretProtector> protectorOf)
    {
        using var protector = new FolderSecrets(protectorOf(File.ReadAllText(kit.PathOf(KitFiles.Password)).TrimEnd('\r', '\n')));
        return AdministratorIdentity.Load(File.ReadAllBytes(Path.Combine(kit.Folder, PartyFiles.Identity)), protector);
    }
}
