using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.AspNetCore.Places;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>
/// A store place is where the server of a job is kept: in what the host registered, or else in its folder. A job goes on where it began, or where it was moved, because a
/// server that finds no state begins its job anew.
/// </summary>
internal static class StorePlace
{
    /// <summary>Returns what opens the stores of a job, or null where the host registered nothing.</summary>
    public static IServerStores? StoresOf(IServiceProvider services, string name) => services.GetKeyedService<IServerStores>(name) ?? services.GetService<IServerStores>();

    /// <summary>Opens the store of a job.</summary>
    /// <exception cref="Hosting.Errors.HostingException">The state lies elsewhere, or the store cannot be used.</exception>
    public static IServerStore Open(IServiceProvider services, string name, ServerFolder server)
    {
        PartyFolder folder = server.Folder;
        string path = folder.PathOf(PartyFiles.StateElsewhere);
        StateMark? mark = StateMark.TryRead(folder);
        if (StoresOf(services, name) is not IServerStores stores)
        {
            return mark is null ? folder : throw (mark.Side == MoveSide.None ? Throw.StateInStore(path) : Throw.MoveUnfinished(path));
        }

        if (Array.Find([PartyFiles.State, PartyFiles.Changes], file => File.Exists(folder.PathOf(file))) is string left)
        {
            throw mark is null or { Side: MoveSide.None } ? Throw.StateInFolder(folder.PathOf(left)) : Throw.MoveUnfinished(path);
        }

        IServerStore store = stores.Open(name, server.Job.JobId);
        try
        {
            return StateMark.TryRead(store) is StateMark moved ? throw (moved.Side == MoveSide.None ? Throw.StateMoved(store.Location, moved.Place) : Throw.MoveUnfinished(store.PathOf(PartyFiles.StateElsewhere)))
                : store.Exists(PartyFiles.State) || mark is null ? store
                : throw Throw.StateNotInStore(store.Location, path);
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
        // What a move that was broken off left in the folder is told from what an operator put there by its mark.
        if (!ReferenceEquals(store, folder) && StateMark.TryRead(folder)?.Side != MoveSide.Target)
        {
            new StateMark(store.Location).Write(folder);
        }
    }
}
