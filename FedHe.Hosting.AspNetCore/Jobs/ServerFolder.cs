using FedHe.Crypto.Errors;
using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>The folder of the server of a job, with the job and the identity that lie in it.</summary>
internal sealed class ServerFolder : IDisposable
{
    private ServerFolder(PartyFolder folder, FederationJob job, ServerIdentity identity) => (Folder, Job, Identity) = (folder, job, identity);

    public PartyFolder Folder { get; }

    public FederationJob Job { get; }

    public ServerIdentity Identity { get; }

    public static ServerFolder Open(string location, Func<PartyProtector> openProtector)
    {
        PartyFolder folder = PartyFolder.Open(location);
        try
        {
            FederationJob job = JobFile.Read(folder);
            byte[] saved = folder.Read(PartyFiles.Identity, "make one with ServerIdentity.Create and Save, and have the job name its verification key.");
            using PartyProtector protector = openProtector();
            return new ServerFolder(folder, job, ServerIdentity.Load(saved, protector));
        }
        catch (HeFormatException fault)
        {
            folder.Dispose();
            throw Throw.FileRefused(folder.PathOf(PartyFiles.Identity), fault);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Identity.Dispose();
        Folder.Dispose();
    }
}
