using System.Text;
using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>
/// A store place is where the server of a job is kept: in what the host registered, or else in its folder. A job goes on where it began, because a server that finds no state begins
/// its job anew.
/// </summary>
internal static class StorePlace
{
    /// <summary>Opens the store of a job.</summary>
    /// <exception cref="Hosting.Errors.HostingException">The state lies elsewhere, or the store cannot be used.</exception>
    public static IServerStore Open(IServiceProvider services, string name, ServerFolder server)
    {
        PartyFolder folder = server.Folder;
        string mark = folder.PathOf(PartyFiles.StateElsewhere);
        IServerStores? stores = services.GetKeyedService<IServerStores>(name) ?? services.GetService<IServerStores>();
        if (stores is null)
        {
            return File.Exists(mark) ? throw Throw.StateInStore(mark) : folder;
        }

        if (Array.Find([PartyFiles.State, PartyFiles.Changes], file => File.Exists(folder.PathOf(file))) is string left)
        {
            throw Throw.StateInFolder(folder.PathOf(left));
        }

        IServerStore store = stores.Open(name, server.Job.JobId);
        try
        {
            return store.Exists(PartyFiles.State) || !File.Exists(mark) ? store : throw Throw.StateNotInStore(store.Location, mark);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Notes in the folder that the state, which is saved, lies elsewhere.</summary>
    /// <exception cref="IOException">The mark could not be written.</exception>
    public static void Mark(PartyFolder folder, IServerStore store)
    {
        if (!ReferenceEquals(store, folder))
        {
            folder.Replace(PartyFiles.StateElsewhere, Encoding.UTF8.GetBytes($"{store.Location}\n"));
        }
    }
}
