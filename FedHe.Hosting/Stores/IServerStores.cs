using FedHe.Hosting.Errors;

namespace FedHe.Hosting.Stores;

/// <summary>Server stores open the store of each job of a host, in the place of folders. A host registers one as a service, for all jobs or with the name of a job as its key.</summary>
public interface IServerStores
{
    /// <summary>Opens the store of a job for this process alone.</summary>
    /// <param name="name">The name of the job in this host.</param>
    /// <param name="jobId">The job.</param>
    /// <exception cref="HostingException">Another server works on the job, or the store cannot be used.</exception>
    IServerStore Open(string name, Guid jobId);
}
