using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Audit;
using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.AspNetCore.Options;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>A job opener opens the server of a job with what its host registered.</summary>
/// <param name="services">The services of the host.</param>
internal sealed class JobOpener(IServiceProvider services)
{
    /// <summary>Opens the server of a job, which goes on from its state, or begins its job.</summary>
    /// <param name="name">The name of the job in the host.</param>
    /// <param name="job">The options of the job.</param>
    /// <param name="folder">The folder of the server.</param>
    /// <param name="openStore">Opens the store of the server, which may be the folder, and is the job's from then on.</param>
    public async Task<HostedJob> OpenAsync(string name, FedHeJobOptions job, ServerFolder folder, Func<IServerStore> openStore)
    {
        JobCallers callers = await JobCallers.CreateAsync(name, job, folder.Job, services).ConfigureAwait(false);
        FederationFactory factory = services.GetRequiredKeyedService<FederationFactory>(name);
        IPrivacyProvider? privacy = services.GetKeyedService<IPrivacyProvider>(name) ?? services.GetService<IPrivacyProvider>();
        FederationServerSetup setup = factory.DescribeServer(folder.Job);
        ILogger log = services.GetRequiredService<ILoggerFactory>().CreateLogger<HostedJob>();
        var parts = new AuditParts(openStore(), privacy);
        if (job.SumsInFiles)
        {
            setup = setup with { SumFolder = OpenSums(name, folder, parts.Store) };
        }

        return HostedJob.Open(name, folder.Folder, parts, setup, callers, services.GetService<LogLimits>(), log);
    }

    private static string OpenSums(string name, ServerFolder folder, IServerStore store)
    {
        if (!ReferenceEquals(store, folder.Folder))
        {
            store.Dispose();
            throw Throw.SumsNeedTheFolder(name);
        }

        string sums = folder.Folder.PathOf(PartyFiles.Sums);
        try
        {
            folder.Folder.CreateFolder(PartyFiles.Sums);
            return sums;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            store.Dispose();
            throw Throw.FolderNotWritable(sums, fault);
        }
    }
}
