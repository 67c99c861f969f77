using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Privacy;

/// <summary>
/// A privacy provider gives a client what the privacy terms of its job ask for: clipping, rounding, noise and accounting. A client whose job has
/// privacy terms refuses to be created without one.
/// </summary>
/// <remarks>This library defines the terms and implements none of it; the package FedHe.Privacy.Federation has a provider.</remarks>
public interface IPrivacyProvider
{
    /// <summary>Creates the mechanism of a job, or refuses the job's terms. Each call makes one for one client, since a mechanism may remember noise.</summary>
    /// <param name="job">The job, which has privacy terms.</param>
    /// <exception cref="PrivacyRefusedException">The terms do not work, or are not those that the provider promised.</exception>
    IPrivacyMechanism Create(FederationJob job);
}
