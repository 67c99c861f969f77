using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Options;
using FedHe.Hosting.AspNetCore.Places;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.Orchestration.Errors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FedHe.Hosting.AspNetCore.Moves;

/// <summary>A hosted server move moves the server of a job between its folder and the store that its host registers, such as a database.</summary>
/// <remarks>
/// The host is built as it runs with the store, and is not started: <c>await HostedServerMove.ToStoreAsync(app.Services, "study")</c> in the place of <c>app.Run()</c>. Dispose it behind
/// the move, which takes and releases the folder.
/// </remarks>
public static class HostedServerMove
{
    /// <summary>Moves a server from its folder into the store of its host, or goes on with such a move that was broken off.</summary>
    /// <param name="services">The services of the host, which is not started.</param>
    /// <param name="name">The name of the job in the host.</param>
    /// <returns>The store, and whether anything was to be done.</returns>
    /// <exception cref="HostingException">The server runs, the host has no store, the store is not empty, or the folder has no server that a store could have.</exception>
    /// <exception cref="IOException">The folder or the store could not read or write. The same call again goes on.</exception>
    /// <remarks>The server is opened once more in its folder, which folds the uploads that its log refers to into the saved state. Its audit log says so.</remarks>
    public static async Task<ServerMoveResult> ToStoreAsync(IServiceProvider services, string name)
    {
        FedHeJobOptions job = OptionsOf(services, name);
        if (job.SumsInFiles)
        {
            throw Throw.SumsCannotMove(name, inner: null);
        }

        using ServerFolder server = services.GetRequiredKeyedService<ServerFolder>(name);
        using IServerStore store = OpenStore(services, name, server);
        if (StateMark.TryRead(server.Folder) is null && File.Exists(server.Folder.PathOf(PartyFiles.State)))
        {
            ServerMove.RequireRoom(server.Folder, store);
            await FoldAsync(services, name, job, server).ConfigureAwait(false);
        }

        using PartyFolder folder = Reopen(server);
        return ServerMove.Run(folder, store);
    }

    /// <summary>Moves a server from the store of its host into its folder, or goes on with such a move that was broken off.</summary>
    /// <param name="services">The services of the host, which is not started.</param>
    /// <param name="name">The name of the job in the host.</param>
    /// <returns>The folder, and whether anything was to be done.</returns>
    /// <exception cref="HostingException">The server runs, the host has no store, the folder is not empty, or the store has no server.</exception>
    /// <exception cref="IOException">The folder or the store could not read or write. The same call again goes on.</exception>
    public static Task<ServerMoveResult> ToFolderAsync(IServiceProvider services, string name)
    {
        _ = OptionsOf(services, name);
        using ServerFolder server = services.GetRequiredKeyedService<ServerFolder>(name);
        using IServerStore store = OpenStore(services, name, server);
        using PartyFolder folder = Reopen(server);
        return Task.FromResult(ServerMove.Run(store, folder));
    }

    private static FedHeJobOptions OptionsOf(IServiceProvider services, string name)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return services.GetRequiredService<IOptions<FedHeServerOptions>>().Value.Jobs.TryGetValue(name, out FedHeJobOptions? job)
            ? job
            : throw new ArgumentException("The host has no job of this name.", nameof(name));
    }

    private static IServerStore OpenStore(IServiceProvider services, string name, ServerFolder server)
        => (StorePlace.StoresOf(services, name) ?? throw Throw.NoStore(name)).Open(name, server.Job.JobId);

    /// <summary>Opens the server as its host does, so that the saved state has all that the log and the files of transfers have.</summary>
    private static async Task FoldAsync(IServiceProvider services, string name, FedHeJobOptions job, ServerFolder server)
    {
        try
        {
            using HostedJob opened = await new JobOpener(services).OpenAsync(name, job, server, () => server.Folder).ConfigureAwait(false);
        }
        catch (HostingException fault) when (fault.InnerException is StateRefusedException { Error: StateError.SumMissing })
        {
            throw Throw.SumsCannotMove(name, fault);
        }
    }

    // A job that was opened has released the folder. Whoever takes it in between is found out by the lock, or has left a log that is not empty.
    private static PartyFolder Reopen(ServerFolder server)
    {
        server.Folder.Dispose();
        return PartyFolder.Open(server.Folder.Location);
    }
}
